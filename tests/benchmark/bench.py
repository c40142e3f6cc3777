# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure side by side, in one run, against the emulator: ours, what users write without us, and the floor.

The variants of a case alternate, in a new order in each round. What counts are ratios: the times themselves say as
much about the machine.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import typing as t
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import yaml

import plays
from lab import CONNECTION_SPECS, FIXTURES, FLOW_SPECS, REST_STORAGE, Lab, Spec, running_emulator
from lab.dataflows import DATA_LAKE, DATASET, FIRST_LIST, KINDS, World, mapping_of
from report import Measure, Row, audit_of, write_report

HERE = Path(__file__).parent
HOOK = HERE.parents[1] / "extensions" / "hooks" / "definition_check.py"
LATENCIES = (0.0, 0.05)
SOURCES = 20
MANY = 220
SIZES = (20, 200, 1000, 10_000)
HOSTS = 50
CHECKED = 1000
SLOW_ROUNDS = 3
CASES = ("link", "audit", "check", "hosts", "dataflow")


@dataclasses.dataclass(frozen=True)
class Variant:
    """One way to do what a case is about. One that is slow is run fewer times."""

    name: str
    command: tuple[str, ...]
    prepare: Callable[[], None] = lambda: None
    is_slow: bool = False
    environment: t.Mapping[str, str] = dataclasses.field(default_factory=dict)


class Site:
    """A sandbox with so many sources in it, a lab for each latency, and a folder for what is run against them."""

    def __init__(self, url: str, folder: Path, count: int) -> None:
        self.folder = folder
        folder.mkdir()
        self.labs = {latency: Lab(url, folder) for latency in LATENCIES}
        org = self.labs[0.0].org
        for latency, lab in self.labs.items():
            lab.org = lab.variables["AEP_ORG_ID"] = org
            lab.variables["AEP_SETTLE_TIME"] = "1.0"
            if latency:
                lab.fault(None, None, times=None, type="delay", seconds=latency)
        self.ids = [self.labs[0.0].store(CONNECTION_SPECS, **source(number)) for number in range(count)]

    def playbook(self, name: str, content: list[plays.Play]) -> tuple[str, ...]:
        """The command that runs a playbook."""
        file = self.folder / f"{name}.yml"
        file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
        return (tool("ansible-playbook"), str(file))

    def definitions(self, form: str) -> Path:
        """A folder with a definition for each source, JSON or YAML."""
        folder = self.folder / form
        folder.mkdir()
        for number in range(len(self.ids)):
            spec = source(number)
            text = json.dumps(spec, indent=2) if form == "json" else yaml.safe_dump(spec, sort_keys=False)
            (folder / f"{number:05}.{form}").write_text(text, encoding="utf-8")
        return folder

    def set_links(self, ids: Sequence[str]) -> None:
        """Have a flow spec support just these."""
        lab = self.labs[0.0]
        lab.store(FLOW_SPECS, **{**lab.spec(FLOW_SPECS, REST_STORAGE), "sourceConnectionSpecIds": list(ids)})

    def forget_tokens(self) -> None:
        """Have no token in the cache."""
        for file in (self.folder / "cache").rglob("tokens/*"):
            file.unlink()

    def measure(self, variant: Variant, latency: float) -> Measure:
        """Run a variant once."""
        lab = self.labs[latency]
        variant.prepare()
        lab.forget_requests()
        environment = lab.environment(**variant.environment)
        for name in ("ANSIBLE_CALLBACKS_ENABLED", "ANSIBLE_CALLBACK_PLUGINS"):
            del environment[name]
        environment |= {"ANSIBLE_FILTER_PLUGINS": str(HERE / "filter_plugins"), "BENCHMARK_LATENCY": str(latency)}
        with tempfile.TemporaryFile() as output:
            begin = time.perf_counter()
            process = subprocess.Popen(
                variant.command, env=environment, cwd=self.folder, stdout=output, stderr=subprocess.STDOUT
            )
            _pid, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - begin
            process.returncode = os.waitstatus_to_exitcode(status)
            output.seek(0)
            told = output.read().decode()
        if process.returncode:
            sys.exit(f"{variant.name} failed:\n{told}")
        tokens, asked = lab.requests("ims"), lab.requests()
        took = sum(request["duration_ms"] / 1000 - latency for request in tokens + asked)
        return Measure(
            wall=wall,
            cpu=usage.ru_utime + usage.ru_stime,
            memory=usage.ru_maxrss / 1024,
            requests=len(asked),
            tokens=len(tokens),
            emulator=took,
            http=json.loads(told)["http_seconds"] if "bare.py" in variant.command[1] else 0.0,
        )


@functools.cache
def _definition() -> Spec:
    return t.cast(Spec, json.loads((FIXTURES / "connection_specs" / "rest.post.request.json").read_text("utf-8")))


def source(number: int) -> Spec:
    """A connection spec as large as real ones are, 4 KB."""
    return {**_definition(), "name": f"source-{number:05}"}


