"""Run the mock: ``python -m tests.mock_servers.kiwoom --port 5116 --rate 2``."""

from collections.abc import Sequence

from tests.mock_servers.kiwoom.app import API_RATES, create_app
from tests.mock_servers.kiwoom.wire import Variant
from tests.mock_servers.options import calls_a_second, common_parts, parser_for
from tests.mock_servers.serve import serve


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the options and serve."""
    parser = parser_for(
        "python -m tests.mock_servers.kiwoom", "A mock of the Kiwoom REST API.", port=5116
    )
    add = parser.add_argument
    add("--env", choices=tuple(API_RATES), default="paper", help="kind of account served")
    add(
        "--api-rate",
        type=calls_a_second,
        help="calls a second of one app key and api-id; 0: no limit (default: 1 paper, 5 live)",
    )
    add(
        "--limit-status",
        type=int,
        choices=(429, 200),
        default=429,
        help="HTTP status of a rate refusal (default %(default)s)",
    )
    add("--text-codes", action="store_true", help='return_code is "0" instead of 0')
    add(
        "--other-app-key",
        action="append",
        default=[],
        metavar="KEY",
        help="a key of the other environment, which is refused (8030, its tokens 8031); repeatable",
    )
    given = parser.parse_args(arguments)
    api_rate = API_RATES[given.env] if given.api_rate is None else given.api_rate
    parts = common_parts(parser, given, call_rate=api_rate)
    app = create_app(
        parts.exchange,
        parts.referee,
        parts.latency,
        environment=given.env,
        app_keys=dict(given.app_key or []),
        other_keys=given.other_app_key,
        variant=Variant(given.limit_status, given.text_codes),
    )
    of_one = f"{float(api_rate):g} of one api-id" if api_rate else "no limit of one api-id"
    line = f"mock Kiwoom listens on {{}}: {parts.about}, {of_one}, {given.env} accounts"
    serve(app, parser, host=given.host, port=given.port, line=line)


if __name__ == "__main__":
    main()
