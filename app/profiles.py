"""What a broker account can do. The planner asks the profile; nothing tests the broker's name."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Profile:
    """Limits and abilities of one kind of account; rates in calls a second.

    ``published_rate`` is what the broker tells customers; ``default_rate`` what we start with
    elsewhere. ``rate_a_call`` is what the broker counts beside it for each call of its API by
    itself, mocks included; 0: it does not. ``quotes_a_call`` is 0 where there is no batched quote.
    ``stream_tickers`` is how many tickers one stream carries at once.
    """

    name: str
    broker: str
    paper: bool
    base_url: str
    published_rate: float
    bars_a_call: int
    quotes_a_call: int
    default_rate: float = 2.0
    rate_a_call: int = 0
    stream_url: str = ""
    stream_tickers: int = 0


PROFILES = {
    profile.name: profile
    for profile in (
        # Rates: KIS notice of 2026-04-20; Kiwoom policy text and its server's own message.
        Profile(
            *("kis-paper", "kis", True, "https://openapivts.koreainvestment.com:29443"),
            *(1.0, 100, 0),
            stream_url="ws://ops.koreainvestment.com:31000",
            stream_tickers=41,
        ),
        Profile(
            *("kis-live", "kis", False, "https://openapi.koreainvestment.com:9443"),
            *(18.0, 100, 30),
            stream_url="ws://ops.koreainvestment.com:21000",
            stream_tickers=41,
        ),
        Profile(
            *("kiwoom-paper", "kiwoom", True, "https://mockapi.kiwoom.com", 1.0, 600, 100),
            rate_a_call=1,
            stream_url="wss://mockapi.kiwoom.com:10000",
            stream_tickers=100,  # what one group takes; how many groups is not published
        ),
        Profile(
            *("kiwoom-live", "kiwoom", False, "https://api.kiwoom.com", 5.0, 600, 100),
            rate_a_call=5,
            stream_url="wss://api.kiwoom.com:10000",
            stream_tickers=100,
        ),
    )
}
