"""Kiwoom on the wire: the shapes of its answers.

Every number is text. In front of a *price* a sign tells the direction against yesterday's close;
in front of a change or of net buying it is one, and sometimes stands twice. Checked here, turned
into won and shares; what fails the check is an answer that cannot be read.
"""

import re
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from app.domain import KOREA, Bar, InvestorFlow

MILLION = 1e6  # trde_prica, acc_trde_prica and the amounts of investors are million won
POINTS = 100  # a chart of an index is in hundredths

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


def _number(text: object) -> float:
    digits = str(text).strip().replace("--", "-")
    if not _NUMBER.fullmatch(digits):
        raise ValueError("want a number")
    return float(digits)


def _price(text: object) -> float:
    return abs(_number(text))


def _is_blank(text: object) -> bool:
    return text is None or not str(text).strip()


def _none_if_blank(text: object) -> object:
    return None if _is_blank(text) else text


def _zero_if_blank(text: object) -> object:
    return "0" if _is_blank(text) else text


def _day(text: object) -> date:
    return datetime.strptime(str(text).strip(), "%Y%m%d").replace(tzinfo=KOREA).date()


def _korean_time(text: object) -> datetime:
    return datetime.strptime(str(text), "%Y%m%d%H%M%S").replace(tzinfo=KOREA)


def _with(field: str) -> BeforeValidator:
    """Drop the rows in which ``field`` is blank: Kiwoom sends one such row where it has no data."""

    def kept(rows: object) -> object:
        if not isinstance(rows, list):
            return rows
        return [row for row in rows if not isinstance(row, dict) or not _is_blank(row.get(field))]

    return BeforeValidator(kept)


_FINITE = Field(allow_inf_nan=False)
Price = Annotated[float, BeforeValidator(_price), _FINITE]
Number = Annotated[float, BeforeValidator(_number), _FINITE]
Amount = Annotated[float, BeforeValidator(_number), Field(ge=0), _FINITE]
AmountOrNone = Annotated[Amount | None, BeforeValidator(_none_if_blank)]
# Of a running session: blank until the first trade.
PriceSoFar = Annotated[Price, BeforeValidator(_zero_if_blank)]
AmountSoFar = Annotated[Amount, BeforeValidator(_zero_if_blank)]
SignedOrNone = Annotated[Number | None, BeforeValidator(_none_if_blank)]
Day = Annotated[date, BeforeValidator(_day)]


def _won(millions: float | None) -> float | None:
    return None if millions is None else millions * MILLION


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


class Page(_Wire):
    """A part of an answer; ``more`` and ``next_key`` come in its headers."""

    more: Annotated[bool, BeforeValidator(lambda text: text == "Y")] = Field(False, alias="cont-yn")
    next_key: str = Field("", alias="next-key", pattern=r"^[!-~]{0,200}$")

    @model_validator(mode="after")
    def _says_where_it_goes_on(self) -> "Page":
        if self.more and not self.next_key:
            raise ValueError("more follows, and no next-key says where")
        return self


class TokenAnswer(_Wire):
    """Of au10001; ``expires_at`` is Korean wall clock without a zone on the wire."""

    access_token: str = Field(alias="token", pattern=r"^[!-~]+$", repr=False)
    expires_at: Annotated[datetime, BeforeValidator(_korean_time)] = Field(alias="expires_dt")


class Done(_Wire):
    """An answer that says no more than that it was carried out."""


class DailyBar(_Wire):
    """One row of ka10081: prices in won, without signs."""

    session: Day = Field(alias="dt")
    open: Price = Field(alias="open_pric")
    high: Price = Field(alias="high_pric")
    low: Price = Field(alias="low_pric")
    close: Price = Field(alias="cur_prc")
    volume: Amount = Field(alias="trde_qty")
    value: AmountOrNone = Field(None, alias="trde_prica")

    def bar(self) -> Bar:
        """Return it as we name it; a halted session keeps its zeros."""
        value = _won(self.value)
        return Bar(self.session, self.open, self.high, self.low, self.close, self.volume, value)


class DailyBarsPage(Page):
    """Of ka10081; newest first."""

    rows: Annotated[list[DailyBar], _with("cur_prc")] = Field(alias="stk_dt_pole_chart_qry")


