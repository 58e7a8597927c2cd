"""The results as tables: for a terminal by rich, for a page in Markdown."""

from rich.console import Console
from rich.table import Table

from bench.limiters.contenders import CONTENDERS, OURS
from bench.limiters.goals import goals
from bench.limiters.idle import PING
from bench.limiters.summary import Group, Results

Rows = tuple[list[str], list[list[str]]]


def compared(results: Results) -> Rows:
    """Return the contenders side by side, on each network and over all of them."""
    workers = results.common_workers
    head = ["limiter", *results.profiles, "peak", "max/min", "starved", "overtaken"]
    rows = []
    for name in results.contenders:
        group = results.of(name, workers=workers)
        by_profile = [results.of(name, profile=each, workers=workers) for each in results.profiles]
        numbers = [str(group.most_in_a_second), _ratio(group), str(group.starved)]
        rows.append([name, *map(_use, by_profile), *numbers, f"{group.overtaken:.1%}"])
    return head, rows


def costs(results: Results) -> Rows:
    """Return what the contenders cost those who use them."""
    workers = results.common_workers
    head = ["limiter", "wait, s", "goodput, %", "round trips"]
    head += ["commands", "CPU, ms", "acquire, us"]
    rows = []
    for name in results.contenders:
        group, enforced = results.of(name, workers=workers), results.of(name, enforcing=True)
        trips = results.round_trips(name, group)
        rows.append(
            [
                name,
                " / ".join(f"{group.wait(share):.1f}" for share in (0.5, 0.95, 1)),
                f"{100 * enforced.use:.1f} / {100 * enforced.refused_share:.1f}",
                f"{trips:.1f}{'' if CONTENDERS[name].counted else '*'}",
                f"{results.commands[name]:.1f}",
                f"{group.cpu_seconds * 1000:.2f} / {group.cpu_median * 1000:.2f}",
                f"{results.uncontended[name] * 1e6:.0f}",
            ]
        )
    return head, rows


def by_processes(results: Results) -> Rows:
    """Return use and violations on uneven networks, and round trips, by number of processes."""
    numbers = [workers for workers in results.workers if results.all_have(workers)]
    head = ["limiter", *(f"{each} proc." for each in numbers)]
    head += [f"trips, {each}" for each in numbers]
    rows = []
    for name in results.contenders:
        groups = [results.of(name, workers=each, jitter=True) for each in numbers]
        trips = [f"{results.round_trips(name, group):.1f}" for group in groups]
        rows.append([name, *map(_use, groups), *trips])
    return head, rows


def ours(results: Results) -> Rows:
    """Return our limiter in every cell."""
    head = ["processes", *results.profiles]
    cells = [
        [results.of(OURS, profile=profile, workers=workers) for profile in results.profiles]
        for workers in results.workers
    ]
    rows = [
        [str(workers), *(f"{_use(cell)} ({100 * cell.best_use:.1f})" for cell in row)]
        for workers, row in zip(results.workers, cells, strict=True)
    ]
    return head, rows


def settings(results: Results) -> Rows:
    """Return what was measured: versions, and what each was told."""
    chosen = [CONTENDERS[name] for name in results.contenders]
    return ["limiter", "version", "told"], [
        [each.name, each.version, each.setting] for each in chosen
    ]


def sections(results: Results) -> list[tuple[str, Rows]]:
    """Return every table with its title."""
    workers = results.common_workers
    shown = [
        (
            f"Use of the budget / windows with a call too many in %, {workers} processes",
            compared(results),
        ),
        (
            f"Wait p50 / p95 / max, goodput / refused, and costs a grant, {workers} processes"
            f" (acquire: nobody else there, a PING takes {1e6 * results.uncontended[PING]:.0f} us)",
            costs(results),
        ),
    ]
    if results.all_have(results.workers[0]) and len(results.workers) > 1:
        title = "By number of processes: use / too many in %, networks with jitter; round trips"
        shown.append((title, by_processes(results)))
    if OURS in results.contenders:
        title = f"{OURS}, use / too many in % (the most that the round trips measured allow)"
        shown.append((title, ours(results)))
    return [*shown, ("Measured", settings(results))]


def print_tables(console: Console, results: Results) -> None:
    """Print every table, and how far our limiter reaches its goals."""
    for title, (head, rows) in sections(results):
        table = Table(title=title, title_justify="left")
        for index, name in enumerate(head):
            table.add_column(name, justify="left" if index == 0 else "right")
        for row in rows:
            table.add_row(*row)
        console.print(table)
    for goal in goals(results):
        mark = "[green]ok  [/]" if goal.reached else "[red]miss[/]"
        console.print(f"{mark} {goal.name}: {goal.figure} ({goal.target})")


def markdown(results: Results) -> str:
    """Return the tables for a page."""
    return "\n\n".join(f"{title}:\n\n{_markdown(*rows)}" for title, rows in sections(results))


def _markdown(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---", *("---:" for _ in head[1:])], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _use(group: Group) -> str:
    return f"{100 * group.use:.1f} / {100 * group.violated:.1f}" if group else ""


def _ratio(group: Group) -> str:
    return "no end" if group.share_ratio == float("inf") else f"{group.share_ratio:.2f}"
