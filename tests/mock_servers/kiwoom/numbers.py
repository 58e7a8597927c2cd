"""How Kiwoom writes numbers: as strings, each kind with its own sign, padding and unit."""

MILLION = 1_000_000


def signed(price: int, base: int) -> str:
    """Write a price whose sign tells its direction against ``base``; 0 and equal have none."""
    mark = "" if price in (0, base) else "+" if price > base else "-"
    return f"{mark}{price}"


def change(number: int) -> str:
    """Write a number whose sign is its own."""
    return f"{number:+}" if number else "0"


def rate(percent: float) -> str:
    """Write a percentage with its sign and two decimals."""
    return f"{percent:+.2f}" if round(percent, 2) else "0.00"


def padded(number: int, width: int) -> str:
    """Write a number with zeros in front, and a minus in front of them."""
    return f"{number:0{width}}"


def million(won: int) -> str:
    """Write won in millions."""
    return str(round(won / MILLION))
