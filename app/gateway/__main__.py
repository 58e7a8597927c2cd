"""``python -m app.gateway``: the gateway on GATEWAY_HOST and GATEWAY_PORT."""

import logging
import signal
import sys

from app.bootstrap import connect
from app.gateway.server import server
from app.settings import SettingsError, load_settings


def main() -> int:
    """Serve until told to stop; 2: a setting does not fit, 3: the port cannot be had."""
    try:
        settings = load_settings()
        logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
        logging.getLogger("app").setLevel(settings.log_level)
        with connect(settings) as services:
            serving = server(services)
            # uvicorn stops at these, then raises them once more for whoever handled them before.
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda *_: None)
            try:
                serving.run()
            except SystemExit:  # uvicorn's way to say that it could not begin, with its reason
                return 3
            return 0
    except SettingsError as error:
        sys.stderr.write(f"gateway: {error}\n")
        return 2


if __name__ == "__main__":
    raise SystemExit(main())
