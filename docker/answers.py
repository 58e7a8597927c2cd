"""Healthcheck of a container with a port: ``answers.py 5118`` or ``answers.py 5555 /healthcheck``.

The standard library's plainest client: it runs every few seconds beside a server that may have a
quarter of a core, and listens to no proxy setting.
"""

import sys
from http.client import HTTPConnection, HTTPException

SECONDS = 5.0


def main(port: str, path: str = "/health") -> None:
    """End with 0 when the server of this container answers with 200, else with 1 and one line."""
    try:
        server = HTTPConnection("127.0.0.1", int(port), timeout=SECONDS)
        server.request("GET", path)
        status = server.getresponse().status
    except (OSError, HTTPException) as error:
        sys.exit(f"port {port} does not answer: {error}")
    if status != 200:
        sys.exit(f"port {port} answers {path} with {status}")


if __name__ == "__main__":
    main(*sys.argv[1:])
