# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A job in slices, as AWX runs it: each slice by an ansible-runner of its own, with a home of its own."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import subprocess
import typing as t
from collections.abc import Iterator, Mapping
from pathlib import Path

from lab.plays import Lab, Spec
from lab.starts import ANSIBLE

# Seconds for a runner to end.
_PATIENCE = 600
# Seconds for it to end its playbook when it is told to.
_LAST_WORDS = 10


@dataclasses.dataclass(frozen=True)
class Slice:
    """What came of a slice: its exit status, what it printed, and what it handed on by set_stats."""

    status: int
    output: str
    stats: dict[str, t.Any]


def sliced(hosts: Mapping[str, Spec], number: int, count: int) -> dict[str, Spec]:
    """The hosts of a slice: AWX deals them out one by one."""
    return dict(list(hosts.items())[number::count])


class Runner:
    """An ansible-runner that shares no folder with any other: no token, no lock, no inventory."""

    def __init__(self, lab: Lab, folder: Path, hosts: Mapping[str, Spec]) -> None:
        self.lab = lab.controller(folder)
        self._inventory = self.lab.inventory(hosts)
        self._log = folder / "runner.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, playbook: str, *, forks: int, **variables: t.Any) -> None:
        """Start a playbook, which is a file or one of the collection by its name."""
        folder = self.lab.folder
        (folder / "env").mkdir()
        (folder / "env" / "extravars").write_text(json.dumps(variables), encoding="utf-8")
        environment = self.lab.environment(PATH=f"{ANSIBLE}{os.pathsep}{os.environ['PATH']}")
        # It records by a callback of its own.
        for name in ("ANSIBLE_CALLBACKS_ENABLED", "ANSIBLE_CALLBACK_PLUGINS"):
            del environment[name]
        command = [str(ANSIBLE / "ansible-runner"), "run", str(folder), "--playbook", playbook, "--ident", "job"]
        more = ["--inventory", self._inventory, "--forks", str(forks), "--quiet"]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command + more, env=environment, stdout=log, stderr=log)

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended yet."""
        return self._process is not None and self._process.poll() is None

    def wait(self) -> Slice:
        """Wait until it ends; what came of it."""
        assert self._process is not None, "it was not started"
        status = self._process.wait(_PATIENCE)
        job = self.lab.folder / "artifacts" / "job"
        output = [file.read_text("utf-8") for file in (self._log, job / "stdout") if file.exists()]
        return Slice(status, "".join(output), _handed_on(job / "job_events"))

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, *_failure: object) -> None:
        """End it if it has not ended. When it is told to, it ends its playbook, which is in a session of its own."""
        if self._process is not None and self.is_running:
            self._process.terminate()
            try:
                self._process.wait(_LAST_WORDS)
            finally:
                self._process.kill()
                self._process.wait()


def _handed_on(events: Path) -> dict[str, t.Any]:
    """What AWX takes from the last event of a job for the next node of a workflow."""
    for file in events.glob("*.json"):
        event = json.loads(file.read_text("utf-8"))
        if event["event"] == "playbook_on_stats":
            return t.cast(dict[str, t.Any], event["event_data"].get("artifact_data", {}))
    return {}


@contextlib.contextmanager
def runners_of(lab: Lab, folder: Path, hosts: Mapping[str, Spec], count: int) -> Iterator[list[Runner]]:
    """A runner for each slice of the hosts; what is still running in the end is ended."""
    with contextlib.ExitStack() as stack:
        yield [
            stack.enter_context(Runner(lab, folder / f"runner-{number}", sliced(hosts, number, count)))
            for number in range(count)
        ]


def run_sliced(
    lab: Lab, folder: Path, hosts: Mapping[str, Spec], count: int, playbook: str, *, forks: int, **variables: t.Any
) -> list[Slice]:
    """Run a playbook on all hosts, by so many runners at the same time."""
    with runners_of(lab, folder, hosts, count) as runners:
        for runner in runners:
            runner.start(playbook, forks=forks, **variables)
        return [runner.wait() for runner in runners]


def findings_of(report: Spec) -> Spec:
    """A report of an audit without what differs from one run to the next: its times and the ids of requests."""

    def lasting(value: t.Any) -> t.Any:
        if isinstance(value, dict):
            return {name: lasting(one) for name, one in value.items() if name not in _PASSING}
        return [lasting(one) for one in value] if isinstance(value, list) else value

    return t.cast(Spec, lasting(report))


_PASSING = frozenset(("generated_at", "audited_at", "seconds", "request_id"))
