"""What the exchange lists: well-known names first, made-up ones after them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from zlib import crc32

import numpy as np

SECTORS = {  # name of a sector: its code on the KOSPI
    "음식료품": "0005",
    "화학": "0008",
    "의약품": "0009",
    "철강및금속": "0011",
    "기계": "0012",
    "전기전자": "0013",
    "운수장비": "0015",
    "유통업": "0016",
    "통신업": "0020",
    "금융업": "0021",
    "서비스업": "0026",
}

# ticker, name (_ for a blank), market, price level in won, listed shares in thousands, sector
_KNOWN = """
005930 삼성전자 KOSPI 71000 5969783 전기전자
000660 SK하이닉스 KOSPI 185000 728002 전기전자
035420 NAVER KOSPI 198000 158437 서비스업
051910 LG화학 KOSPI 312000 70592 화학
006400 삼성SDI KOSPI 268000 68765 전기전자
005380 현대차 KOSPI 214000 209417 운수장비
068270 셀트리온 KOSPI 178000 217021 의약품
000270 기아 KOSPI 101500 397673 운수장비
035720 카카오 KOSPI 41200 443504 서비스업
247540 에코프로비엠 KOSDAQ 132000 97801 전기전자
005490 POSCO홀딩스 KOSPI 291000 84571 철강및금속
105560 KB금융 KOSPI 86300 393529 금융업
207940 삼성바이오로직스 KOSPI 985000 71174 의약품
055550 신한지주 KOSPI 48150 503446 금융업
012330 현대모비스 KOSPI 246500 93089 운수장비
086520 에코프로 KOSDAQ 61500 133138 전기전자
028260 삼성물산 KOSPI 128500 177819 유통업
066570 LG전자 KOSPI 84900 163648 전기전자
196170 알테오젠 KOSDAQ 342000 53320 의약품
032830 삼성생명 KOSPI 97400 200000 금융업
003550 LG KOSPI 73500 157300 금융업
015760 한국전력 KOSPI 21850 641964 기계
028300 HLB KOSDAQ 68900 131400 의약품
017670 SK텔레콤 KOSPI 55700 214790 통신업
033780 KT&G KOSPI 112300 125512 음식료품
009150 삼성전기 KOSPI 137200 74694 전기전자
030200 KT KOSPI 46950 252022 통신업
090430 아모레퍼시픽 KOSPI 116400 58493 화학
277810 레인보우로보틱스 KOSDAQ 288500 19399 기계
010130 고려아연 KOSPI 742000 20703 철강및금속
036570 엔씨소프트 KOSPI 162800 21954 서비스업
011170 롯데케미칼 KOSPI 62300 42776 화학
041510 에스엠 KOSDAQ 92600 23836 서비스업
323410 카카오뱅크 KOSPI 22450 477000 금융업
018260 삼성에스디에스 KOSPI 121600 77378 서비스업
263750 펄어비스 KOSDAQ 33850 64248 서비스업
097950 CJ제일제당 KOSPI 241500 15054 음식료품
058470 리노공업 KOSDAQ 197300 15242 전기전자
251270 넷마블 KOSPI 45300 85954 서비스업
035900 JYP_Ent. KOSDAQ 72800 35532 서비스업
"""
# Beside the shares that are scanned: a preferred share, funds, a note, one under administration.
_BESIDE = """
005935 삼성전자우 KOSPI 58300 815975 전기전자
069500 KODEX_200 KOSPI 34150 172500 금융업
0000D0 가나AI반도체액티브 KOSPI 10230 4200 금융업
Q500001 가나레버리지ETN KOSPI 9870 2000 금융업
001000 다라제강 KOSDAQ 1285 31400 철강및금속
900010 마바소프트 KONEX 4310 7200 서비스업
"""
_GROUPS = {"069500": "EF", "0000D0": "EF", "Q500001": "EN"}
MOST_SHARES = 3_000
_UNDER_ADMINISTRATION = {"001000"}
_FIRST = "가람 나래 다온 라온 마루 바른 새론 아라 자람 코리 태양 파란 한결 미르 솔빛 누리 보람"
_SECOND = "바이오 테크 소재 전자 화학 제약 로봇 에너지 푸드 게임즈 홀딩스 중공업 모빌리티 시스템"
_THIRD = "스타 원 그린 퓨처 코어 월드 에이스 넥스트 프라임 하이 뉴 모아 탑 유니 큐브"


@dataclass(frozen=True)
class Listing:
    """One line of the exchange's list. Prices and earnings in won."""

    ticker: str
    name: str
    market: str  # KOSPI, KOSDAQ or KONEX
    price_level: int
    shares: int
    sector: str
    group: str = "ST"  # ST share, EF exchange traded fund, EN note
    under_administration: bool = False
    par: int = 500
    listed_on: str = "20000104"
    earnings: int = 1  # a share and year
    book: int = 1  # of a share
    foreign_share: float = 0.0

    @property
    def preferred(self) -> bool:
        """A preferred share: its code does not end in 0."""
        return self.group == "ST" and self.ticker[-1] != "0"

    @property
    def in_kospi200(self) -> bool:
        """A large share of the KOSPI: here every one worth more than a trillion won."""
        return self.market == "KOSPI" and self.group == "ST" and self.worth > 10**12

    @property
    def on_nxt(self) -> bool:
        """Traded at the second trading place too: here every large share."""
        return self.group == "ST" and not self.preferred and self.worth > 10**12

    @property
    def worth(self) -> int:
        """The market capitalisation at the price level, in won."""
        return self.shares * self.price_level

    @property
    def sector_code(self) -> str:
        """The sector's code, four digits."""
        return SECTORS[self.sector]

    @property
    def isin(self) -> str:
        """The standard code, with a check digit as ISO 6166 wants it."""
        body = f"KR7{self.ticker[-6:]}00"
        digits = "".join(str(int(letter, 36)) for letter in body)
        doubled = "".join(
            str(int(digit) * (2 - place % 2)) for place, digit in enumerate(reversed(digits))
        )
        return body + str(-sum(map(int, doubled)) % 10)


