# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure how a job over many sandboxes scales: with the forks of one runner, and with runners that share nothing.

The runners are ansible-runners on slices of one inventory, as in AWX, against one emulator. All of them run on this
machine: what they cannot have more of is its processors. What they find and write is looked at after every run; if
anything is lost, there is no result.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import json
import random
import resource
import shutil
import sys
import tempfile
import threading
import time
import typing as t
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import yaml

import plays
from bench import source
from lab import CONNECTION_SPECS, FLOW_SPECS, REST_STORAGE, Lab, Spec, running_emulator
from lab.slices import Runner, Slice, findings_of, run_sliced, sliced
from scale_report import Row, Usage, Way, write_report

# Every so many sandboxes, one has drifted.
DRIFTED_EVERY = 25
SAMPLE_SECONDS = 0.1
CASES = ("audit", "health", "link", "shared")


class Fleet:
    """So many sandboxes with so many sources each, and what is run against them."""

    def __init__(self, url: str, folder: Path, sandboxes: int, specs: int, latency: float) -> None:
        self.folder = folder
        self.latency = latency
        self.lab = Lab(url, folder)
        self.lab.variables["AEP_SETTLE_TIME"] = "1.0"
        self.names = [f"sandbox-{number:04}" for number in range(sandboxes)]
        self.sources = [source(number) for number in range(specs)]
        self.ids = [str(uuid.uuid5(uuid.NAMESPACE_URL, spec["name"])) for spec in self.sources]
        self.drifted = self.names[::DRIFTED_EVERY]
        self._runs = 0
        for name in self.names:
            self._fill(self.lab.in_sandbox(name), name in self.drifted)
        if latency:
            self.lab.fault(None, None, times=None, type="delay", seconds=latency)

    def _fill(self, sandbox: Lab, drifted: bool) -> None:
        for number, (spec_id, spec) in enumerate(zip(self.ids, self.sources, strict=True)):
            is_other = drifted and not number
            sandbox.store(CONNECTION_SPECS, **{**spec, "id": spec_id, **({"version": "0.9"} if is_other else {})})
        self.set_links(sandbox, self.ids)

    @staticmethod
    def set_links(sandbox: Lab, ids: Sequence[str]) -> None:
        """Have the flow spec of a sandbox support just these."""
        sandbox.store(FLOW_SPECS, **{**sandbox.spec(FLOW_SPECS, REST_STORAGE), "sourceConnectionSpecIds": list(ids)})

    @staticmethod
    def links(sandbox: Lab) -> list[str]:
        """What the flow spec of a sandbox supports."""
        return t.cast(list[str], sandbox.spec(FLOW_SPECS, REST_STORAGE)["sourceConnectionSpecIds"])

    def hosts(self) -> dict[str, Spec]:
        """The inventory: a host for each sandbox."""
        return {name: {"ansible_connection": "local", "aep_sandbox_name": name} for name in self.names}

    def playbook(self, name: str, content: list[plays.Play]) -> str:
        """Write a playbook; returns its path."""
        file = self.folder / f"{name}.yml"
        file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
        return str(file)

    @contextlib.contextmanager
    def home(self) -> Iterator[Path]:
        """A new folder for the homes of one run: no runner has a token before."""
        self._runs += 1
        folder = self.folder / f"run-{self._runs}"
        yield folder
        shutil.rmtree(folder)

    def measure(self, case: Case, way: Way) -> Usage:
        """Run a case once; ends the benchmark if anything is lost."""
        case.prepare()
        self.lab.forget_requests()
        with self.home() as folder:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            with _Memory() as memory:
                begin = time.perf_counter()
                slices = run_sliced(
                    self.lab,
                    folder,
                    case.hosts,
                    way.runners,
                    case.playbook,
                    forks=way.forks,
                    **case.variables,
                )
                wall = time.perf_counter() - begin
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            for one in slices:
                _insist(one.status == 0, f"a runner failed:\n{one.output}")
            tokens, asked, writes = self.lab.requests("ims"), self.lab.requests(), self.lab.writes()
            _insist(len(tokens) == way.runners, f"{way.runners} runners fetched {len(tokens)} tokens")
            begin = time.perf_counter()
            case.check(folder, slices)
            merging = time.perf_counter() - begin
        return Usage(
            wall=wall,
            alone=self._slice_alone(case, way) if way.runners > 1 and case.is_divisible else wall,
            merging=merging if case.merges else 0.0,
            cpu=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
            memory=memory.most,
            requests=len(asked),
            writes=len(writes),
            tokens=len(tokens),
            emulator=sum(request["duration_ms"] / 1000 - self.latency for request in tokens + asked),
        )

    def _slice_alone(self, case: Case, way: Way) -> float:
        """The seconds of one slice, the largest, that has this machine to itself."""
        case.prepare()
        with self.home() as folder, Runner(self.lab, folder, sliced(case.hosts, 0, way.runners)) as runner:
            begin = time.perf_counter()
            runner.start(case.playbook, forks=way.forks, **case.variables)
            done = runner.wait()
            wall = time.perf_counter() - begin
        _insist(done.status == 0, f"a runner failed:\n{done.output}")
        return wall