def tool(name: str) -> str:
    """A program of this environment."""
    return str(Path(sys.executable).parent / name)


def bare(count: int, method: str, path: str) -> tuple[str, ...]:
    """The command for the bare HTTP calls."""
    return (sys.executable, str(HERE / "bare.py"), str(count), method, path)


# The cases. Each yields its variants; all of a case are run in turn.


def linked(site: Site) -> Iterator[Variant]:
    """Link sources that are linked already: what a task costs when nothing is to be done."""
    ready = functools.partial(site.set_links, site.ids)
    yield Variant("debug, one task", site.playbook("debug", plays.debug(None)))
    for count in (SOURCES, MANY):
        ids = [site.ids[number % SOURCES] for number in range(count)]
        loop = site.playbook(f"loop-{count}", plays.link_in_a_loop(REST_STORAGE, ids))
        waiting = site.playbook(f"debug-that-waits-{count}", plays.debug_that_waits(count))
        yield Variant(f"debug, loop of {count}", site.playbook(f"debug-{count}", plays.debug(count)))
        yield Variant(f"debug after the latency, loop of {count}", waiting)
        yield Variant(f"ours, loop of {count}", loop, ready)
        yield Variant(f"bare HTTP, {count} GETs", bare(count, "GET", f"flowSpecs/{REST_STORAGE}"), ready)
    yield Variant("ours, one task", site.playbook("list", plays.link_as_a_list(REST_STORAGE, site.ids)), ready)
    yield Variant(f"uri, loop of {SOURCES}", _link_by_uri(site, site.ids), ready, is_slow=True)


def not_linked(site: Site) -> Iterator[Variant]:
    """Link sources that are not linked yet. Only ours wait for others' writes to settle, and look back."""
    ready = functools.partial(site.set_links, [])
    loop = site.playbook("loop", plays.link_in_a_loop(REST_STORAGE, site.ids))
    as_list = site.playbook("list", plays.link_as_a_list(REST_STORAGE, site.ids))
    unsettled = {"AEP_SETTLE_TIME": "0"}
    yield Variant("debug, one task", site.playbook("debug", plays.debug(None)))
    yield Variant("ours, one task", as_list, ready)
    yield Variant("ours, one task, settle_time 0", as_list, ready, environment=unsettled)
    yield Variant(f"ours, loop of {SOURCES}", loop, ready, is_slow=True)
    yield Variant(f"ours, loop of {SOURCES}, settle_time 0", loop, ready, environment=unsettled)
    yield Variant(f"uri, loop of {SOURCES}", _link_by_uri(site, site.ids), ready, is_slow=True)
    yield Variant(f"bare HTTP, {SOURCES} GETs and PUTs", bare(SOURCES, "PUT", f"flowSpecs/{REST_STORAGE}"), ready)


def _link_by_uri(site: Site, ids: list[str]) -> tuple[str, ...]:
    included = site.folder / "link-by-uri.yml"
    included.write_text(yaml.safe_dump(plays.LINK_BY_URI, sort_keys=False), encoding="utf-8")
    return site.playbook("uri", plays.link_by_uri(REST_STORAGE, ids, str(included)))


def audit(site: Site, slow_ones: bool, in_yaml: bool) -> Iterator[Variant]:
    """Audit definitions that are all in sync."""
    folder = site.definitions("json")
    yield Variant("debug, one task", site.playbook("debug", plays.debug(None)))
    yield Variant("ours, one task", site.playbook("audit", plays.audit(str(folder))))
    yield Variant("bare HTTP, the listing", bare(1, "GET", "connectionSpecs"))
    if slow_ones:
        files = [str(path) for path in sorted(folder.iterdir())]
        yield Variant(f"ours, loop of {SOURCES}", site.playbook("loop", plays.audit_in_a_loop(files)))
        yield Variant(f"uri, loop of {SOURCES}", site.playbook("uri", plays.audit_by_uri(site.ids)), is_slow=True)
    if in_yaml:
        of_yaml = site.playbook("audit-yaml", plays.audit(str(site.definitions("yml"))))
        yield Variant("ours, one task, YAML files", of_yaml)


def check(site: Site) -> Iterator[Variant]:
    """Check definitions without a request: by the module, and by the hook that starts no Ansible."""
    folder = site.definitions("json")
    files = [str(path) for path in sorted(folder.iterdir())]
    yield Variant("debug, one task", site.playbook("debug", plays.debug(None)))
    yield Variant("ours, one task", site.playbook("check", plays.check(str(folder))))
    hook = (sys.executable, str(HOOK), "--fail-on", "never")
    yield Variant("ours, the hook", (*hook, *files))
    yield Variant("ours, the hook, one file", (*hook, files[0]))
    yield Variant("python -m json.tool, one file", (sys.executable, "-m", "json.tool", files[0]))


