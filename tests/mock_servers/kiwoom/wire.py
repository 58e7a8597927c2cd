"""How Kiwoom writes: the envelope, and the codes inside its messages.

Codes and their classes: the specification in Kiwoom's own client package, and answers observed by
client authors. Where only a code's meaning is known, its text is ours.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from starlette.responses import Response

from tests.mock_servers.exchange.issue import Issue
from tests.mock_servers.exchange.market import Exchange

Row = dict[str, str]
Body = dict[str, object]
KOREA = ZoneInfo("Asia/Seoul")
DONE: Body = {"return_code": 0, "return_msg": "정상적으로 처리되었습니다"}
NXT = "_NX"  # the mark of the second trading place behind a ticker; _AL: both
_CLASSES = {
    1: "잘못된 요청입니다",
    2: "입력 값 오류입니다",
    3: "인증에 실패했습니다",
    5: "허용된 요청 개수를 초과하였습니다",
}
_CODES = {  # code: its class, its text
    "1501": (1, "API ID가 존재하지 않습니다"),
    "1504": (1, "해당 URI에서는 지원하는 API ID가 아닙니다. API ID={api_id}, URI={path}"),
    "1505": (1, "존재하지 않는 API ID입니다. API ID={api_id}"),
    "1511": (2, "필수 입력 값에 값이 존재하지 않습니다. 필수입력 파라미터={name}"),
    "1513": (3, "Authorization 헤더가 없습니다"),
    "1514": (3, "Authorization 헤더의 형식이 올바르지 않습니다"),
    "1516": (3, "Authorization 헤더에 Token이 없습니다"),
    "1517": (2, "입력 값의 형식이 올바르지 않습니다. 입력 파라미터={name}"),
    "1634": (5, "한 번에 조회할 수 있는 종목 수를 초과하였습니다. 최대={most}"),
    "1700": (5, "허용된 API 요청 개수를 초과하였습니다. 유량={rate}, API ID={api_id}"),
    "1902": (2, "종목 정보가 없습니다. 종목코드={ticker}"),
    "8001": (3, "App Key와 Secret Key 검증에 실패했습니다"),
    "8005": (3, "Token이 유효하지 않습니다"),
    "8011": (2, "grant_type이 입력되지 않았습니다"),
    "8012": (2, "grant_type의 값이 맞지 않습니다"),
    "8015": (3, "Token 폐기에 실패했습니다"),
    "8016": (2, "폐기할 Token이 입력되지 않았습니다"),
    "8020": (2, "appkey 또는 secretkey가 입력되지 않았습니다"),
    "8030": (2, "투자구분(실전/모의)이 달라서 Appkey를 사용할수가 없습니다"),
    "8031": (3, "투자구분(실전/모의)이 달라서 Token을 사용할수가 없습니다"),
}


@dataclass(frozen=True)
class Variant:
    """What was seen of the real server both ways, and so can be chosen."""

    limit_status: int = 429  # of a rate refusal: 429 or 200
    text_codes: bool = False  # return_code "0" instead of 0, as in an older mock


class Refusal(Exception):
    """The server answers with an error: this is the answer."""

    def __init__(self, body: Body, status: int = 200) -> None:
        super().__init__(body, status)
        self.body = body
        self.status = status


def refusal(code: str, *, status: int = 200, **details: object) -> Refusal:
    """Return the refusal with this four-digit code; ``details`` stand in its text."""
    return_code, text = _CODES[code]
    message = f"{_CLASSES[return_code]}[{code}:{text.format_map(details)}]"
    return Refusal({"return_code": return_code, "return_msg": message}, status)


def business_refusal(code: str, text: str) -> Refusal:
    """Return the refusal of a call that the gateway has let pass, like an order."""
    return Refusal({"return_code": 20, "return_msg": f"[2000]({code}:{text})"})


@dataclass(frozen=True)
class Asked:
    """A call's api-id, its fields, the key of the page it asks for ("": the first), and whose."""

    api_id: str
    fields: Mapping[str, str]
    next_key: str = ""
    account: str = ""

    def __getitem__(self, name: str) -> str:
        """Return a field; one that is missing or empty is refused."""
        value = self.fields.get(name, "").strip()
        if not value:
            raise refusal("1511", name=name)
        return value

    def one_of(self, name: str, allowed: Collection[str]) -> str:
        """Return a field out of ``allowed``."""
        if self[name] not in allowed:
            raise refusal("1517", name=name)
        return self[name]

    def date(self, name: str) -> str:
        """Return a field of eight digits."""
        if len(self[name]) != 8 or not self[name].isdecimal():
            raise refusal("1517", name=name)
        return self[name]

    def number(self, name: str) -> int:
        """Return a field that is a whole number above 0."""
        if not self[name].isdecimal() or int(self[name]) == 0:
            raise refusal("1517", name=name)
        return int(self[name])

    @property
    def ticker(self) -> str:
        """Return ``stk_cd`` without the mark of a trading place and the A of a share."""
        ticker = self["stk_cd"].partition("_")[0]
        return ticker[1:] if len(ticker) == 7 and ticker.startswith("A") else ticker

    def issue(self, exchange: Exchange) -> Issue | None:
        """Return what is listed under ``stk_cd``; None: nothing, or nothing at that place."""
        issue = exchange.issue(self.ticker)
        elsewhere = issue is not None and self["stk_cd"].endswith(NXT) and not issue.listing.on_nxt
        return None if elsewhere else issue

    def known_issue(self, exchange: Exchange) -> Issue:
        """Return what is listed under ``stk_cd``; nothing there is refused."""
        issue = self.issue(exchange)
        if issue is None:
            raise refusal("1902", ticker=self["stk_cd"])
        return issue


@dataclass(frozen=True)
class Reply:
    """What a call answers beside the envelope; ``next_key`` of the page after, "" if none."""

    outputs: Mapping[str, object]
    next_key: str = ""
    message: str = str(DONE["return_msg"])


def response(
    body: Mapping[str, object],
    variant: Variant,
    *,
    api_id: str = "",
    next_key: str = "",
    status: int = 200,
) -> Response:
    """Return ``body`` with the headers of every data answer."""
    if variant.text_codes and "return_code" in body:
        body = {**body, "return_code": str(body["return_code"])}
    headers = {
        "api-id": api_id,
        "cont-yn": "Y" if next_key else "N",
        "next-key": next_key,
        "access-control-expose-headers": "api-id,cont-yn,next-key",
    }
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status, headers, "application/json;charset=UTF-8")


def as_texts(body: Body) -> dict[str, str]:
    """Return the fields of ``body`` as texts; one that is null is empty."""
    return {name: "" if value is None else str(value) for name, value in body.items()}


def json_object(body: bytes) -> Body:
    """Return the JSON object in ``body``; if that is something else, one without fields."""
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}
