# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was measured, as tables for people and as JSON for programs, and whether the goals are met."""

from __future__ import annotations

import dataclasses
import datetime
import json
import os
import platform
import statistics
import typing as t
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path


@dataclasses.dataclass(frozen=True)
class Measure:
    """One run of one variant. Times in seconds; memory of the largest process, in MB."""

    wall: float
    cpu: float
    memory: float
    requests: int
    tokens: int
    emulator: float
    """What the emulator took for its answers, added latency aside."""
    http: float
    """What the bare calls took, their process aside; 0 for a playbook."""


@dataclasses.dataclass
class Row:
    """A variant of a case at one latency, with all its runs."""

    case: str
    variant: str
    latency: float
    runs: list[Measure] = dataclasses.field(default_factory=list)

    def median(self, what: str = "wall") -> float:
        """The median of a measure."""
        return statistics.median(self.all(what))

    def all(self, what: str) -> list[float]:
        """A measure of every run."""
        return [getattr(run, what) for run in self.runs]

    def as_json(self) -> dict[str, t.Any]:
        """The row for a program to read."""
        return {
            "variant": self.variant,
            "latency_ms": round(self.latency * 1000),
            "median": {field.name: self.median(field.name) for field in dataclasses.fields(Measure)},
        }


@dataclasses.dataclass(frozen=True)
class Goal:
    """A ratio that is to be kept, and what it came to."""

    text: str
    latency: float
    value: float
    limit: float
    at_least: bool = False

    @property
    def is_met(self) -> bool:
        """Whether it is kept."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def audit_of(size: int) -> str:
    """The name of the case that audits so many definitions."""
    return f"audit of {size:,} definitions"


class Results:
    """All rows, to look up."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        self.latencies = sorted({row.latency for row in rows})
        self.cases = list(dict.fromkeys(row.case for row in rows))

    def find(self, case: str, variant: str, latency: float) -> Row | None:
        """The row of the case and the variant whose names begin so."""
        return next(
            (
                row
                for row in self.rows
                if row.case.endswith(case) and row.variant.startswith(variant) and row.latency == latency
            ),
            None,
        )

    def growth(self, case: str, variant: str, latency: float, what: str = "wall") -> float | None:
        """Seconds for each further item of a loop: what starting costs is in both of its lengths."""
        found = [row for row in self.rows if row.case.endswith(case) and row.latency == latency]
        pair = {_count(row.variant): row for row in found if row.variant.startswith(variant)}
        if len(pair) < 2:
            return None
        (few, short), (many, long) = sorted(pair.items())[:2]
        return (long.median(what) - short.median(what)) / (many - few)


def _count(variant: str) -> int:
    return next(int(word) for word in variant.replace(",", " ").split() if word.isdecimal())


def goals(results: Results) -> Iterator[Goal]:
    """The goals for which everything was measured."""
    for latency in results.latencies:
        yield from _loop_goals(results, latency)
        yield from _audit_goals(results, latency)
        yield from _check_goals(results, latency)
        yield from _host_goals(results, latency)


def _loop_goals(results: Results, latency: float) -> Iterator[Goal]:
    case = "linked already"
    ours = results.growth(case, "ours, loop", latency)
    debug = results.growth(case, "debug, loop", latency)
    http = results.growth(case, "bare HTTP", latency, "http")
    uri, one = results.find(case, "uri", latency), results.find(case, "debug, one", latency)
    if ours is None or debug is None or http is None or uri is None or one is None:
        return
    text = (
        f"a task of ours in a loop ({_ms(ours)}), less its HTTP time ({_ms(http)}),"
        f" as a multiple of debug's ({_ms(debug)})"
    )
    yield Goal(text, latency, (ours - http) / debug, 1.5)
    waiting = results.growth(case, "debug after", latency)
    if latency and waiting is not None:
        text = f"the same, as a multiple of what debug costs after as long a wait ({_ms(waiting - latency)})"
        yield Goal(text, latency, (ours - http) / (waiting - latency), 1.5)
    by_uri = (uri.median() - one.median()) / _count(uri.variant)
    text = f"the uri playbook ({_ms(by_uri)} for a source) as a multiple of a task of ours in a loop"
    yield Goal(text, latency, by_uri / ours, 20, at_least=True)


def _audit_goals(results: Results, latency: float) -> Iterator[Goal]:
    walls: dict[int, float] = {}
    for size in (200, 1000, 10_000):
        ours = results.find(audit_of(size), "ours, one task", latency)
        one = results.find(audit_of(size), "debug, one", latency)
        listing = results.find(audit_of(size), "bare HTTP", latency)
        if ours is None or one is None or listing is None:
            continue
        walls[size], memory = ours.median(), ours.median("memory")
        if size == 1000:
            text = (
                f"1,000 definitions audited ({ours.median():.2f} s), less the listing's own time"
                f" ({listing.median('http'):.2f} s), as a multiple of a play with one debug task ({one.median():.2f} s)"
            )
            yield Goal(text, latency, (ours.median() - listing.median("http")) / one.median(), 2)
    if len(walls) == 3:
        early, late = (walls[1000] - walls[200]) / 800, (walls[10_000] - walls[1000]) / 9000
        text = (
            f"growth per definition from 1,000 to 10,000 ({_ms(late)})"
            f" as a multiple of that from 200 to 1,000 ({_ms(early)})"
        )
        yield Goal(text, latency, late / early, 1.1)
        yield Goal("the most memory of an audit of 10,000 definitions, in MB", latency, memory, 200)


