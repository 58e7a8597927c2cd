"""A candlestick picture of text: a column a session, two price steps a line.

Rising bodies are red and falling ones blue, as on Korean boards. Levels are lines with their prices
on the axis; pull-backs carry their number at their high and low, and a bracket under the picture.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from rich.text import Text

from app.cli.output import DOWN, QUIET, UP, won
from app.domain import Bars
from app.evidence import Leg

HEIGHT = 20  # lines of the picture itself
LEAST_BARS = 20  # fewer say nothing
FARTHEST = 0.6  # of the bars' own range: a level beyond it would squash them
AXIS_STEPS = 5  # lines between two plain prices of the axis
NAMES_ROOM = len("entry, pivot")  # cells on the axis; these two often share a line
BLOCKS = " ▁▂▃▄▅▆▇█"
LEVEL_STYLES = {"target": "green", "entry": "bold", "pivot": "magenta", "stop": "yellow"}
LEG = "magenta"

# What fills the lower and the upper half of a cell: nothing, the wick, the body.
NOTHING, WICK, BODY = range(3)
GLYPHS = (" ╵╹", "╷│╿", "╻╽┃")


@dataclass(frozen=True)
class _Scale:
    """Prices in won to half lines, counted from the bottom."""

    bottom: float
    step: float

    def half(self, price: float) -> int:
        """Return the half line that ``price`` lies in."""
        at = int((price - self.bottom) / self.step)
        return min(max(at, 0), 2 * HEIGHT - 1)

    def line(self, price: float) -> int:
        """Return the line of ``price``, counted from the top."""
        return HEIGHT - 1 - self.half(price) // 2

    def price(self, line: int) -> float:
        """Return the price in the middle of ``line``."""
        return self.bottom + self.step * (2 * (HEIGHT - 1 - line) + 1)


def sketch(
    bars: Bars, *, width: int, levels: Mapping[str, float], legs: Sequence[Leg] = ()
) -> list[Text]:
    """Return the newest ``bars`` that fit into ``width`` cells; no line when too few do.

    ``levels``: prices in won by their name, which stands on the axis beside them.
    """
    prices = max(len(won(price)) for price in (*levels.values(), bars.high.max()))
    room = width - len(" ┤ ") - prices - len(" ") - NAMES_ROOM
    if room < min(LEAST_BARS, len(bars)):
        return []
    shown = bars[-room:]
    scale = _scale(shown, levels)
    grid = [[Text(" ") for _ in range(len(shown))] for _ in range(HEIGHT)]
    _draw_candles(grid, shown, scale)
    _draw_legs(grid, shown, scale, legs)
    axis = _axis(grid, scale, levels)
    lines = [Text().join([*cells, label]) for cells, label in zip(grid, axis, strict=True)]
    if legs:
        lines.append(_brackets(shown, legs))
    return [*lines, _volumes(shown), _months(shown)]


def _scale(bars: Bars, levels: Mapping[str, float]) -> _Scale:
    """Return a scale that holds all bars, and the levels that are not too far from them."""
    low, high = float(bars.low.min()), float(bars.high.max())
    reach = FARTHEST * max(high - low, 0.01 * high)
    near = [price for price in levels.values() if low - reach <= price <= high + reach]
    bottom, top = min([low, *near]), max([high, *near])
    room = max(top - bottom, 0.01 * top)  # a price that never moved
    return _Scale(bottom, room * 1.001 / (2 * HEIGHT))


def _draw_candles(grid: list[list[Text]], bars: Bars, scale: _Scale) -> None:
    for column in range(len(bars)):
        opened, close = float(bars.open[column]), float(bars.close[column])
        wick = scale.half(float(bars.low[column])), scale.half(float(bars.high[column]))
        body = scale.half(min(opened, close)), scale.half(max(opened, close))
        style = UP if close > opened else DOWN if close < opened else ""

        def fill(half: int, wick: tuple[int, int] = wick, body: tuple[int, int] = body) -> int:
            if body[0] <= half <= body[1]:
                return BODY
            return WICK if wick[0] <= half <= wick[1] else NOTHING

        for line in range(HEIGHT - 1 - wick[1] // 2, HEIGHT - wick[0] // 2):
            lower = 2 * (HEIGHT - 1 - line)
            grid[line][column] = Text(GLYPHS[fill(lower)][fill(lower + 1)], style)


def _draw_legs(grid: list[list[Text]], bars: Bars, scale: _Scale, legs: Iterable[Leg]) -> None:
    """Write the number of each pull-back over its high and under its low."""
    for number, leg in enumerate(legs, 1):
        for session, price, side in (
            (leg.high_session, leg.high, -1),
            (leg.low_session, leg.low, 1),
        ):
            column, line = _column(bars, session), scale.line(price) + side
            if column is not None and 0 <= line < HEIGHT and not grid[line][column].plain.strip():
                grid[line][column] = Text(str(number), f"bold {LEG}")


def _axis(grid: list[list[Text]], scale: _Scale, levels: Mapping[str, float]) -> list[Text]:
    """Return what stands behind each line, and draw the lines of the levels."""
    labels = [Text(" │", QUIET) for _ in grid]
    for line in range(0, HEIGHT, AXIS_STEPS):
        labels[line] = Text(f" ┤ {won(scale.price(line))}", QUIET)
    on_line: dict[int, list[str]] = {}
    top = scale.bottom + 2 * HEIGHT * scale.step
    for name, price in sorted(levels.items(), key=lambda level: -level[1]):
        if scale.bottom <= price <= top:
            on_line.setdefault(scale.line(price), []).append(name)
    for line, names in on_line.items():
        style = LEVEL_STYLES.get(names[0], "")
        named = ", ".join(names)[:NAMES_ROOM]
        labels[line] = Text(f" ┤ {won(levels[names[0]])} {named}", style)
        for column, cell in enumerate(grid[line]):
            if cell.plain == " ":
                grid[line][column] = Text("┈", style)
    return labels


def _brackets(bars: Bars, legs: Iterable[Leg]) -> Text:
    """Return one line with a bracket from the high to the low of each pull-back."""
    line = [" "] * len(bars)
    for number, leg in enumerate(legs, 1):
        start, end = _column(bars, leg.high_session), _column(bars, leg.low_session)
        if end is None:
            continue  # all of it lies before the picture
        first = 0 if start is None else start
        room = end - first - 1
        words = (f"{number} −{leg.depth:.1%}", f"−{leg.depth:.0%}", str(number), "")
        inside = next(each for each in words if len(each) <= max(room, 0)).center(room, "─")
        line[first : end + 1] = f"{'└' if start is not None else '─'}{inside}┘"[: end + 1 - first]
    return Text("".join(line), LEG)


def _volumes(bars: Bars) -> Text:
    most = float(bars.volume.max())
    heights = np.ceil(bars.volume / most * (len(BLOCKS) - 1)).astype(int)
    return Text("".join(BLOCKS[height] for height in heights) + f" ┤ {won(most)} shares", QUIET)


def _months(bars: Bars) -> Text:
    """Return one line with the month under its first session."""
    line = " " * len(bars)
    months = [bars.date(at).isoformat()[:7] for at in range(len(bars))]
    for at, month in enumerate(months):
        free = not line[max(0, at - 1) :].strip() and at + len(month) <= len(bars)
        if free and (at == 0 or months[at - 1] != month):
            line = f"{line[:at]}{month}{line[at + len(month) :]}"
    return Text(line, QUIET)


def _column(bars: Bars, session: date) -> int | None:
    """Return where ``session`` stands; None when it is not shown."""
    found = np.flatnonzero(bars.session == np.datetime64(session))
    return int(found[0]) if len(found) else None
