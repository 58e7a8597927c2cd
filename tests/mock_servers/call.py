"""One request as the referee and the faults see it, whatever broker it is meant for."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Call:
    """Who asks for what. ``account`` None: the request names no key (a master file)."""

    account: str | None  # the digest of the app key
    path: str
    id: str  # the broker's own name of the call (KIS tr_id, Kiwoom api-id), or ""
    name: str  # how reports name it: the path or the id, whichever tells calls apart
    tickers: tuple[str, ...] = ()
    with_token: bool = False  # it carries an access token

    def is_for(self, endpoint: str) -> bool:
        """Say whether ``endpoint`` is this call's id or the end of its path."""
        return endpoint.lower() == self.id.lower() or self.path.endswith(endpoint)