def listing(
    ticker: str, name: str, market: str, *, price: int, shares: int = 0, sector: str = ""
) -> Listing:
    """Return a listing whose facts that are not given are made up from its ticker."""
    rng = np.random.default_rng(crc32(ticker.encode()))
    return Listing(
        ticker,
        name,
        market,
        price,
        shares or int(rng.lognormal(10.3, 0.9)) * 1000,
        sector or str(rng.choice(list(SECTORS))),
        par=int(rng.choice([100, 500, 1000, 5000])),
        listed_on=f"{rng.integers(1976, 2016)}{rng.integers(1, 13):02}{rng.integers(1, 29):02}",
        earnings=round(price * float(rng.uniform(-0.02, 0.14))),
        book=round(price * float(rng.uniform(0.4, 1.6))),
        foreign_share=float(rng.uniform(0.02, 0.55)),
    )


def shares(count: int) -> list[Listing]:
    """Return ``count`` ordinary shares, always the same ones first."""
    known = [_from_line(line) for line in _KNOWN.split("\n") if line]
    made_up = _made_up({each.ticker for each in [*known, *beside()]})
    return (known + [next(made_up) for _ in range(count - len(known))])[:count]


def beside() -> list[Listing]:
    """Return the listings that no scan takes."""
    listed = [_from_line(line) for line in _BESIDE.split("\n") if line]
    return [
        replace(
            each,
            group=_GROUPS.get(each.ticker, "ST"),
            under_administration=each.ticker in _UNDER_ADMINISTRATION,
        )
        for each in listed
    ]


def _from_line(line: str) -> Listing:
    ticker, name, market, price, thousands, sector = line.split()
    return listing(
        ticker,
        name.replace("_", " "),
        market,
        price=int(price),
        shares=int(thousands) * 1000,
        sector=sector,
    )


def _made_up(taken: set[str]) -> Iterator[Listing]:
    """Yield shares with names and tickers of their own, more than enough of them."""
    first, second, third = _FIRST.split(), _SECOND.split(), _THIRD.split()
    for number in range(len(first) * len(second) * len(third)):
        ticker = f"{100_000 + 70 * number:06}"
        if ticker in taken:
            continue
        head, rest = number % len(first), number // len(first)
        name = first[head] + third[rest // len(second)] + second[rest % len(second)]
        rng = np.random.default_rng(number)
        market = "KOSPI" if rng.random() < 0.36 else "KOSDAQ"
        yield listing(ticker, name, market, price=int(np.clip(rng.lognormal(9.4, 1.0), 1500, 9e5)))
