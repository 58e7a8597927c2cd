"""``make`` says what there is, and what is missing."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run make as a person does, whatever make runs these tests."""
    environment = {k: v for k, v in os.environ.items() if k not in {"MAKEFLAGS", "PYTHON"}}
    return subprocess.run(
        ["make", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_help_names_every_target_that_a_person_may_want() -> None:
    targets = re.findall(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)[0].split()

    said = make().stdout

    assert [target for target in targets if not re.search(rf"make {target} +\w", said)] == []


def test_without_a_python_that_is_new_enough_one_line_says_so(tmp_path: Path) -> None:
    done = make("install", f"VENV={tmp_path}/venv", "PYTHON=/usr/bin/false no-such-python")

    assert done.returncode != 0
    assert done.stderr.splitlines()[0].startswith("No Python of at least 3.11 among: /usr/bin/f")


def test_a_python_without_its_venv_package_is_said_in_one_line(tmp_path: Path) -> None:
    python = tmp_path / "python3"
    python.write_text(
        f'#!/bin/sh\ncase "$2" in *ensurepip*) exit 1 ;; esac\nexec {sys.executable} "$@"\n'
    )
    python.chmod(0o755)

    done = make("install", f"VENV={tmp_path}/venv", f"PYTHON={python}")

    assert done.returncode != 0
    assert "Debian: python3-venv" in done.stderr.splitlines()[0]
