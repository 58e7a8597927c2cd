"""Run the mock: ``python -m tests.mock_servers.kis --port 5118 --rate 2``."""

from collections.abc import Sequence

from tests.mock_servers.kis.app import create_app
from tests.mock_servers.options import common_parts, parser_for
from tests.mock_servers.serve import serve


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the options and serve."""
    parser = parser_for(
        "python -m tests.mock_servers.kis", "A mock of the KIS Open API.", port=5118
    )
    parser.add_argument(
        "--env", choices=("both", "paper", "live"), default="both", help="kind of account served"
    )
    given = parser.parse_args(arguments)
    parts = common_parts(parser, given)
    app = create_app(
        parts.exchange,
        parts.referee,
        parts.latency,
        environment=given.env,
        app_keys=dict(given.app_key or []),
    )
    accounts = "paper and live accounts" if given.env == "both" else f"{given.env} accounts"
    line = f"mock KIS listens on {{}}: {parts.about}, {accounts}"
    serve(app, parser, host=given.host, port=given.port, line=line)


if __name__ == "__main__":
    main()