class Case(t.Protocol):
    """What is run on all sandboxes, and how to see that nothing of it is lost."""

    name: str
    playbook: str
    hosts: dict[str, Spec]
    variables: dict[str, t.Any]
    merges: bool
    is_divisible: bool
    """Whether the slices have nothing to do with one another."""

    def prepare(self) -> None:
        """Have the sandboxes as they are to be before a run."""

    def check(self, folder: Path, slices: Sequence[Slice]) -> None:
        """End the benchmark if anything is lost."""


class Audit:
    """Audit all sandboxes, and make one report of those of the slices."""

    name = "audit"
    playbook = "aep.flow_service.audit"
    merges = True
    is_divisible = True

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._first: Spec = {}
        self.hosts = fleet.hosts()
        folder = fleet.folder / "specs" / "connection_specs"
        folder.mkdir(parents=True)
        for spec in fleet.sources:
            (folder / f"{spec['name']}.json").write_text(json.dumps(spec), encoding="utf-8")
        self.variables = {
            "audit_src": str(folder.parent),
            # The status is to say whether it was done, not what was found.
            "audit_fail_on": [],
            "audit_report_folder": "{{ lookup('ansible.builtin.env', 'HOME') }}/report",
            "audit_report_formats": ["json"],
        }

    def prepare(self) -> None:
        """Audits change nothing."""

    def check(self, folder: Path, slices: Sequence[Slice]) -> None:
        """The merged report has every sandbox and finding, and the same ones as after any other run."""
        fleet, lab = self._fleet, self._fleet.lab
        report = merge_reports(lab, folder, len(slices))
        drifted = [one["host"] for one in report["sandboxes"] if one["counts"]["drifted"]]
        in_sync = len(fleet.names) * len(fleet.sources) - len(fleet.drifted)
        _insist([one["host"] for one in report["sandboxes"]] == fleet.names, "sandboxes are missing from the report")
        _insist(drifted == fleet.drifted, f"the drifted sandboxes are {fleet.drifted}, and found were {drifted}")
        _insist(report["summary"]["counts"]["in_sync"] == in_sync, f"not {in_sync} in sync: {report['summary']}")
        _insist(len(lab.requests()) == 2 * len(fleet.names), "two requests are enough for a sandbox")
        _insist(lab.writes() == [], "an audit wrote")
        self._first = self._first or findings_of(report)
        _insist(findings_of(report) == self._first, "the report is not that of the first run")


