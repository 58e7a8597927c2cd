"""KIS on the wire: the shapes of its answers.

Every number is text: checked here, turned into won and shares. What fails the check is an answer
that cannot be read, and another try may bring a sound one.
"""

import re
from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from app.domain import KOREA, Bar, InvestorFlow

MILLION = 1e6
HALTED = "58"  # iscd_stat_cls_code

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


def _number(text: object) -> float:
    digits = str(text).strip().replace(",", "")
    if not _NUMBER.fullmatch(digits):
        raise ValueError("want a number")
    return float(digits)


def _none_if_blank(text: object) -> object:
    return None if text is None or not str(text).strip() else text


def _day(text: object) -> date:
    return date.fromisoformat(str(text).strip())


def _korean_time(text: object) -> datetime:
    return datetime.strptime(str(text), "%Y-%m-%d %H:%M:%S").replace(tzinfo=KOREA)


def _without_blank_rows(rows: object) -> object:
    """Drop the empty objects that KIS sends for an empty range."""
    if not isinstance(rows, list):
        return rows
    return [row for row in rows if not isinstance(row, dict) or any(row.values())]


def _is_priced(row: object, field: str) -> bool:
    """Say whether ``row`` is of a ticker that KIS knows: an unknown one has the price 0."""
    return not isinstance(row, dict) or str(row.get(field, "")).strip() not in {"", "0"}


_FINITE = Field(allow_inf_nan=False)
Number = Annotated[float, BeforeValidator(_number), _FINITE]
Positive = Annotated[float, BeforeValidator(_number), Field(ge=0), _FINITE]
PositiveOrNone = Annotated[Positive | None, BeforeValidator(_none_if_blank)]
SignedOrNone = Annotated[Number | None, BeforeValidator(_none_if_blank)]
Day = Annotated[date, BeforeValidator(_day)]


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


class TokenAnswer(_Wire):
    """Of tokenP; ``expires_at`` is Korean wall clock without a zone on the wire."""

    access_token: str = Field(min_length=1, repr=False)
    expires_at: Annotated[datetime, BeforeValidator(_korean_time)] = Field(
        alias="access_token_token_expired"
    )


class ApprovalAnswer(_Wire):
    """Of Approval."""

    approval_key: str = Field(pattern=r"^[!-~]+$", repr=False)


class HashAnswer(_Wire):
    """Of hashkey."""

    hash: str = Field(alias="HASH", min_length=1)


class DailyBar(_Wire):
    """One row of FHKST03010100."""

    session: Day = Field(alias="stck_bsop_date")
    open: Positive = Field(alias="stck_oprc")
    high: Positive = Field(alias="stck_hgpr")
    low: Positive = Field(alias="stck_lwpr")
    close: Positive = Field(alias="stck_clpr")
    volume: Positive = Field(alias="acml_vol")
    value: PositiveOrNone = Field(None, alias="acml_tr_pbmn")

    def bar(self) -> Bar:
        """Return it as we name it; a halted session keeps its zeros."""
        return Bar(
            self.session, self.open, self.high, self.low, self.close, self.volume, self.value
        )


class DailyBarsAnswer(_Wire):
    """Of FHKST03010100; newest first."""

    output2: Annotated[list[DailyBar], BeforeValidator(_without_blank_rows)]


class IndexBar(_Wire):
    """One row of FHKUP03500100, in points with two decimals."""

    session: Day = Field(alias="stck_bsop_date")
    open: Positive = Field(alias="bstp_nmix_oprc")
    high: Positive = Field(alias="bstp_nmix_hgpr")
    low: Positive = Field(alias="bstp_nmix_lwpr")
    close: Positive = Field(alias="bstp_nmix_prpr")
    volume: Positive = Field(alias="acml_vol")

    def bar(self) -> Bar:
        """Return it as we name it."""
        return Bar(self.session, self.open, self.high, self.low, self.close, self.volume)


class IndexBarsAnswer(_Wire):
    """Of FHKUP03500100; newest first."""

    output2: Annotated[list[IndexBar], BeforeValidator(_without_blank_rows)]


