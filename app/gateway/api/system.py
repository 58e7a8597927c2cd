"""How the system is: alive, ready, what runs, what waits, what comes, and how the limit stands."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, Field
from starlette.requests import HTTPConnection

from app.bootstrap import Services
from app.domain import KOREA, Ticker
from app.gateway.parts import Live, Served
from app.gateway.probes import Coming, Part, Probes
from app.gateway.problems import MEDIA_TYPE, Problem, documented
from app.market.calendar import Phase

router = APIRouter(tags=["system"])


def _probes(connection: HTTPConnection) -> Probes:
    probes: Probes = connection.app.state.probes
    return probes


Looks = Annotated[Probes, Depends(_probes)]


class Alive(BaseModel):
    """The gateway answers."""

    status: Literal["alive"] = "alive"


class PartView(BaseModel):
    """A part that the system needs: redis, database, scan_workers, signal_workers, beat.

    ``version``: of Redis and the database, what answers; ``count``: of workers, how many.
    """

    name: str = Field(examples=["redis"])
    ready: bool
    detail: str = Field(examples=["answers"])
    version: str = Field(examples=["7.2.4"])
    count: int | None = Field(examples=[None])

    @classmethod
    def of(cls, part: Part) -> "PartView":
        """Return a part as it is told."""
        return cls(**vars(part))


class Ready(BaseModel):
    """Every part is there."""

    parts: list[PartView]


class NotReady(Problem):
    """A part is not there."""

    parts: list[PartView]


class BrokerView(BaseModel):
    """Whom the account is at. ``mock``: prices are invented."""

    name: str = Field(examples=["kis"])
    mode: Literal["paper", "live", "mock"]


class MarketView(BaseModel):
    """What the market does, and what it will do at what time; ``holiday`` names why it rests."""

    state: Phase
    next_event: Phase
    at: datetime
    holiday: str | None = Field(examples=["설날"])
    holiday_en: str | None = Field(examples=["Korean New Year"])


class RepeatsView(BaseModel):
    """A scan starts again and again through its session: first and last, and how far apart."""

    first: datetime
    last: datetime
    minutes: int = Field(examples=[60])

    @classmethod
    def of(cls, coming: Coming) -> "RepeatsView | None":
        """Return how the entry of a scan repeats; None: it does not, or unevenly."""
        every, times = coming.entry.every, coming.entry.times
        if every is None:
            return None
        first, last = (
            datetime.combine(coming.at, at, coming.at.tzinfo) for at in (times[0], times[-1])
        )
        return cls(first=first, last=last, minutes=every // timedelta(minutes=1))


class ComingView(BaseModel):
    """A scan of the schedule: when, of how many tickers, and its cost by what is stored now."""

    name: str = Field(examples=["closing"])
    at: datetime
    label: str
    strategies: list[str]
    tickers: int | None
    calls: int | None
    seconds: float | None
    repeats: RepeatsView | None

    @classmethod
    def of(cls, coming: Coming, rate: float) -> "ComingView":
        """Return a scan to come as it is told; ``rate`` in calls a second."""
        return cls(
            name=coming.entry.name,
            at=coming.at,
            label=coming.entry.label,
            strategies=list(coming.entry.strategies),
            tickers=coming.tickers,
            calls=coming.calls,
            seconds=None if coming.calls is None else round(coming.calls / rate, 1),
            repeats=RepeatsView.of(coming),
        )


class BeatView(BaseModel):
    """Whether the scheduler has lately been seen."""

    alive: bool
    seen: datetime | None


class StreamView(BaseModel):
    """Live prices: how many there can be, and which there are. ``reason``: why there are none."""

    slots: int
    used: int
    live: list[Ticker]
    reason: str


class SystemView(BaseModel):
    """What runs, what waits and what comes; ``queues`` is null when Redis is away.

    ``scan_workers`` and ``signal_workers``: how many of ``workers`` scan tickers, and how many
    start scans and keep what they find.
    """

    now: datetime
    broker: BrokerView
    market: MarketView
    redis: bool
    feed: bool
    workers: list[str] = Field(examples=[["scan1@host", "signals@host"]])
    scan_workers: int = Field(examples=[1])
    signal_workers: int = Field(examples=[1])
    beat: BeatView
    queues: dict[str, int] | None
    schedule: list[ComingView]
    flower: str | None
    stream: StreamView
    writes: Literal["open", "token"] = Field(description="what POST asks for")
    language: Literal["ko", "en"]


class SecondView(BaseModel):
    """What was granted and refused in about a second."""

    at: datetime
    grants: int
    refusals: int


class QuotaView(BaseModel):
    """The one limit of all processes. ``rate``, ``limit`` and ``published`` in calls a second.

    ``rate``: that of the last minute. ``published``: what the broker tells its customers.
    ``waiting``: calls that wait, by priority. ``seconds``: the last minute as far as somebody
    followed, oldest first. The last six numbers count since Redis last lost its memory.
    """

    name: str = Field(examples=["kis:main"])
    rate: float
    limit: float
    published: float
    used_last_minute: int
    in_flight: int
    cooling: int
    waiting: dict[int, int]
    guard_seconds: float
    pause_seconds: float
    least_round_trip_seconds: float
    grants: int
    refusals: int
    timeouts: int
    unanswered: int
    lapsed: int
    rebases: int
    seconds: list[SecondView]


@router.get("/health", responses=documented())
def health() -> Alive:
    """Say that the gateway is alive, whatever else is not."""
    return Alive()


@router.get(
    "/ready",
    response_model=Ready,
    responses={
        **documented(),
        503: {"description": "Not ready", "model": NotReady, "content": {MEDIA_TYPE: {}}},
    },
)
def ready(looks: Looks) -> Response | Ready:
    """Say whether a scan could run now: each part named, 503 when one is away."""
    parts = [PartView.of(part) for part in looks.parts()]
    if away := [part.name for part in parts if not part.ready]:
        problem = NotReady(
            title="Service Unavailable",
            status=503,
            detail=f"not there: {', '.join(away)}",
            parts=parts,
        )
        return Response(problem.model_dump_json(), 503, media_type=MEDIA_TYPE)
    return Ready(parts=parts)


@router.get("/api/system", responses=documented())
def system(served: Served, live: Live, looks: Looks) -> SystemView:
    """Return what runs, what waits and what comes; parts that are away are told so."""
    settings = served.settings
    # A Redis that was there and is lost is not waited for: each look would take its whole timeout.
    asked = live.hub.up or not live.hub.place
    alive, seen = looks.beat() if asked else (False, None)
    queues = looks.queues() if asked else None
    rate = float(settings.scan_rate)
    return SystemView(
        now=served.clock(),
        broker=_broker(served),
        market=_market(served),
        redis=queues is not None,
        feed=live.hub.up,
        workers=list(looks.workers()) if asked else [],
        scan_workers=len(looks.workers_of("scan_workers")) if asked else 0,
        signal_workers=len(looks.workers_of("signal_workers")) if asked else 0,
        beat=BeatView(alive=alive, seen=seen),
        queues=queues,
        schedule=[ComingView.of(each, rate) for each in looks.schedule()],
        flower=looks.flower(),
        stream=StreamView(
            slots=live.prices.slots,
            used=len(live.prices.live),
            live=sorted(live.prices.live),
            reason=live.prices.reason,
        ),
        writes="token" if settings.gateway_token else "open",
        language=settings.ui_lang,
    )


@router.get("/api/quota", responses=documented())
def quota(served: Served, live: Live) -> QuotaView:
    """Return how the limit stands."""
    settings = served.settings
    state = served.limiter.state(settings.credential)
    told = {name: value for name, value in vars(state).items() if name in QuotaView.model_fields}
    seconds = live.pace.seconds(served.clock())
    return QuotaView(
        **told,
        rate=round(state.used_last_minute / 60, 3),
        limit=float(settings.rate),
        published=settings.profile.published_rate,
        seconds=[SecondView(**vars(each)) for each in seconds],
    )


def _broker(served: Services) -> BrokerView:
    settings = served.settings
    mode: Literal["paper", "live", "mock"] = "paper" if settings.profile.paper else "live"
    return BrokerView(name=settings.broker, mode=mode if settings.official else "mock")


def _market(served: Services) -> MarketView:
    now = served.clock()
    state = served.calendar.state(now)
    today = now.astimezone(KOREA).date()
    return MarketView(
        state=state.phase,
        next_event=state.next,
        at=state.at,
        holiday=served.calendar.holiday(today, "ko"),
        holiday_en=served.calendar.holiday(today),
    )
