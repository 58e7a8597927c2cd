"""Run the mock: ``python -m tests.mock_servers.stream --port 5117 --tick 2``."""

from collections.abc import Sequence

from tests.mock_servers.options import at_least, market_of, market_parser_for
from tests.mock_servers.serve import serve
from tests.mock_servers.stream.app import create_app
from tests.mock_servers.stream.hub import Pace
from tests.mock_servers.stream.pongs import PongsAsText


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the options and serve."""
    parser = market_parser_for(
        "python -m tests.mock_servers.stream",
        "A mock of the WebSocket servers of Kiwoom and KIS, and of an older one at /ws.",
        port=5117,
    )
    seconds = at_least(0.001, float, "seconds, 0.001 to 3600", most=3600)
    for option, default, about in (
        ("--tick", Pace.tick, "seconds between two rounds of prices"),
        ("--ping", Pace.ping, "seconds between two heartbeats of KIS and Kiwoom"),
        ("--login", Pace.login, "seconds that Kiwoom waits for a LOGIN"),
        ("--idle", Pace.idle, "seconds after which /ws ends a client that follows nothing"),
    ):
        parser.add_argument(
            option, type=seconds, default=default, help=f"{about} (default %(default)s)"
        )
    given = parser.parse_args(arguments)
    exchange, about_market = market_of(parser, given)
    app = create_app(exchange, Pace(given.tick, given.ping, given.login, given.idle))
    line = f"mock WebSocket server listens on {{}}: {about_market}, a tick every {given.tick:g} s"
    serve(app, parser, host=given.host, port=given.port, line=line, sockets=PongsAsText)


if __name__ == "__main__":
    main()
