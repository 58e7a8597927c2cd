"""Every strategy on one ticker at one moment: the one function that scans and the replay run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain import InvestorFlow, Match, Result, Status
from app.strategies.base import Inputs, Need, News, Strategy
from app.strategies.flows import CheckedFlows, check_flows
from app.strategies.quality import Checked


@dataclass(frozen=True)
class Known:
    """What is known of a ticker beside its bars; what nobody has is None.

    ``flows``: net buying in won of final sessions, in any order; those after the last bar are not
    looked at, and neither is the last bar's own while it is ``provisional``.
    ``news``: of the seven days up to the last bar.
    ``strength``: the percentile, 0 to 100, from the closes of the session before the last bar's.
    ``elapsed``: share of the last bar's session that has run, 1.0 from its close on.
    ``provisional``: the last bar's row may still change, its session is not final.
    """

    flows: Sequence[InvestorFlow] | None = None
    news: News | None = None
    strength: float | None = None
    elapsed: float = 1.0
    provisional: bool = False


def evaluate(
    strategies: Mapping[str, Strategy], checked: Checked, known: Known
) -> dict[str, Match | Result]:
    """Return a match a strategy, or the result that says why it could not run.

    ``checked`` comes from ``quality.check`` with all rows and sessions up to the moment.
    """
    flows = check_flows(known.flows, checked.bars, provisional=known.provisional)
    return {
        name: _evaluate(strategy, checked, flows, known) for name, strategy in strategies.items()
    }


def _evaluate(
    strategy: Strategy, checked: Checked, flows: CheckedFlows, known: Known
) -> Match | Result:
    spare = known.provisional and strategy.final_only  # the running session is one too many
    verdict = checked.verdict(strategy.minimum + spare)
    if verdict.status is Status.OK and strategy.flows is Need.REQUIRED:
        verdict = flows.verdict
    if verdict.status is not Status.OK:
        return Result(status=verdict.status, reason=verdict.reason)
    given = Inputs(
        bars=checked.bars,
        flows=flows.flows if strategy.flows is not Need.NONE else None,
        news=known.news,
        strength=known.strength,
        elapsed=known.elapsed,
    )
    return strategy.match(given)
