"""The connected services for the length of a command, and one clear line when one is away."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from pydantic import SecretStr
from redis.exceptions import RedisError

from app.bootstrap import Services, connect
from app.cli.failure import BadUsage, NotReachable
from app.database import DatabaseUnavailable, reading
from app.limiter import LimiterUnavailable
from app.market.csv_file import CsvError
from app.queues import QueuesUnavailable
from app.settings import SettingsError, load_settings


@contextmanager
def connected() -> Iterator[Services]:
    """Yield the services; what goes wrong inside ends the command with one line.

    Raises:
        BadUsage: a setting is bad or missing.
        NotReachable: Redis or the database does not answer.
    """
    try:
        settings = load_settings()
    except SettingsError as error:
        raise BadUsage(str(error)) from error
    try:
        with connect(settings) as services:
            yield services
    except (CsvError, SettingsError) as error:
        raise BadUsage(str(error)) from error
    except DatabaseUnavailable as error:
        where = public(settings.database_url)
        raise NotReachable(f"{where}: {error}; {database_advice(where)}") from error
    except (QueuesUnavailable, LimiterUnavailable, RedisError) as error:
        where, why = public(settings.redis_url), error.__cause__ or error
        advice = "start it with `scanner up`, or set REDIS_URL"
        raise NotReachable(f"Redis does not answer at {where} ({why}): {advice}") from error


def need_all(services: Services) -> None:
    """Make sure that Redis and the database answer; raises what ``connected`` makes a line of."""
    services.redis.ping()
    with reading(services.engine):
        pass


def database_advice(where: str) -> str:
    """Return what to look at when the database at the address ``where`` cannot be used."""
    if where.startswith("sqlite:"):
        return "is the file whole, may it be written, is its disk full? DATABASE_URL names another"
    return "check DATABASE_URL, and whether the database runs"


def public(address: SecretStr) -> str:
    """Return an address without its user, password and options."""
    url = urlsplit(address.get_secret_value())
    place = url.netloc.rpartition("@")[2]
    return f"{url.scheme.partition('+')[0]}://{place}{url.path}"