class Price(_Wire):
    """The output of FHKST01010100."""

    price: Positive = Field(alias="stck_prpr")
    base_price: Positive = Field(alias="stck_sdpr")
    open: Positive = Field(alias="stck_oprc")
    high: Positive = Field(alias="stck_hgpr")
    low: Positive = Field(alias="stck_lwpr")
    volume: Positive = Field(alias="acml_vol")
    value: PositiveOrNone = Field(None, alias="acml_tr_pbmn")
    state: str = Field("", alias="iscd_stat_cls_code")
    stopped: str = Field("N", alias="temp_stop_yn")

    @property
    def halted(self) -> bool:
        """Say whether trading is suspended."""
        return self.stopped == "Y" or self.state == HALTED


class PriceAnswer(_Wire):
    """Of FHKST01010100; None for a ticker that KIS does not know."""

    output: Annotated[
        Price | None,
        BeforeValidator(lambda row: row if _is_priced(row, "stck_prpr") else None),
    ]


class BatchPrice(_Wire):
    """One row of FHKST11300006."""

    ticker: str = Field(alias="inter_shrn_iscd")
    name: str = Field("", alias="inter_kor_isnm")
    price: Positive = Field(alias="inter2_prpr")
    base_price: Positive = Field(alias="inter2_sdpr")
    open: Positive = Field(alias="inter2_oprc")
    high: Positive = Field(alias="inter2_hgpr")
    low: Positive = Field(alias="inter2_lwpr")
    volume: Positive = Field(alias="acml_vol")
    value: PositiveOrNone = Field(None, alias="acml_tr_pbmn")


def _known(rows: object) -> object:
    if not isinstance(rows, list):
        return rows
    return [row for row in rows if _is_priced(row, "inter2_prpr")]


class BatchPriceAnswer(_Wire):
    """Of FHKST11300006; tickers that KIS does not know are left out."""

    output: Annotated[list[BatchPrice], BeforeValidator(_known)]


class DailyFlow(_Wire):
    """One row of FHKST01010900: net buying in million won, blank until the day is counted."""

    session: Day = Field(alias="stck_bsop_date")
    foreign: SignedOrNone = Field(None, alias="frgn_ntby_tr_pbmn")
    institution: SignedOrNone = Field(None, alias="orgn_ntby_tr_pbmn")
    individual: SignedOrNone = Field(None, alias="prsn_ntby_tr_pbmn")

    def flow(self) -> InvestorFlow | None:
        """Return it in won; None when a number is still missing."""
        if self.foreign is None or self.institution is None or self.individual is None:
            return None
        return InvestorFlow(
            self.session,
            self.foreign * MILLION,
            self.institution * MILLION,
            self.individual * MILLION,
        )


class DailyFlowsAnswer(_Wire):
    """Of FHKST01010900; newest first."""

    output: Annotated[list[DailyFlow], BeforeValidator(_without_blank_rows)]


class BookLevel(_Wire):
    """One of ten levels of an order book; a price of 0 says that there is none."""

    price: Positive
    size: Positive


class Book(_Wire):
    """The output1 of FHKST01010200, by side, best level first."""

    asks: list[BookLevel]
    bids: list[BookLevel]


def _book(row: object) -> object:
    if not isinstance(row, dict):
        return row
    if "askp1" not in row:
        return None
    return {
        side: [
            {"price": row.get(f"{prefix}{level}"), "size": row.get(f"{prefix}_rsqn{level}")}
            for level in range(1, 11)
        ]
        for side, prefix in (("asks", "askp"), ("bids", "bidp"))
    }


class OrderBookAnswer(_Wire):
    """Of FHKST01010200; None for a ticker that KIS does not know."""

    output1: Annotated[Book | None, BeforeValidator(_book)]


class OrderNumber(_Wire):
    """The output of an order."""

    number: str = Field(alias="ODNO", min_length=1)


class OrderAnswer(_Wire):
    """Of order-cash."""

    output: OrderNumber