class IndexBar(DailyBar):
    """One row of ka20006, in hundredths of a point."""

    def bar(self) -> Bar:
        """Return it in points; volume as told, the value left out: their units are not known."""
        return Bar(
            self.session,
            self.open / POINTS,
            self.high / POINTS,
            self.low / POINTS,
            self.close / POINTS,
            self.volume,
        )


class IndexBarsPage(Page):
    """Of ka20006; newest first."""

    rows: Annotated[list[IndexBar], _with("cur_prc")] = Field(alias="inds_dt_pole_qry")


class Now(_Wire):
    """The running bar of today."""

    price: PriceSoFar = Field(alias="cur_prc")
    open: PriceSoFar = Field(alias="open_pric")
    high: PriceSoFar = Field(alias="high_pric")
    low: PriceSoFar = Field(alias="low_pric")
    volume: AmountSoFar = Field(alias="trde_qty")
    value: AmountOrNone = Field(None, alias="trde_prica")

    @property
    def value_in_won(self) -> float | None:
        """Return the traded value, where the call tells it."""
        return _won(self.value)


class StockNow(Now):
    """Of ka10001, and one row of ka10095."""

    ticker: str = Field("", alias="stk_cd")
    name: str = Field("", alias="stk_nm")
    base_price: PriceSoFar = Field(0.0, alias="base_pric")

    @property
    def known(self) -> bool:
        """Say whether Kiwoom knows the ticker: one that it does not has no prices."""
        return self.price > 0 and self.base_price > 0


class StocksNow(_Wire):
    """Of ka10095; tickers that Kiwoom does not know are left out, or come as a blank row."""

    rows: Annotated[list[StockNow], _with("cur_prc")] = Field(alias="atn_stk_infr")


class IndexNow(Now):
    """Of ka20001: points with their decimals, volume in thousand shares."""

    change: SignedOrNone = Field(None, alias="pred_pre")


class DailyFlow(_Wire):
    """One row of ka10060: net buying in million won; today's are zeros until they are counted."""

    session: Day = Field(alias="dt")
    traded: AmountOrNone = Field(None, alias="acc_trde_prica")
    foreign: SignedOrNone = Field(None, alias="frgnr_invsr")
    institution: SignedOrNone = Field(None, alias="orgn")
    individual: SignedOrNone = Field(None, alias="ind_invsr")

    @property
    def beyond_what_was_traded(self) -> bool:
        """Say whether someone bought more than was traded: then the unit is not what we think."""
        net = max(abs(self.foreign or 0), abs(self.institution or 0))
        return self.traded is not None and net > self.traded + 1  # each is rounded

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


class DailyFlowsPage(Page):
    """Of ka10060; newest first, 100 sessions."""

    rows: Annotated[list[DailyFlow], _with("dt")] = Field(alias="stk_invsr_orgn_chart")


class BookLevel(_Wire):
    """One of ten levels of an order book; a price of 0 says that there is none."""

    price: PriceSoFar
    size: AmountSoFar


def _levels(answer: dict[str, Any], side: str) -> list[dict[str, Any]]:
    """Return a side's levels: the best has names of its own."""
    best = {"price": answer.get(f"{side}_fpr_bid"), "size": answer.get(f"{side}_fpr_req")}
    behind = (f"{side}_{level}th_pre" for level in range(2, 11))
    return [
        best,
        *({"price": answer.get(f"{n}_bid"), "size": answer.get(f"{n}_req")} for n in behind),
    ]


class Book(_Wire):
    """Of ka10004, by side, best level first; no field of it is told for an unknown ticker."""

    asks: list[BookLevel]
    bids: list[BookLevel]
    told: bool

    @model_validator(mode="before")
    @classmethod
    def _by_side(cls, answer: dict[str, Any]) -> dict[str, Any]:
        asks, bids = _levels(answer, "sel"), _levels(answer, "buy")
        told = any(not _is_blank(level["price"]) for level in (*asks, *bids))
        return {"asks": asks, "bids": bids, "told": told}


class ListedStock(_Wire):
    """One row of ka10099."""

    ticker: str = Field(alias="code")
    name: str
    market_code: str = Field("", alias="marketCode")
    state: str = ""  # flags, joined by |
    audit: str = Field("", alias="auditInfo")
    warning: str = Field("0", alias="orderWarning")


class ListedStocksPage(Page):
    """Of ka10099."""

    rows: Annotated[list[ListedStock], _with("code")] = Field(alias="list")


class OrderAnswer(_Wire):
    """Of kt10000 and kt10001."""

    number: str = Field(alias="ord_no", min_length=1)