class Health:
    """Audit the health of the dataflows of all sandboxes, and make one report of those of the slices."""

    name = "health"
    playbook = "aep.flow_service.audit"
    merges = True
    is_divisible = True

    def __init__(self, fleet: Fleet, dataflows: int) -> None:
        self._fleet = fleet
        self.hosts = fleet.hosts()
        for name in fleet.names:
            sandbox = fleet.lab.in_sandbox(name)
            sandbox.seed("flows", dataflows)
            flow = sandbox.state("flows")[0]
            sandbox.put_state("flows", flow["id"], {**flow, "lastRunDetails": {"id": "run", "state": "failed"}})
        self.variables = {
            "audit_dataflows": True,
            "audit_fail_on": [],
            "audit_report_folder": "{{ lookup('ansible.builtin.env', 'HOME') }}/report",
            "audit_report_formats": ["json"],
        }

    def prepare(self) -> None:
        """Audits change nothing."""

    def check(self, folder: Path, slices: Sequence[Slice]) -> None:
        """The merged report has the failing dataflow of every sandbox, from one listing of each kind."""
        fleet, lab = self._fleet, self._fleet.lab
        report = merge_reports(lab, folder, len(slices))
        _insist([one["host"] for one in report["sandboxes"]] == fleet.names, "sandboxes are missing from the report")
        counts = [one["counts"]["failing"] for one in report["sandboxes"]]
        _insist(counts == [1] * len(fleet.names), f"a failing dataflow is missing: {counts}")
        _insist(len(lab.requests()) == 6 * len(fleet.names), "six requests are enough for a sandbox")
        _insist(lab.writes() == [], "an audit wrote")


class Link:
    """In each sandbox, link one more source to its flow spec."""

    name = "link"
    merges = False
    is_divisible = True

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self.hosts = fleet.hosts()
        self.playbook = fleet.playbook("link", plays.link_on_hosts(REST_STORAGE))
        self.variables = {"source": fleet.ids[0]}

    def prepare(self) -> None:
        """Have all sources linked but the one."""
        for name in self._fleet.names:
            Fleet.set_links(self._fleet.lab.in_sandbox(name), self._fleet.ids[1:])

    def check(self, folder: Path, slices: Sequence[Slice]) -> None:
        """All are linked now."""
        for name in self._fleet.names:
            sandbox = self._fleet.lab.in_sandbox(name)
            _insist(Fleet.links(sandbox) == [*self._fleet.ids[1:], self._fleet.ids[0]], f"a link was lost in {name}")


class Shared:
    """Link sources, one for each host, to one flow spec that they all write."""

    name = "shared"
    merges = False
    is_divisible = False

    def __init__(self, fleet: Fleet, count: int) -> None:
        self._sandbox = fleet.lab.in_sandbox("shared")
        self._ids = [str(uuid.uuid5(uuid.NAMESPACE_URL, f"shared-{number}")) for number in range(count)]
        for number, spec_id in enumerate(self._ids):
            self._sandbox.store(CONNECTION_SPECS, **{**source(number), "id": spec_id})
        self._before = Fleet.links(self._sandbox)
        self.hosts = {
            spec_id: {"ansible_connection": "local", "aep_sandbox_name": "shared", "source": spec_id}
            for spec_id in self._ids
        }
        self.playbook = fleet.playbook("shared", plays.link_on_hosts(REST_STORAGE))
        self.variables: dict[str, t.Any] = {}

    def prepare(self) -> None:
        """Have none of them linked."""
        Fleet.set_links(self._sandbox, self._before)

    def check(self, folder: Path, slices: Sequence[Slice]) -> None:
        """All are linked now, once each, and so is whatever was before."""
        links = Fleet.links(self._sandbox)
        lost = {*self._before, *self._ids} - {*links}
        _insist(not lost, f"{len(lost)} links to the shared flow spec were lost")
        _insist(len(links) == len(self._before) + len(self._ids), "a source is linked twice")


class _Memory:
    """How much less memory the machine had at most, while something ran on it, in MB; 0 where it does not tell."""

    def __init__(self) -> None:
        self.most = 0.0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> _Memory:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._end.set()
        self._thread.join()

    def _watch(self) -> None:
        begin = _available()
        while not self._end.wait(SAMPLE_SECONDS):
            self.most = max(self.most, begin - _available())


