"""Whether investor flows can be trusted, decided once before any strategy reads them.

Today's figures are estimates until the evening, so a session counts only when it is final. What is
missing or of another unit never becomes a number.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from app.domain import Bars, InvestorFlow, Status
from app.strategies.quality import Verdict

NEEDED = 5  # sessions, the newest final ones, of which none may be missing
READ = 20  # sessions at most
ROUNDING = 1_000_000  # won: brokers tell net buying in whole millions


class Net(NamedTuple):
    """What was bought in the newest five final sessions, less what was sold: won."""

    foreign: float
    institution: float


class CheckedFlows(NamedTuple):
    """Flows that are fit to be read, oldest first; None when the verdict is not OK."""

    flows: tuple[InvestorFlow, ...] | None
    verdict: Verdict


def check_flows(
    received: Sequence[InvestorFlow] | None, bars: Bars, *, provisional: bool
) -> CheckedFlows:
    """Return the flows of the newest final sessions of ``bars``, and whether they can be trusted.

    ``bars`` have passed ``quality.check``; when ``provisional`` the last one may still change, and
    its session is not looked at. ``received`` may be in any order and may hold other sessions,
    later ones too; None: there are none to be had.
    """
    final = (bars[:-1] if provisional else bars)[-READ:]
    by_session = {flow.session: flow for flow in received or ()}
    sessions: list[date] = final.session.tolist()
    flows = tuple(by_session[session] for session in sessions if session in by_session)
    verdict = _presence(by_session, final[-NEEDED:])
    if verdict.status is Status.OK:
        verdict = _truth(flows, dict(zip(sessions, final.value.tolist(), strict=True)))
    return CheckedFlows(flows if verdict.status is Status.OK else None, verdict)


def net_buying(flows: Sequence[InvestorFlow]) -> Net:
    """Return the net buying of the newest five of ``flows``, which are oldest first."""
    newest = flows[-NEEDED:]
    return Net(
        foreign=sum(flow.foreign for flow in newest),
        institution=sum(flow.institution for flow in newest),
    )


def _presence(flows: Mapping[date, InvestorFlow], newest: Bars) -> Verdict:
    """Return whether all that must be known of the newest final sessions is known."""
    if len(newest) < NEEDED:
        return Verdict(Status.INSUFFICIENT_DATA, f"{len(newest)} of {NEEDED} final sessions needed")
    for session, value in zip(newest.session.tolist(), newest.value.tolist(), strict=True):
        if session not in flows:
            return Verdict(Status.INSUFFICIENT_DATA, f"no investor flow of {session}")
        if math.isnan(value):
            return Verdict(Status.INSUFFICIENT_DATA, f"no traded value of {session}")
    if not newest.value.sum():
        return Verdict(Status.HALTED, f"nothing traded in {NEEDED} sessions to {newest.date(-1)}")
    return Verdict(Status.OK)


def _truth(flows: Sequence[InvestorFlow], values: Mapping[date, float]) -> Verdict:
    """Return whether nobody bought or sold, on balance, more than was traded."""
    for flow in flows:
        value = values[flow.session]
        most = math.inf if math.isnan(value) else value + ROUNDING
        # Asked as "is it right", so that a missing figure (NaN) is not.
        if not (abs(flow.foreign) <= most and abs(flow.institution) <= most):
            told = f"foreign {flow.foreign:,.10g}, institution {flow.institution:,.10g} won"
            return Verdict(
                Status.BAD_DATA,
                f"{flow.session}: net buying is {told}; right is at most the traded value "
                f"{value:,.10g}: check the units",
            )
    return Verdict(Status.OK)
