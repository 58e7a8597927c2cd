"""Faults on demand: what goes wrong with the sockets, for how long or how often."""

from collections.abc import Callable
from itertools import cycle
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

# Half a frame, no JSON, JSON of no use, numbers that are none: of either broker's protocol.
GARBAGE = (
    '{"trnm":"REAL","data":[{"type":"0B","item":"0059',
    "0|H0STCNT0|001|005930^0930",
    "\x00\x7f no frame at all",
    "[1,2,3]",
    '{"trnm":"REAL","data":[{"type":"0B","name":"","item":"005930","values":{"10":"1e999"}}]}',
    "0|H0STCNT0|999|" + "^".join(["NaN"] * 46),
)
WANTS = {"refuse": "seconds", "silence": "seconds"}
WANTS |= dict.fromkeys(("garbage", "refuse_key", "early_ping"), "count")


class StreamFault(BaseModel):
    """One kind of trouble; ``seconds`` or ``count`` says how much of it, as the kind needs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["cut", "refuse", "silence", "garbage", "refuse_key", "early_ping"]
    seconds: Annotated[float, Field(gt=0, le=3600)] | None = None
    count: Annotated[int, Field(ge=1, le=1_000_000)] | None = None

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        wanted = WANTS.get(self.kind, "nothing else")
        given = [name for name in ("seconds", "count") if getattr(self, name) is not None]
        if given != [wanted] and (given or self.kind in WANTS):
            raise ValueError(f"{self.kind} wants {wanted}")
        return self


class StreamFaults:
    """The faults in force. A ``cut`` is over when it is done, and stands nowhere."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._garbage = cycle(GARBAGE)
        self.clear()

    def clear(self) -> None:
        """Take every fault out of force."""
        self._until = {"refuse": 0.0, "silence": 0.0}
        self._left = {"garbage": 0, "refuse_key": 0, "early_ping": 0}

    def add(self, fault: StreamFault) -> None:
        """Put ``fault`` in force; one of the same kind is replaced."""
        if fault.seconds is not None:
            self._until[fault.kind] = self._clock() + fault.seconds
        if fault.count is not None:
            self._left[fault.kind] = fault.count

    def lasts(self, kind: Literal["refuse", "silence"]) -> bool:
        """Say whether a fault that lasts is in force."""
        return self._clock() < self._until[kind]

    def strikes(self, kind: Literal["garbage", "refuse_key", "early_ping"]) -> bool:
        """Say whether a fault that is counted strikes now, and count it."""
        if not self._left[kind]:
            return False
        self._left[kind] -= 1
        return True

    def spoilt(self, frame: str) -> str:
        """Return ``frame``, or garbage in its place."""
        return next(self._garbage) if self.strikes("garbage") else frame

    def report(self) -> list[dict[str, object]]:
        """Return the faults in force with what is left of them."""
        lasting = [
            {"kind": kind, "seconds": round(until - self._clock(), 3)}
            for kind, until in self._until.items()
            if until > self._clock()
        ]
        return [
            *lasting,
            *({"kind": kind, "count": left} for kind, left in self._left.items() if left),
        ]