def _check_goals(results: Results, latency: float) -> Iterator[Goal]:
    case = "check of 1,000 definitions"
    many, one = results.find(case, "ours, the hook", latency), results.find(case, "ours, the hook, one", latency)
    debug, bare = results.find(case, "debug, one", latency), results.find(case, "python -m json.tool", latency)
    if latency or many is None or one is None or debug is None or bare is None:
        return
    text = (
        f"the processor time of the hook for 1,000 definitions ({many.median('cpu'):.2f} s)"
        f" as a multiple of that of a play with one debug task ({debug.median('cpu'):.2f} s)"
    )
    yield Goal(text, latency, many.median("cpu") / debug.median("cpu"), 3)
    text = (
        f"the hook for one definition ({one.median():.2f} s)"
        f" as a multiple of python -m json.tool for it ({bare.median():.2f} s)"
    )
    yield Goal(text, latency, one.median() / bare.median(), 5)


def _host_goals(results: Results, latency: float) -> Iterator[Goal]:
    row = results.find("hosts, forks 10", "ours", latency)
    if row is not None:
        yield Goal("requests of a host, the most in any run", latency, max(row.all("requests")) / 50, 1)
        yield Goal("token requests of all hosts, the most in any run", latency, max(row.all("tokens")), 1)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.2f} ms"


def facts() -> dict[str, t.Any]:
    """What the figures depend on."""
    return {
        "date": datetime.date.today().isoformat(),
        "processors": os.cpu_count(),
        "python": platform.python_version(),
        **{name: version(name) for name in ("ansible-core", "ansible-runner", "requests")},
    }


def markdown(results: Results) -> str:
    """The tables, and the goals before them."""
    about = facts()
    rounds = max(len(row.runs) for row in results.rows)
    lines = [
        f"Measured on {about['date']} with ansible-core {about['ansible-core']}, Python {about['python']} and requests"
        f" {about['requests']} on {about['processors']} processors; {rounds} rounds, slow variants fewer.",
        "",
        "| Goal | Added latency | Limit | Measured | |",
        "| --- | --- | --- | --- | --- |",
    ]
    for goal in goals(results):
        limit = f"{'at least' if goal.at_least else 'at most'} {goal.limit:g}"
        verdict = "met" if goal.is_met else "**missed**"
        lines.append(f"| {goal.text} | {goal.latency * 1000:.0f} ms | {limit} | {goal.value:.2f} | {verdict} |")
    for case in results.cases:
        lines += ["", f"### {case[0].upper()}{case[1:]}", "", *_table(results, case)]
    return "\n".join(lines) + "\n"


def _table(results: Results, case: str) -> Iterator[str]:
    latencies = results.latencies
    times = " | ".join(f"Seconds at +{latency * 1000:.0f} ms | × debug" for latency in latencies)
    yield f"| Variant | {times} | Requests + tokens | Emulator's share | CPU s | Peak MB |"
    yield "| --- |" + " ---: | ---: |" * len(latencies) + " ---: | ---: | ---: | ---: |"
    floors = {latency: results.find(case, "debug, one", latency) for latency in latencies}
    for first in (row for row in results.rows if row.case == case and row.latency == latencies[0]):
        cells = []
        for latency in latencies:
            row, floor = results.find(case, first.variant, latency), floors[latency]
            assert row is not None
            walls = row.all("wall")
            cells.append(f"{row.median():.2f} ({min(walls):.2f}–{max(walls):.2f})")
            cells.append(f"{row.median() / floor.median():.1f}" if floor else "")
        share = first.median("emulator") / first.median()
        asked = f"{first.median('requests'):.0f} + {first.median('tokens'):.0f}"
        yield (
            f"| {first.variant} | {' | '.join(cells)} | {asked} | {share:.0%} |"
            f" {first.median('cpu'):.2f} | {first.median('memory'):.0f} |"
        )
    yield from _extrapolated(results, case)


def _extrapolated(results: Results, case: str) -> Iterator[str]:
    """What the slow ways would take for as many definitions, by their growth at the smallest size."""
    smallest = next((name for name in results.cases if name.startswith("audit")), case)
    if not case.startswith("audit") or case == smallest:
        return
    size = int(case.split()[2].replace(",", ""))
    for variant in ("ours, loop", "uri, loop"):
        cells = []
        for latency in results.latencies:
            row, one = results.find(smallest, variant, latency), results.find(smallest, "debug, one", latency)
            if row is None or one is None:
                return
            count = _count(row.variant)
            wall = one.median() + (row.median() - one.median()) / count * size
            cells += [f"*{wall:.0f}*", f"*{wall / one.median():.0f}*"]
        yield f"| *{variant} of {size:,}, extrapolated from {count}* | {' | '.join(cells)} | | | | |"


def write_report(rows: Sequence[Row], folder: Path) -> None:
    """Write ``benchmark.md`` and, for programs, ``benchmark.json``; print the former."""
    results = Results(rows)
    folder.mkdir(parents=True, exist_ok=True)
    text = markdown(results)
    (folder / "benchmark.md").write_text(text, encoding="utf-8")
    (folder / "benchmark.json").write_text(json.dumps([row.as_json() for row in rows]), encoding="utf-8")
    print(text)
