"""``scanner doctor``: every check in a line, and what to do about those that fail."""

from collections.abc import Iterator

from redis.exceptions import RedisError
from rich.text import Text

from app.bootstrap import Services
from app.cli import checks
from app.cli.checks import Check, Verdict
from app.cli.failure import DONE, NOT_REACHABLE, PROBLEMS
from app.cli.output import BAD, GOOD, WARNING, say, say_json
from app.cli.services import connected, database_advice, public
from app.database import DatabaseUnavailable
from app.limiter import LimiterUnavailable
from app.queues import QueuesUnavailable

STYLES = {Verdict.OK: GOOD, Verdict.WARN: WARNING, Verdict.FAIL: BAD}
GROUPS = (
    checks.of_settings,
    checks.of_redis,
    checks.of_database,
    checks.of_workers,
    checks.of_market,
    checks.of_messages,
    checks.of_flower,
)


class Doctor:
    """Carries out the checks; what is away is said once, and remembered."""

    def __init__(self, services: Services, *, broker: bool) -> None:
        self._services = services
        self._groups = (*GROUPS, checks.of_broker) if broker else GROUPS
        self.away: set[str] = set()

    def checks(self) -> Iterator[Check]:
        """Yield every check as soon as it is done."""
        settings = self._services.settings
        for group in self._groups:
            try:
                yield from group(self._services)
            except DatabaseUnavailable as error:
                where = public(settings.database_url)
                yield from self._away("database", f"{where}: {error}", database_advice(where))
            except (RedisError, QueuesUnavailable, LimiterUnavailable) as error:
                advice = "start it with `scanner up`, or check REDIS_URL"
                yield from self._away("redis", f"{public(settings.redis_url)}: {error}", advice)

    def _away(self, what: str, why: str, advice: str) -> Iterator[Check]:
        if what not in self.away:
            self.away.add(what)
            yield Check(what, Verdict.FAIL, " ".join(why.split()), advice)


def doctor(*, broker: bool, as_json: bool) -> int:
    """Check everything; return 1 when a check fails, 3 when Redis or the database is away."""
    found = []
    with connected() as services:
        examined = Doctor(services, broker=broker)
        for check in examined.checks():
            found.append(check)
            if not as_json:
                say(line(check))
    if as_json:
        say_json({"checks": [check._asdict() for check in found]})
    if examined.away:
        return NOT_REACHABLE
    return PROBLEMS if any(check.verdict is Verdict.FAIL for check in found) else DONE


def line(check: Check) -> Text:
    """Return a check as people read it."""
    return Text.assemble(
        (f"{check.verdict:<4}", STYLES[check.verdict]),
        f"  {check.about:<16}  {check.found}",
        f" → {check.advice}" if check.advice else "",
    )
