"""Ports of the loopback address: which one is free, and whether somebody listens."""

import socket
from collections.abc import Container

HOST = "127.0.0.1"


def free_port(wanted: int, but_not: Container[int] = ()) -> int:
    """Return ``wanted``, or the next port that nobody listens on and that is not in ``but_not``.

    Raises:
        OSError: none of the fifty ports from ``wanted`` on is free.
    """
    for port in range(wanted, min(wanted + 50, 65_536)):
        if port in but_not:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise OSError(f"no free port on {HOST} from {wanted} to {wanted + 49}")


def listens(port: int) -> bool:
    """Say whether somebody listens on ``port``."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((HOST, port)) == 0
