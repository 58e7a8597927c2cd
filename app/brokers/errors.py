"""What can go wrong between us and a broker, sorted by what to do next.

BrokerError
├── BrokerUnavailable   try later: no answer, a 5xx, or an answer that cannot be read
│   ├── TokenUnavailable    no access token just now (also a ConnectionError); says why
│   │   └── TokenRefused        the broker does not take the access token that we hold
│   └── StreamLost          a stream stayed away for as long as its patience
├── RateRefused         slow down: the broker counted one request too many
└── BrokerRefused       our fault: the same request will be refused again
    ├── KeyRefused          the app key, its secret or its account is wrong
    ├── KeyInUse            a stream of another process has this key
    ├── TooManyTickers      more than a stream may carry at once
    └── OrderRefused        this account sends no orders, or the broker turned this one down

The limiter's own (``app.limiter``): LimiterUnavailable, PermitTimeout.
"""


class BrokerError(Exception):
    """Any trouble with a broker; ``code`` is the broker's own, like OPSQ2001, or empty.

    The message names the credential, never its key.
    """

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message, code)
        self.code = code

    def __str__(self) -> str:
        return str(self.args[0])


class BrokerUnavailable(BrokerError):
    """No answer, a 5xx, or one that cannot be read: the same request may succeed later."""


class TokenUnavailable(BrokerUnavailable, ConnectionError):
    """No access token can be had now; the message says why and for how long."""


class TokenRefused(TokenUnavailable):
    """The broker does not take this access token; the request was not carried out."""


class StreamLost(BrokerUnavailable):
    """A stream was away for as long as its patience; a new one may come up later."""


class RateRefused(BrokerError):
    """The broker refused the request for its rate; it was not carried out."""


class BrokerRefused(BrokerError):
    """The broker understood and said no."""


class KeyRefused(BrokerRefused):
    """The broker does not know this key, secret or account: a person must mend it."""


class KeyInUse(BrokerRefused):
    """The broker allows one stream a key, and another process has it: end that one, or this."""


class TooManyTickers(BrokerRefused):
    """A stream may not carry so many at once; none of them was subscribed."""


class OrderRefused(BrokerRefused):
    """An order was not sent, or was turned down; it is never repeated by itself."""