def hosts(site: Site) -> Iterator[Variant]:
    """One task on each of many hosts, with no token in the cache."""
    inventory = site.folder / "hosts.ini"
    lines = (f"sandbox{number} ansible_connection=local\n" for number in range(HOSTS))
    inventory.write_text("".join(lines), encoding="utf-8")
    more = ("-i", str(inventory), "--forks", "10")
    spec_id = site.ids[0]
    yield Variant("debug, one task each", site.playbook("debug", plays.debug(None, hosts="all")) + more)
    yield Variant("ours, one task each", site.playbook("ours", plays.hosts_of_ours(spec_id)) + more, site.forget_tokens)
    yield Variant("uri, one task each", site.playbook("uri", plays.hosts_by_uri(spec_id)) + more, is_slow=True)
    yield Variant(f"bare HTTP, {HOSTS} GETs", bare(HOSTS, "GET", f"connectionSpecs/{spec_id}"))


def dataflow(site: Site) -> Iterator[Variant]:
    """Create a dataflow, and create it again: the three objects, their checks, and their reads."""
    lab = site.labs[0.0]
    world = World(lab)
    options = world.orders()

    def forget() -> None:
        for kind in KINDS:
            for one in lab.state(kind):
                lab.remove(kind, one["id"])

    source = {"baseConnectionId": world.account, "connectionSpec": {"id": world.source, "version": "1.0"}}
    target = {"connectionSpec": {"id": DATA_LAKE, "version": "1.0"}, "params": {"dataSetId": DATASET}}
    bodies: dict[str, Spec] = {
        "sourceConnections": {"name": "s", **source, "data": {"format": "json"}, "params": {"listId": FIRST_LIST}},
        "targetConnections": {"name": "t", **target, "data": {"format": "parquet_xdm"}},
        "flows": {
            "name": "orders",
            "flowSpec": {"id": REST_STORAGE, "version": "1.0"},
            "transformations": [mapping_of(world.mapping)],
            "scheduleParams": {"startTime": 4102444800, "frequency": "minute", "interval": 15},
        },
    }
    ours = site.playbook("dataflow", plays.dataflow(options))
    by_uri = site.playbook("dataflow-uri", plays.dataflow_by_uri(bodies, "orders"))

    def create() -> None:
        forget()
        assert not lab.one("dataflow", options).failed

    yield Variant("debug, one task", site.playbook("debug", plays.debug(None)))
    yield Variant("ours, created", ours, forget)
    yield Variant("ours, there already", ours, create)
    yield Variant("uri, created", by_uri, forget, is_slow=True)
    yield Variant("uri, there already", by_uri, create, is_slow=True)


def run(case: str, site: Site, variants: Iterator[Variant], rounds: int) -> list[Row]:
    """Run all variants of a case in turn, so often, at each latency."""
    turn = [(variant, Row(case, variant.name, latency)) for variant in variants for latency in LATENCIES]
    rows = [row for _variant, row in turn]
    shuffled = random.Random(0)
    for number in range(rounds):
        shuffled.shuffle(turn)
        for variant, row in turn:
            if number < SLOW_ROUNDS or not variant.is_slow:
                row.runs.append(site.measure(variant, row.latency))
        print(f"{case}: round {number + 1} of {rounds}", file=sys.stderr, flush=True)
    return rows


def run_all(chosen: Sequence[str], sizes: Sequence[int], rounds: int) -> list[Row]:
    """Run the chosen cases."""
    rows: list[Row] = []
    with running_emulator() as url, tempfile.TemporaryDirectory() as name:
        root = Path(name)
        if "link" in chosen:
            site = Site(url, root / "linked", SOURCES)
            rows += run(f"{SOURCES} sources, linked already", site, linked(site), rounds)
            site = Site(url, root / "not-linked", SOURCES)
            rows += run(f"{SOURCES} sources, not linked yet", site, not_linked(site), rounds)
        for size in sizes if "audit" in chosen else ():
            site = Site(url, root / f"audit-{size}", size)
            variants = audit(site, slow_ones=size == SOURCES, in_yaml=size == SIZES[2])
            rows += run(audit_of(size), site, variants, rounds)
        if "check" in chosen:
            site = Site(url, root / "check", min(CHECKED, max(sizes)))
            rows += run(f"check of {len(site.ids):,} definitions", site, check(site), rounds)
        if "hosts" in chosen:
            site = Site(url, root / "hosts", 1)
            rows += run(f"{HOSTS} hosts, forks 10", site, hosts(site), rounds)
        if "dataflow" in chosen:
            site = Site(url, root / "dataflow", 1)
            rows += run("a dataflow", site, dataflow(site), rounds)
    return rows


def main() -> None:
    """Run the benchmark, and write its report."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often to run each variant (%(default)s)")
    parser.add_argument("--cases", nargs="+", default=list(CASES), choices=CASES, help="what to measure (everything)")
    parser.add_argument("--sizes", nargs="+", type=int, default=list(SIZES), help="how many definitions to audit")
    parser.add_argument("--output", type=Path, required=True, help="the folder for the report")
    options = parser.parse_args()
    write_report(run_all(options.cases, options.sizes, options.rounds), options.output)


if __name__ == "__main__":
    main()
