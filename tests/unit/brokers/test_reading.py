"""Answers are checked where they enter, and errors carry no secret."""

from typing import Annotated

import pytest
from pydantic import BaseModel, Field

from app.brokers.errors import BrokerRefused, BrokerUnavailable
from app.brokers.reading import Answer, Reader, Trouble

KEY = "PSkey-0123456789"


class Refuses:
    """A broker that refuses what says ``no``."""

    def refused_for_rate(self, status: int, body: bytes) -> bool:
        return False

    def trouble(self, status: int, answer: Answer) -> Trouble | None:
        return Trouble(BrokerRefused, "X1", str(answer["no"])) if "no" in answer else None


class Priced(BaseModel):
    price: Annotated[float, Field(alias="stck_prpr", ge=0)]


@pytest.fixture
def reader() -> Reader:
    return Reader("kis:main: price of 005930", Refuses(), (KEY, ""))


def test_a_sound_answer_is_read(reader: Reader) -> None:
    assert reader.read(200, b'{"stck_prpr": "71000"}', Priced).price == 71000


def test_an_error_names_credential_call_and_code_but_no_secret(reader: Reader) -> None:
    with pytest.raises(BrokerRefused) as caught:
        reader.read(200, f'{{"no": "the key {KEY} is bad"}}'.encode(), Priced)

    assert str(caught.value) == "kis:main: price of 005930: the key *** is bad (X1)"
    assert caught.value.code == "X1"


def test_a_bad_number_is_named_with_its_field(reader: Reader) -> None:
    with pytest.raises(BrokerUnavailable, match=r"stck_prpr: got 'abc': .*valid number"):
        reader.read(200, b'{"stck_prpr": "abc"}', Priced)


def test_a_missing_field_is_named_without_the_rest_of_the_answer(reader: Reader) -> None:
    with pytest.raises(BrokerUnavailable, match=r"stck_prpr: got nothing of use: ") as caught:
        reader.read(200, b'{"access_token": "eyJ-secret"}', Priced)

    assert "eyJ-secret" not in str(caught.value)


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"access_token": "eyJ-sec', b"[1]", b"\xff"])
def test_what_is_no_json_object_is_told_by_size_not_by_content(reader: Reader, body: bytes) -> None:
    with pytest.raises(BrokerUnavailable) as caught:
        reader.read(502, body, Priced)

    wants = f"HTTP 502 with {len(body)} bytes that are not a JSON object"
    assert str(caught.value) == f"kis:main: price of 005930: {wants}"


def test_json_nested_beyond_reason_is_an_answer_that_cannot_be_read(reader: Reader) -> None:
    with pytest.raises(BrokerUnavailable, match="not a JSON object"):
        reader.read(200, b'{"a":' * 100_000, Priced)


def test_a_reader_does_not_show_its_secrets(reader: Reader) -> None:
    assert KEY not in repr(reader)