def _available() -> float:
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("MemAvailable:"))
    return 0.0


def merge_reports(lab: Lab, folder: Path, runners: int) -> Spec:
    """Merge the reports of so many runners, by the playbook for it."""
    reports = folder / "reports"
    reports.mkdir()
    for number in range(runners):
        shutil.copy(folder / f"runner-{number}" / "report" / "audit.json", reports / f"{number}.json")
    variables = {"audit_slices": str(reports), "audit_report_folder": str(folder / "whole")}
    run = lab.run_playbook("aep.flow_service.audit_merge", "-e", json.dumps(variables))
    _insist(run.status == 0, run.output)
    return t.cast(Spec, json.loads((folder / "whole" / "audit.json").read_text("utf-8")))


def _insist(condition: bool, otherwise: str) -> None:
    if not condition:
        sys.exit(f"No result: {otherwise}")


def run(fleet: Fleet, case: Case, ways: Sequence[Way], rounds: int) -> list[Row]:
    """Run a case in every way, in a new order in each round."""
    rows = [Row(case.name, way, len(case.hosts)) for way in ways]
    turn = list(rows)
    shuffled = random.Random(0)
    for number in range(rounds):
        shuffled.shuffle(turn)
        for row in turn:
            row.runs.append(fleet.measure(case, row.way))
            used = row.runs[-1]
            told = f"{case.name}: round {number + 1} of {rounds}, {row.way}: {used.wall:.1f} s, {used.cpu:.1f} CPU s"
            print(told, file=sys.stderr, flush=True)
    return rows


def run_all(options: argparse.Namespace) -> list[Row]:
    """Run the chosen cases."""
    # One runner with ever more forks, and ever more runners with the same forks.
    ways = [Way(1, forks) for forks in options.forks] + [Way(count, options.slice_forks) for count in options.runners]
    ways = list(dict.fromkeys(ways))
    rows: list[Row] = []
    with running_emulator() as url, tempfile.TemporaryDirectory() as folder:
        fleet = Fleet(url, Path(folder), options.sandboxes, options.specs, options.latency / 1000)
        makers: dict[str, Callable[[], Case]] = {
            "audit": functools.partial(Audit, fleet),
            "health": functools.partial(Health, fleet, options.dataflows),
            "link": functools.partial(Link, fleet),
            "shared": functools.partial(Shared, fleet, options.writers),
        }
        for name in options.cases:
            rows += run(fleet, makers[name](), ways, options.rounds)
    return rows


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


def main() -> None:
    """Run the benchmark, and write its report."""
    parser = argparse.ArgumentParser(prog="make scale", description=__doc__)
    parser.add_argument("--sandboxes", type=int, default=200, help="how many sandboxes (%(default)s)")
    parser.add_argument("--specs", type=int, default=20, help="how many connection specs in each (%(default)s)")
    parser.add_argument("--dataflows", type=int, default=100, help="how many dataflows in each (%(default)s)")
    parser.add_argument("--latency", type=float, default=50, help="milliseconds added to each answer (%(default)s)")
    parser.add_argument("--runners", type=_numbers, default=[1, 2, 4, 8], help="how many runners at once (1,2,4,8)")
    parser.add_argument("--slice-forks", type=int, default=5, help="the forks of each of them (%(default)s)")
    parser.add_argument("--forks", type=_numbers, default=[5, 10, 20, 40], help="the forks of one (5,10,20,40)")
    parser.add_argument("--writers", type=int, default=40, help="how many hosts write one flow spec (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="how often to run each way (%(default)s)")
    parser.add_argument("--cases", nargs="+", default=list(CASES), choices=CASES, help="what to measure (everything)")
    parser.add_argument("--output", type=Path, required=True, help="the folder for the report")
    options = parser.parse_args()
    about = {
        name: getattr(options, name) for name in ("sandboxes", "specs", "dataflows", "latency", "writers", "rounds")
    }
    write_report(run_all(options), about, options.output)


if __name__ == "__main__":
    main()
