"""How KIS writes: envelopes, error codes and their texts, numbers as strings.

Codes, texts and HTTP statuses: the portal's error list and calls observed by client authors.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from starlette.responses import Response

KOREA = ZoneInfo("Asia/Seoul")
DONE = {"rt_cd": "0", "msg_cd": "MCA00000", "msg1": "정상처리 되었습니다."}
GATEWAY_TEXTS = {
    "EGW00101": "유효하지 않은 요청입니다.",
    "EGW00102": "AppKey는 필수입니다.",
    "EGW00103": "유효하지 않은 AppKey입니다.",
    "EGW00104": "AppSecret은 필수입니다.",
    "EGW00105": "유효하지 않은 AppSecret입니다.",
    "EGW00115": "grant_type은 필수입니다.",
    "EGW00116": "지원하지 않는 grant_type 입니다.",
    "EGW00121": "유효하지 않은 token 입니다.",
    "EGW00123": "기간이 만료된 token 입니다.",
    "EGW00133": "접근토큰 발급 잠시 후 다시 시도하세요(1분당 1회)",
    "EGW00201": "초당 거래건수를 초과하였습니다.",
    "EGW00202": "GW라우팅 중 오류가 발생했습니다.",
    "EGW00203": "OPS라우팅 중 오류가 발생했습니다.",
    "EGW00205": "credentials_type이 유효하지 않습니다.(Bearer)",
    "EGW00304": "고객식별키(appsecret)가 유효하지 않습니다.",
    "EGW00356": "유효하지 않은 TR_ID 입니다.",
    "EGW02006": "모의투자 TR 이 아닙니다.",
}
Row = dict[str, str]
Body = dict[str, object]


class Refusal(Exception):
    """The server answers with an error: this is the answer."""

    def __init__(self, status: int, body: Body) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body


def gateway_refusal(code: str, *, status: int = 500) -> Refusal:
    """Return the gateway's refusal of a call."""
    return Refusal(status, {"rt_cd": "1", "msg_cd": code, "msg1": GATEWAY_TEXTS[code]})


def issue_refusal(code: str) -> Refusal:
    """Return the refusal of a call about tokens, whose body is of another kind."""
    return Refusal(403, {"error_description": GATEWAY_TEXTS[code], "error_code": code})


def refusal(rt_cd: str, msg_cd: str, msg1: str) -> Refusal:
    """Return the refusal of a call that passed the gateway: HTTP 200."""
    return Refusal(200, {"rt_cd": rt_cd, "msg_cd": msg_cd, "msg1": msg1})


def missing_field(name: str) -> Refusal:
    """Return the refusal of a call that lacks a field, or has it in a form that cannot be read."""
    return refusal("2", "OPSQ2001", f"ERROR INPUT FIELD NOT FOUND [{name}]")


@dataclass(frozen=True)
class Asked:
    """A call's tr_id, its fields by upper-case name, and whether it asks for the next page."""

    tr_id: str
    fields: Mapping[str, str]
    next_page: bool = False

    def __getitem__(self, name: str) -> str:
        """Return a field; one that is missing or empty is refused."""
        value = self.fields.get(name, "").strip()
        if not value:
            raise missing_field(name)
        return value

    @property
    def code(self) -> str:
        """Return the ticker or index of a quotation, which names the market beside it."""
        _, code = self["FID_COND_MRKT_DIV_CODE"], self["FID_INPUT_ISCD"]
        return code

    def one_of(self, name: str, allowed: str) -> str:
        """Return a field of one letter out of ``allowed``."""
        if self[name] not in allowed:
            raise missing_field(name)
        return self[name]

    def date(self, name: str) -> str:
        """Return a field of eight digits; 00000101 is in use for "from the start"."""
        if len(self[name]) != 8 or not self[name].isdecimal():
            raise missing_field(name)
        return self[name]

    def flag(self, name: str) -> bool:
        """Return a field that is 0 or 1, written with any number of leading zeros."""
        digits = self[name]
        if digits.lstrip("0") not in {"", "1"}:
            raise missing_field(name)
        return digits.endswith("1")


@dataclass(frozen=True)
class Reply:
    """What a call answers beside rt_cd, msg_cd and msg1; ``tr_cont``: F or M more, D or E last."""

    outputs: Mapping[str, object]
    tr_cont: str = ""
    envelope: Mapping[str, str] = field(default_factory=lambda: DONE)


def response(
    body: Mapping[str, object], *, status: int = 200, tr_id: str = "", tr_cont: str = ""
) -> Response:
    """Return ``body`` with the headers of every data answer."""
    return Response(
        json.dumps(body, ensure_ascii=False, separators=(",", ":")),
        status,
        {"tr_id": tr_id, "tr_cont": tr_cont, "gt_uid": secrets.token_hex(16)},
        "application/json;charset=UTF-8",
    )


def json_object(body: bytes) -> Body | None:
    """Return the JSON object in ``body``; None if that is something else."""
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None


def percent(value: float) -> str:
    """Write a percentage or another number with two decimals, and never a minus zero."""
    return f"{round(value, 2) + 0.0:.2f}"
