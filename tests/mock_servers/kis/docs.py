"""What the page at /docs says of KIS' calls: an example of each."""

from collections.abc import Iterable

from tests.mock_servers.docs import CONTROL, Example, Login
from tests.mock_servers.exchange.market import Exchange
from tests.mock_servers.kis.services import QUOTATIONS, TRADING, Service

ABOUT = """The header tr_id says which call of a path is meant; V in front of it, for T, is an order
 of a paper account. A second token within a minute is refused: the page keeps the one it has."""
LOGIN = Login("/oauth2/tokenP", secret="appsecret", token="access_token")


def examples(services: Iterable[Service], exchange: Exchange, environment: str) -> list[Example]:
    """Return every call that an account of ``environment`` may make, with what it answers."""
    fields = _fields(exchange)
    calls = [
        Example(
            *(service.path, _title(service), fields[service.path]),
            method=service.method,
            id=tr_id,
            headers={"tr_id": tr_id},
            with_token=True,
        )
        for service in services
        if (tr_id := _tr_id(service, environment))
    ]
    return [*_about_keys(), *calls, *CONTROL]


def _tr_id(service: Service, environment: str) -> str:
    """Return a tr_id that the host takes; "" if it takes none."""
    live = service.tr_ids[0]
    both = (live, f"V{live[1:]}")
    return next((each for each in both if not service.refusal_of(each, environment)), "")


def _title(service: Service) -> str:
    return service.path.rpartition("/")[2].replace("-", " ")


def _about_keys() -> list[Example]:
    pair = {"grant_type": "client_credentials", "appkey": "another"}
    return [
        Example("/oauth2/tokenP", "an access token", {**pair, "appsecret": "secret"}),
        Example("/oauth2/Approval", "a key for a WebSocket", {**pair, "secretkey": "secret"}),
        Example("/uapi/hashkey", "the hash of an order", {"PDNO": "005930"}, with_token=True),
    ]


def _fields(exchange: Exchange) -> dict[str, dict[str, str]]:
    """Return by path what a call answers."""
    ticker, last = next(iter(exchange)).listing.ticker, exchange.last_session
    stock = {"FID_COND_MRKT_DIV_CODE": "J", "FID_INPUT_ISCD": ticker}
    index = {"FID_COND_MRKT_DIV_CODE": "U", "FID_INPUT_ISCD": "0001"}
    days = {"FID_INPUT_DATE_1": "20000101", "FID_INPUT_DATE_2": last, "FID_PERIOD_DIV_CODE": "D"}
    several = {"FID_COND_MRKT_DIV_CODE_1": "J", "FID_INPUT_ISCD_1": ticker}
    product = {"PDNO": ticker, "PRDT_TYPE_CD": "300"}
    account = {"CANO": "50000000", "ACNT_PRDT_CD": "01"}
    order = {**account, "PDNO": ticker, "ORD_DVSN": "01", "ORD_QTY": "1", "ORD_UNPR": "0"}
    quotations: dict[str, dict[str, str]] = {
        "inquire-price": stock,
        "inquire-daily-itemchartprice": {**stock, **days, "FID_ORG_ADJ_PRC": "0"},
        "inquire-daily-price": {**stock, "FID_PERIOD_DIV_CODE": "D", "FID_ORG_ADJ_PRC": "1"},
        "inquire-asking-price-exp-ccn": stock,
        "inquire-investor": stock,
        "intstock-multprice": several,
        "search-info": product,
        "search-stock-info": product,
        "inquire-index-price": index,
        "inquire-daily-indexchartprice": {**index, **days},
        "chk-holiday": {"BASS_DT": last, "CTX_AREA_NK": "", "CTX_AREA_FK": ""},
    }
    trading: dict[str, dict[str, str]] = {
        "order-cash": order,
        "inquire-balance": account,
        "inquire-psbl-order": order,
        "inquire-daily-ccld": {**account, "INQR_STRT_DT": "20000101", "INQR_END_DT": "20991231"},
        "inquire-psbl-rvsecncl": account,
    }
    return {
        **{QUOTATIONS + name: fields for name, fields in quotations.items()},
        **{TRADING + name: fields for name, fields in trading.items()},
    }
