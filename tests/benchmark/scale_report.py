# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a job scaled, as tables for people and as JSON for programs."""

from __future__ import annotations

import dataclasses
import json
import os
import statistics
import typing as t
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from report import facts

_TITLES = {
    "audit": "Audit of {hosts} sandboxes with {specs} connection specs each",
    "health": "Health of dataflows in {hosts} sandboxes with {dataflows} dataflows each",
    "link": "One more source linked in each of {hosts} sandboxes",
    "shared": "{hosts} sources linked to one flow spec, each by a host of its own",
}
_COLUMNS = (
    *("Runners × forks", "Seconds", "Speed-up", "Hosts/s", "Requests/s", "Requests + tokens", "Writes"),
    *("CPU s", "Processors busy", "MB"),
)
# Columns that not every case has.
_OPTIONAL = {"alone": "A slice alone, seconds", "merging": "Merging, seconds"}


@dataclasses.dataclass(frozen=True)
class Way:
    """So many runners at the same time, with so many forks each."""

    runners: int
    forks: int

    def __str__(self) -> str:
        return f"{self.runners} × {self.forks}"


@dataclasses.dataclass(frozen=True)
class Usage:
    """What one run took, all of its runners together. Times in seconds; memory in MB."""

    wall: float
    alone: float
    """The largest slice with the machine to itself, as on a node of its own; the wall time where nothing is divided."""
    merging: float
    """What it took afterwards to make one report, and to see that nothing is lost."""
    cpu: float
    memory: float
    """How much less memory the machine had."""
    requests: int
    writes: int
    tokens: int
    emulator: float
    """What the emulator took for its answers, added latency aside."""


@dataclasses.dataclass
class Row:
    """A case, in one way, on so many hosts, with all its runs."""

    case: str
    way: Way
    hosts: int
    runs: list[Usage] = dataclasses.field(default_factory=list)

    def median(self, what: str = "wall") -> float:
        """The median of a measure."""
        return statistics.median([float(getattr(run, what)) for run in self.runs])

    @property
    def share_of_processors(self) -> float:
        """How busy the runners kept the processors of this machine."""
        return self.median("cpu") / self.median() / (os.cpu_count() or 1)

    def has(self, what: str) -> bool:
        """Whether an optional column says anything of it."""
        return self.median(what) not in (0.0, self.median())

    def as_json(self) -> dict[str, t.Any]:
        """The row for a program to read."""
        return {
            "case": self.case,
            **dataclasses.asdict(self.way),
            "median": {field.name: self.median(field.name) for field in dataclasses.fields(Usage)},
        }


def markdown(rows: Sequence[Row], about: Mapping[str, t.Any]) -> str:
    """The tables of all cases."""
    machine = facts()
    lines = [
        f"Measured on {machine['date']} with ansible-core {machine['ansible-core']}, Python {machine['python']},"
        f" requests {machine['requests']} and ansible-runner {machine['ansible-runner']} on {machine['processors']}"
        f" processors, with {about['latency']:g} ms added to each answer; the medians of {about['rounds']} rounds."
        f" Speed-up is against the first row. Besides, an answer took the emulator, which shares the processors,"
        f" {min(map(_answer, rows)):.0f} to {max(map(_answer, rows)):.0f} ms. Nothing was lost in any run.",
    ]
    for case in dict.fromkeys(row.case for row in rows):
        chosen = [row for row in rows if row.case == case]
        title = _TITLES[case].format(hosts=chosen[0].hosts, specs=about["specs"], dataflows=about["dataflows"])
        lines += ["", f"### {title}", "", *_table(chosen)]
    return "\n".join(lines) + "\n"


def _answer(row: Row) -> float:
    """The milliseconds for which an answer was under way in the emulator, added latency aside."""
    return 1000 * row.median("emulator") / (row.median("requests") + row.median("tokens"))


def _table(rows: Sequence[Row]) -> Iterator[str]:
    optional = [name for name in _OPTIONAL if any(row.has(name) for row in rows)]
    names = [*_COLUMNS, *(_OPTIONAL[name] for name in optional)]
    yield f"| {' | '.join(names)} |"
    yield f"|{' ---: |' * len(names)}"
    first = rows[0].median()
    for row in rows:
        walls = [run.wall for run in row.runs]
        wall, asked = row.median(), row.median("requests")
        cells = [
            f"{row.way}",
            f"{wall:.1f} ({min(walls):.1f}–{max(walls):.1f})",
            f"{first / wall:.2f}",
            f"{row.hosts / wall:.1f}",
            f"{asked / wall:.1f}",
            f"{asked:.0f} + {row.median('tokens'):.0f}",
            f"{row.median('writes'):.0f}",
            f"{row.median('cpu'):.1f}",
            f"{row.share_of_processors:.0%}",
            f"{row.median('memory'):.0f}",
        ]
        if "alone" in optional:
            alone = row.median("alone")
            cells.append(f"{alone:.1f} (× {first / alone:.2f})" if row.has("alone") else "")
        if "merging" in optional:
            cells.append(f"{row.median('merging'):.1f}")
        yield f"| {' | '.join(cells)} |"


def write_report(rows: Sequence[Row], about: Mapping[str, t.Any], folder: Path) -> None:
    """Write ``scale.md`` and, for programs, ``scale.json``; print the former."""
    folder.mkdir(parents=True, exist_ok=True)
    text = markdown(rows, about)
    (folder / "scale.md").write_text(text, encoding="utf-8")
    (folder / "scale.json").write_text(json.dumps([row.as_json() for row in rows]), encoding="utf-8")
    print(text)
