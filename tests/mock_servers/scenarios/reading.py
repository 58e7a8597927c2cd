"""Reads a scenario: what is planted in the made-up market, and what a scan must find there."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tests.mock_servers.exchange.plan import Plant

FOLDER = Path(__file__).parent


class Finding(BaseModel):
    """What one strategy must say of one ticker, ``sessions_ago`` before the last session.

    ``state`` and ``signal`` count for the status OK; what is not given may be anything.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    ticker: str
    strategy: str
    sessions_ago: Annotated[int, Field(ge=0, le=60)] = 0
    status: str = "OK"
    state: str | None = None
    signal: bool | None = None


class Scenario(BaseModel):
    """A market with a story. ``today``: the day it plays on; None: any."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    about: str
    today: date | None = None
    plant: list[Plant]
    find: list[Finding]


def names() -> list[str]:
    """Return the names of the scenarios that there are."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load(name: str) -> Scenario:
    """Return the scenario ``name``, or the one in the file of that name if it ends in .toml.

    Raises:
        ValueError: there is none, or it is broken; the message names file and field.
    """
    path = Path(name) if name.endswith(".toml") else FOLDER / f"{name}.toml"
    try:
        return Scenario.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise ValueError(f"{path}: {field}: {first['msg']}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is no TOML file: {error}") from error
    except OSError as error:
        raise ValueError(
            f"no scenario {name!r}: there are {', '.join(names())}, or a file that ends in .toml"
        ) from error
