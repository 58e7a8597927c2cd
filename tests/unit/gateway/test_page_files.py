"""The page's files: small, complete, and nothing in them comes from elsewhere."""

import gzip
import hashlib
import re
from pathlib import Path

import pytest
from starlette.requests import Request

from app.gateway.page_files import FOLDER, PageFiles
from app.gateway.page_words import LANGUAGES, texts

MOST_BYTES = 150 * 1024  # on their way to a browser
TEMPLATE = (FOLDER.parent / "templates" / "page.html.j2").read_text(encoding="utf-8")
SCRIPTS = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.js")}
STYLES = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.css")}


def asking(*encodings: str) -> Request:
    headers = [(b"accept-encoding", each.encode()) for each in encodings]
    return Request({"type": "http", "method": "GET", "headers": headers})


def test_all_files_together_stay_small() -> None:
    assert sum(PageFiles().sizes.values()) < MOST_BYTES


def test_a_file_is_compressed_for_those_who_can_read_it() -> None:
    files = PageFiles()

    plain = files.answer(asking(), "main.js")
    zipped = files.answer(asking("gzip, br"), "main.js")

    assert plain
    assert zipped
    assert gzip.decompress(bytes(zipped.body)) == bytes(plain.body)
    assert len(zipped.body) < len(plain.body)
    assert zipped.headers["content-encoding"] == "gzip"


@pytest.mark.parametrize("name", ["", "nope.js", "../page.py", "vendor/SHA256SUMS", "/etc/passwd"])
def test_only_the_page_s_own_files_can_be_had(name: str) -> None:
    assert PageFiles().answer(asking(), name) is None


def test_a_changed_file_changes_the_address_of_all(tmp_path: Path) -> None:
    script = tmp_path / "main.js"
    script.write_text("one", encoding="utf-8")
    before = PageFiles(tmp_path).version

    script.write_text("other", encoding="utf-8")

    assert PageFiles(tmp_path).version != before


def test_what_others_wrote_is_as_they_published_it() -> None:
    vendor = FOLDER / "vendor"
    lines = (vendor / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    sums = {name: digest for digest, name in (line.split() for line in lines)}

    assert {path.name for path in vendor.iterdir()} == {*sums, "SHA256SUMS"}
    for name, digest in sums.items():
        assert hashlib.sha256((vendor / name).read_bytes()).hexdigest() == digest


def test_nothing_is_fetched_from_elsewhere_and_nothing_is_inline() -> None:
    own = "".join([TEMPLATE, *SCRIPTS.values(), *STYLES.values()])
    addresses = set(re.findall(r"https?://[^\"'\s`]+", own))

    assert addresses == {"http://www.w3.org/2000/svg"}  # a name, not a place
    assert not re.search(r"<style|\sstyle=|\son\w+=", TEMPLATE)
    assert re.findall(r"<script(?! (?:type=\"module\" )?src=)[^>]*>", TEMPLATE) == [
        '<script type="application/json" id="boot">'
    ]
    assert "innerHTML" not in own


def test_both_languages_say_the_same_with_the_same_values() -> None:
    korean, english = (texts(language) for language in LANGUAGES)

    assert list(korean) == list(english)
    for key, text in korean.items():
        assert values(text) == values(english[key]), key


def values(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_every_text_that_is_asked_for_is_there() -> None:
    known = set(texts("ko"))
    asked = set(
        re.findall(r"\bsay\(\s*\"([\w.]+\w)\"\s*[,)]", "".join(SCRIPTS.values()) + TEMPLATE)
    )
    asked |= set(re.findall(r"{{ (?:t|as\(\"[\w-]+\",)\(?\s*\"([\w.]+\w)\"", TEMPLATE))

    assert len(asked) > 100
    assert asked <= known
