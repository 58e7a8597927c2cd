"""What a request may name: tickers, strategies, markets; each says what would be right."""

from datetime import UTC, date, datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, WithJsonSchema

from app.domain import Life, Ticker, parse_ticker
from app.signals.course import OVER
from app.strategies.registry import STRATEGIES, find

OPEN = "open"  # of the lives of a signal: all that are not over
STATES = tuple(sorted({state for each in STRATEGIES.values() for state in each.states}))


class Asked(BaseModel):
    """What a request may hold; a field that nobody knows is refused."""

    model_config = ConfigDict(extra="forbid")


def _strategy(name: str) -> str:
    find([name])
    return name


def _state(name: str) -> str:
    if (state := name.upper()) not in STATES:
        raise ValueError(f"there is no {name!r}: there are {', '.join(STATES)}")
    return state


def _life(name: str) -> str:
    if name not in (OPEN, *Life):
        raise ValueError(f"there is no {name!r}: there are {', '.join(Life)}, {OPEN}")
    return name


def lives_of(names: list[str]) -> list[Life]:
    """Return lives by their names; ``open`` is all that are not over."""
    lives: dict[Life, None] = {}
    for name in names:
        some = [life for life in Life if life not in OVER] if name == OPEN else [Life(name)]
        lives |= dict.fromkeys(some)
    return list(lives)


TickerName: TypeAlias = Annotated[
    Ticker,
    AfterValidator(parse_ticker),
    WithJsonSchema({"type": "string", "pattern": "^[0-9A-Z]{6}$", "examples": ["005930"]}),
]
StrategyName: TypeAlias = Annotated[
    str, AfterValidator(_strategy), WithJsonSchema({"type": "string", "enum": list(STRATEGIES)})
]
StateName: TypeAlias = Annotated[
    str, AfterValidator(_state), WithJsonSchema({"type": "string", "enum": list(STATES)})
]
LifeName: TypeAlias = Annotated[
    str, AfterValidator(_life), WithJsonSchema({"type": "string", "enum": [OPEN, *Life]})
]
MarketName: TypeAlias = Literal["all", "kospi", "kosdaq"]
Day: TypeAlias = date
Moment: TypeAlias = Annotated[
    AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(2101, 1, 1, tzinfo=UTC))
]
