"""One picture: how much of the budget a limiter uses, against how often it breaks the limit."""

from dataclasses import dataclass
from html import escape

from bench.limiters.contenders import OURS
from bench.limiters.summary import Results

WIDTH, HEIGHT = 860, 520
LEFT, RIGHT, TOP, BOTTOM = 80, 820, 70, 440  # the field, in pixels
MOST_VIOLATED = 0.6  # the right edge; what lies beyond stands on it
LEAST_USE, MOST_USE = 0.86, 1.02
LETTER, LINE = 7.0, 17.0  # pixels of a 13 px sans-serif

NEAR = 12.0  # pixels from a point to its name
PLACES = sorted(
    (
        (side * across, step * LINE / 2)
        for across in (NEAR, 60.0, 110.0, 160.0)
        for side in (1, -1)
        for step in range(-20, 21)
    ),
    key=lambda place: abs(place[0]) + abs(place[1]),
)
Box = tuple[float, float, float, float]  # left, top, right, bottom

STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-size: 17px; font-weight: 600 }
  .quiet { fill: #57606a }
  .line { stroke: #d0d7de; stroke-width: 1 }
  .lead { stroke: #8c959f; stroke-width: 1 }
  .peer { fill: #6e7781; stroke: #6e7781; stroke-width: 2 }
  .starves { fill: none }
  .ours { fill: #1a7f37 }
  .best { fill: #1a7f37; font-weight: 600 }
  .safe { fill: #1a7f37; opacity: .10 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .quiet { fill: #9198a1 }
    .line { stroke: #3d444d }
    .lead { stroke: #656c76 }
    .peer { fill: #9198a1; stroke: #9198a1 }
    .starves { fill: none }
    .ours, .best, .safe { fill: #3fb950 }
  }
"""


@dataclass(frozen=True)
class Point:
    """A limiter's place in the field, in pixels, and what is written beside it."""

    name: str
    x: float
    y: float
    starves: bool
    label: str


def draw(results: Results) -> str:
    """Return the picture as SVG: one point a limiter, over the networks with jitter."""
    points = [_point(results, name) for name in results.contenders]
    parts = [_field(results.common_workers), *(_mark(point) for point in points), *_labels(points)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' aria-label="{escape(_sentence(results))}">\n<style>{STYLE}</style>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _point(results: Results, name: str) -> Point:
    group = results.of(name, jitter=True, workers=results.common_workers)
    label = name
    if group.use > MOST_USE:
        label = f"{name}: {group.use:.0%} of the budget, {group.violated:.0%} of seconds \u2197"
    return Point(
        name,
        x=_across(min(group.violated, MOST_VIOLATED)),
        y=_up(max(LEAST_USE, min(group.use, MOST_USE))),
        starves=group.starved > 0,
        label=label,
    )


def _across(violated: float) -> float:
    return LEFT + (RIGHT - LEFT) * violated / MOST_VIOLATED


def _up(use: float) -> float:
    return BOTTOM - (BOTTOM - TOP) * (use - LEAST_USE) / (MOST_USE - LEAST_USE)


def _field(workers: int) -> str:
    parts = [
        _text(LEFT, 26, "Use of the budget against calls too many", "title"),
        _text(
            LEFT,
            48,
            f"2 calls a second from {workers} processes over networks with jitter,"
            " counted where they arrive",
            "quiet",
        ),
        f'<rect class="safe" x="{LEFT - 6}" y="{TOP}" width="12" height="{BOTTOM - TOP}"/>',
    ]
    for percent in (86, 88, 90, 92, 94, 96, 98, 100):
        y = _up(percent / 100)
        parts += [
            f'<path class="line" d="M{LEFT} {y:.0f}H{RIGHT}"/>',
            _text(LEFT - 16, y + 4, f"{percent} %", "quiet", "end"),
        ]
    for percent in (0, 10, 20, 30, 40, 50, 60):
        x = _across(percent / 100)
        parts.append(_text(x, BOTTOM + 22, f"{percent} %", "quiet", "middle"))
    middle = (LEFT + RIGHT) / 2
    below = "seconds in which the broker sees more than 2 calls"
    parts += [
        _text(middle, BOTTOM + 46, f"{below} (0 % is the promise)", "quiet", "middle"),
        f'<circle class="peer starves" cx="{middle - 100}" cy="{BOTTOM + 64}" r="5"/>',
        _text(middle - 88, BOTTOM + 68, "starves at least one process", "quiet"),
    ]
    return "\n".join(parts)


def _mark(point: Point) -> str:
    if point.name == OURS:
        x, y = point.x, point.y
        return f'<path class="ours" d="M{x:.0f} {y - 10:.0f}l10 10 -10 10 -10 -10z"/>'
    kind = "peer starves" if point.starves else "peer"
    return f'<circle class="{kind}" cx="{point.x:.0f}" cy="{point.y:.0f}" r="5"/>'


def _labels(points: list[Point]) -> list[str]:
    """Write each name beside its point, where there is room; a line leads to one further away."""
    taken = {each.name: (each.x - 8, each.y - 8, each.x + 8, each.y + 8) for each in points}
    parts = []
    for point in sorted(points, key=lambda point: (point.name != OURS, point.y, point.x)):
        x, y, anchor, box = _free_place(point, taken)
        taken[f"label of {point.name}"] = box
        if abs(y - point.y) > LINE / 2 or abs(x - point.x) > NEAR:
            parts.append(f'<path class="lead" d="M{point.x:.0f} {point.y:.0f}L{x:.0f} {y:.0f}"/>')
        kind = "best" if point.name == OURS else ""
        parts.append(_text(x + (3 if anchor == "start" else -3), y + 4, point.label, kind, anchor))
    return parts


def _free_place(point: Point, taken: dict[str, Box]) -> tuple[float, float, str, Box]:
    """Return the nearest place that covers nothing and whose line crosses nothing else."""
    width = LETTER * len(point.label) + 3
    others = [box for name, box in taken.items() if name != point.name]
    for across, down in PLACES:
        x, y = point.x + across, point.y + down
        start = x if across > 0 else x - width
        box = (start, y - LINE / 2, start + width, y + LINE / 2)
        inside = start >= LEFT and box[2] <= WIDTH and TOP - 10 <= y <= BOTTOM
        line = [(point.x + across * part / 8, point.y + down * part / 8) for part in range(2, 8)]
        crosses = any(_within(spot, other) for spot in line for other in others)
        if inside and not crosses and not any(_overlap(box, other) for other in taken.values()):
            return x, y, "start" if across > 0 else "end", box
    return point.x + NEAR, point.y, "start", taken[point.name]


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _within(spot: tuple[float, float], box: Box) -> bool:
    return box[0] < spot[0] < box[2] and box[1] < spot[1] < box[3]


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" class="{kind}" text-anchor="{anchor}">{escape(text)}</text>'
    )


def _sentence(results: Results) -> str:
    """Return the picture in words, for who cannot see it."""
    workers = results.common_workers
    groups = {name: results.of(name, jitter=True, workers=workers) for name in results.contenders}
    return "; ".join(
        f"{name} uses {group.use:.1%}, {group.violated:.1%} of seconds too full"
        for name, group in groups.items()
    )
