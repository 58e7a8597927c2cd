"""A message is framed once, and is on the wire what a client's library takes for that message."""

import pytest
from websockets.frames import Frame, Opcode
from websockets.protocol import CLIENT, Protocol

from app.gateway.live.frames import frame


@pytest.mark.parametrize("length", [0, 125, 126, 65_535, 65_536, 200_000])
def test_a_frame_is_one_whole_text_message(length: int) -> None:
    client = Protocol(CLIENT, max_size=None)

    client.receive_data(frame("x" * length) + frame("after it"))

    whole = Frame(Opcode.TEXT, b"x" * length, fin=True)
    assert client.events_received() == [whole, Frame(Opcode.TEXT, b"after it", fin=True)]


def test_letters_are_sent_as_utf_8() -> None:
    assert frame("삼성전자").endswith("삼성전자".encode())
