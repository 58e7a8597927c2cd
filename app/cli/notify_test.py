"""``scanner notify-test``: one message to each receiver, and what became of it."""

from collections.abc import Iterator, Sequence
from time import perf_counter
from typing import NamedTuple

from rich.text import Text

from app.cli.failure import DONE, PROBLEMS, BadUsage
from app.cli.output import BAD, GOOD, say, say_json
from app.cli.services import connected
from app.signals.receivers import Delivery, Receiver
from app.signals.words import LANGUAGES

NONE_SET = "NOTIFY_URLS: got nothing, want addresses of receivers, parted by blanks"


class Tested(NamedTuple):
    """What a message to one receiver came to."""

    receiver: str
    delivery: Delivery
    seconds: float


def notify_test(*, as_json: bool) -> int:
    """Send a test message to everyone; return 1 when one was not delivered."""
    tested = []
    with connected() as services:
        services.check_receivers()
        if not services.receivers:
            raise BadUsage(NONE_SET)
        words, grade = LANGUAGES[services.settings.ui_lang], services.settings.notify_grade
        text = words.test.format(grade=grade.value)
        for each in _send(services.receivers, words.test_title, text):
            tested.append(each)
            if not as_json:
                say(line(each))
    if as_json:
        say_json({"receivers": [_object(each) for each in tested]})
    return DONE if all(each.delivery.ok for each in tested) else PROBLEMS


def line(tested: Tested) -> Text:
    """Return what became of a message, as people read it."""
    delivery = tested.delivery
    verdict = ("ok  ", GOOD) if delivery.ok else ("fail", BAD)
    text = Text.assemble(verdict, f"  {tested.receiver:<16}  ")
    if delivery.ok:
        return text.append(f"delivered in {tested.seconds:.1f} s")
    may = ", but the message may have arrived" if delivery.unsure else ""
    return text.append(f"{delivery.reason}{may} → check its address in NOTIFY_URLS")


def _send(receivers: Sequence[Receiver], title: str, text: str) -> Iterator[Tested]:
    for receiver in receivers:
        begun = perf_counter()
        delivery = receiver.send(title, text)
        yield Tested(receiver.name, delivery, perf_counter() - begun)


def _object(tested: Tested) -> dict[str, object]:
    return {
        "receiver": tested.receiver,
        "delivered": tested.delivery.ok,
        "reason": tested.delivery.reason,
        "seconds": round(tested.seconds, 3),
    }
