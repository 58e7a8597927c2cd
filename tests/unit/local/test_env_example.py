"""``.env.example`` lists what can be set: all of it, nothing else, with the real defaults."""

import re
from fractions import Fraction
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.settings import Settings, load_settings

EXAMPLE = (Path(__file__).parents[3] / ".env.example").read_text(encoding="utf-8")
SHOWN = dict(re.findall(r"^# .+\n#([A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE))
NO_DEFAULT = {"KIS_ACCOUNT_NO"}  # shows its form
WORKED_OUT = {"RATE_LIMIT_RPS": Fraction(2)}


def test_every_setting_is_explained_and_nothing_else() -> None:
    listed = re.findall(r"^#([A-Z_]+)=", EXAMPLE, re.MULTILINE)

    assert sorted(listed) == sorted(SHOWN) == sorted(name.upper() for name in Settings.model_fields)


def test_nothing_is_set_by_copying_it() -> None:
    assert [line for line in EXAMPLE.splitlines() if line and not line.startswith("#")] == []


@pytest.mark.parametrize("name", sorted(set(SHOWN) - NO_DEFAULT))
def test_what_is_shown_is_the_default(name: str, nothing_set: Path) -> None:
    (nothing_set / ".env").write_text(f"{name}={SHOWN[name]}\n", encoding="utf-8")

    read = getattr(load_settings(), name.lower())

    default = WORKED_OUT.get(name, Settings.model_fields[name.lower()].default)
    assert _plain(read) == _plain(default)


def _plain(value: object) -> object:
    return value.get_secret_value() if isinstance(value, SecretStr) else value
