"""A slow question is asked once, however many want its answer."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.gateway.kept import Kept


def test_an_answer_is_kept_for_its_time() -> None:
    now, looks = 0.0, 0

    def look() -> int:
        nonlocal looks
        looks += 1
        return looks

    kept = Kept(look, 5, clock=lambda: now)

    assert [kept.get(), kept.get()] == [1, 1]
    now = 4.9
    assert kept.get() == 1
    now = 5.0
    assert kept.get() == 2


def test_many_wait_for_one_look() -> None:
    looks, looked = 0, threading.Event()

    def look() -> int:
        nonlocal looks
        looks += 1
        looked.wait()
        return looks

    kept = Kept(look, 60)
    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(kept.get) for _ in range(8)]
        looked.set()

    assert [each.result() for each in answers] == [1] * 8


def test_an_error_is_not_kept() -> None:
    troubles = [ValueError("away")]

    def look() -> str:
        if troubles:
            raise troubles.pop()
        return "there"

    kept = Kept(look, 60)

    with pytest.raises(ValueError, match="away"):
        kept.get()
    assert kept.get() == "there"
