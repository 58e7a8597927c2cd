"""Faults on demand: what goes wrong, at which calls, how often."""

import random
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from tests.mock_servers.call import Call


class Fault(BaseModel):
    """One kind of trouble. Without ``count`` and ``share`` every matching call meets it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal[
        "rate_refusal",
        "error_5xx",
        "timeout",
        "cut",
        "expired_token",
        "broken_json",
        "firewall",
    ]
    endpoint: str | None = Field(None, description="end of the path, or the broker's call id")
    ticker: str | None = None
    count: Annotated[int, Field(ge=1)] | None = Field(None, description="stop after so many")
    share: Annotated[float, Field(gt=0, le=1)] | None = Field(None, description="of the calls")
    seed: int = Field(0, description="of the draw by share")
    status: int = Field(503, ge=500, le=599, description="of error_5xx")
    seconds: float = Field(30, gt=0, le=600, description="that a timeout holds the answer back")
    where: Literal["before", "body"] = Field("before", description="a cut comes: the answer's")

    def is_for(self, call: Call) -> bool:
        """Say whether ``call`` is one that this fault is meant for."""
        return (
            (self.endpoint is None or call.is_for(self.endpoint))
            and (self.ticker is None or self.ticker in call.tickers)
            and (self.kind != "expired_token" or call.with_token)
        )


@dataclass
class _Armed:
    """A fault in force, and how often it has struck."""

    fault: Fault
    draw: random.Random
    struck: int = 0

    def strikes(self, call: Call) -> bool:
        """Say whether ``call`` meets the fault, and count it."""
        fault = self.fault
        if (fault.count is not None and self.struck >= fault.count) or not fault.is_for(call):
            return False
        if fault.share is not None and self.draw.random() >= fault.share:
            return False
        self.struck += 1
        return True


class Faults:
    """The faults in force, in the order in which they were asked for."""

    def __init__(self) -> None:
        self._armed: list[_Armed] = []

    def add(self, fault: Fault) -> None:
        """Put ``fault`` in force beside the others."""
        self._armed.append(_Armed(fault, random.Random(fault.seed)))

    def clear(self) -> None:
        """Take every fault out of force."""
        self._armed.clear()

    def strike(self, call: Call) -> Fault | None:
        """Return the first fault that ``call`` meets; None: it is served."""
        return next((armed.fault for armed in self._armed if armed.strikes(call)), None)

    def report(self) -> list[dict[str, object]]:
        """Return the faults in force, each with how often it has struck."""
        return [
            {**armed.fault.model_dump(exclude_unset=True), "struck": armed.struck}
            for armed in self._armed
        ]
