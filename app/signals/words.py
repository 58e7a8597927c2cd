"""The words of messages, in Korean and in English, and how prices and shares are written there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from app.domain import KOREA

MINUS = "−"  # U+2212: as wide as the plus


@dataclass(frozen=True)
class Words:
    """A language. Mappings go from a name of the program to its word; what has none stays as is."""

    strategies: Mapping[str, str]
    scans: Mapping[str, str]
    states: Mapping[str, str]
    kinds: Mapping[str, str]  # of changes; those without a word are told by the state
    weekdays: str
    day: str
    new: str
    new_count: str
    changed: str
    changed_count: str
    more: str
    provisional: str
    entry: str
    target: str
    stop: str
    as_of: str
    invented: str
    again: str
    test_title: str
    test: str

    def date(self, day: date) -> str:
        """Return ``day`` with its weekday."""
        weekdays = self.weekdays.split()
        return self.day.format(day=day, weekday=weekdays[day.weekday()])


KOREAN = Words(
    strategies={
        "vcp": "VCP",
        "volatility_breakout": "변동성돌파",
        "closing_bet": "종가베팅",
        "smart_money": "수급",
    },
    scans={
        "pre_open": "장전 VCP",
        "intraday": "장중 변동성돌파",
        "closing": "종가베팅·변동성돌파",
        "after_close": "장마감 전체",
        "manual": "수동 스캔",
        "demo": "데모",
    },
    states={
        "SETUP": "돌파 대기",
        "TRIGGERED": "돌파",
        "WEAK_BREAKOUT": "약한 돌파",
        "EXTENDED": "이격 과다",
        "FORMING": "형성 중",
        "NO_PATTERN": "패턴 없음",
        "FIRED": "돌파",
        "NOT_FIRED": "미돌파",
        "TRIGGER_ABOVE_LIMIT": "상한가 초과",
        "RANGE_ZERO": "변동폭 없음",
        "AT_CLOSE": "종가 진입",
        "WEAK": "등급 미달",
        "NO_CANDIDATE": "조건 미달",
        "BOTH_BUY": "쌍끌이",
        "NET_BUY": "순매수",
        "NOT_BUYING": "순매수 아님",
        "NO_FLOW": "수급 정보 없음",
    },
    kinds={
        "confirmed": "확정",
        "withdrawn": "해제",
        "triggered": "진입가 도달",
        "target_hit": "목표가 도달",
        "stopped": "손절",
        "expired": "기간 종료",
    },
    weekdays="월 화 수 목 금 토 일",
    day="{day.month}월 {day.day}일 ({weekday})",
    new="새 신호",
    new_count="새 신호 {number}건",
    changed="변경",
    changed_count="변경 {number}건",
    more="외 {number}건",
    provisional="잠정",
    entry="진입",
    target="목표",
    stop="손절",
    as_of="{day} 종가 기준",
    invented="모의 서버 시세 (실제 시세 아님)",
    again="다시 보냄 (이미 받았을 수 있음)",
    test_title="krx-scanner 시험 메시지",
    test="이곳으로 {grade} 등급 이상의 신호를 보냅니다.",
)

ENGLISH = Words(
    strategies={
        "vcp": "VCP",
        "volatility_breakout": "Breakout",
        "closing_bet": "Close bet",
        "smart_money": "Flows",
    },
    scans={
        "pre_open": "Pre-open VCP",
        "intraday": "Intraday breakout",
        "closing": "Close bet and breakout",
        "after_close": "After-close scan",
        "manual": "Manual scan",
        "demo": "Demo",
    },
    states={
        "SETUP": "Setup",
        "TRIGGERED": "Triggered",
        "WEAK_BREAKOUT": "Weak breakout",
        "EXTENDED": "Extended",
        "FORMING": "Forming",
        "NO_PATTERN": "No pattern",
        "FIRED": "Fired",
        "NOT_FIRED": "Not fired",
        "TRIGGER_ABOVE_LIMIT": "Above the limit-up",
        "RANGE_ZERO": "No range",
        "AT_CLOSE": "At close",
        "WEAK": "Weak",
        "NO_CANDIDATE": "No candidate",
        "BOTH_BUY": "Both buy",
        "NET_BUY": "Net buy",
        "NOT_BUYING": "Not buying",
        "NO_FLOW": "No flows known",
    },
    kinds={
        "confirmed": "Confirmed",
        "withdrawn": "Withdrawn",
        "triggered": "Entry reached",
        "target_hit": "Target hit",
        "stopped": "Stopped",
        "expired": "Expired",
    },
    weekdays="Mon Tue Wed Thu Fri Sat Sun",
    day="{weekday} {day.day} {day:%b}",
    new="New",
    new_count="{number} new",
    changed="Changed",
    changed_count="{number} changed",
    more="and {number} more",
    provisional="prov",
    entry="entry",
    target="target",
    stop="stop",
    as_of="as of the close of {day}",
    invented="Mock prices, not real",
    again="Sent again; you may have it already",
    test_title="krx-scanner test message",
    test="Signals of grade {grade} and better will come here.",
)

LANGUAGES: Mapping[str, Words] = {"ko": KOREAN, "en": ENGLISH}


def won(price: float) -> str:
    """Return a price in won, its thousands parted."""
    return f"{price:,.0f}"


def percent(share: float, digits: int) -> str:
    """Return a share of change in percent, with its sign."""
    written = f"{share:+.{digits}%}"
    if not written.strip("+-0.%"):
        return written[1:]
    return written.replace("-", MINUS)


def clock(at: datetime) -> str:
    """Return the time of day in Korea."""
    return f"{at.astimezone(KOREA):%H:%M}"
