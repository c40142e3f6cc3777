# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many at once: controllers that share nothing, which all begin at the same moment."""

from __future__ import annotations

import concurrent.futures
import time
import typing as t
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from lab.plays import Lab, Run, Task

T = t.TypeVar("T")
# Seconds for all of them to get ready.
_PATIENCE = 120


def at_once(work: Sequence[Callable[[], T]]) -> list[T]:
    """The results of all, each run in a thread of its own."""
    with concurrent.futures.ThreadPoolExecutor(len(work)) as pool:
        return [future.result() for future in [pool.submit(one) for one in work]]


def crossings(requests: Sequence[Mapping[str, t.Any]]) -> int:
    """How many writes were answered between the read of another client and the write that came of that read.

    A client is told by its connection.
    """
    written = [(_end(one), one["client_port"]) for one in requests if one["method"] == "PUT" and one["status"] == 200]
    reads: dict[int, float] = {}
    found = 0
    for request in sorted(requests, key=_end):
        client, end = request["client_port"], _end(request)
        if request["method"] == "GET":
            reads[client] = request["time"]
        elif client in reads:
            found += sum(reads[client] < moment < end for moment, other in written if other != client)
    return found


def _end(request: Mapping[str, t.Any]) -> float:
    """When a request was answered."""
    return t.cast(float, request["time"] + request["duration_ms"] / 1000)


def looked_before(requests: Sequence[Mapping[str, t.Any]], write: Mapping[str, t.Any]) -> int:
    """How many clients read something before a write was answered."""
    return len({one["client_port"] for one in requests if one["method"] == "GET" and one["time"] < _end(write)})


class Gate:
    """Holds so many plays back, by a first task of theirs, until the last one has come to it."""

    def __init__(self, folder: Path, count: int) -> None:
        self._ready = [folder / f"ready-{number}" for number in range(count)]
        self._go = folder / "go"

    def task(self, number: int) -> Task:
        """The first task of the play of this number."""
        command = f"touch {self._ready[number]}; until test -e {self._go}; do sleep 0.02; done"
        return {
            "name": "get ready",
            "ansible.builtin.debug": {"msg": "{{ lookup('pipe', command) }}"},
            "vars": {"command": command},
        }

    def open(self, has_ended: Callable[[], bool]) -> None:
        """Let them go once all are ready, or one has ended before it was."""
        end = time.monotonic() + _PATIENCE
        try:
            while not all(mark.exists() for mark in self._ready):
                if time.monotonic() > end or has_ended():
                    break
                time.sleep(0.01)
        finally:
            # Whatever happens here, nobody is to wait for ever.
            self._go.touch()


class Controllers:
    """Controllers with homes, caches and folders for locks of their own, in one lab."""

    def __init__(self, lab: Lab, count: int) -> None:
        self._folder = lab.folder / "controllers"
        self._labs = [lab.controller(self._folder / str(number)) for number in range(count)]

    def run(self, work: Sequence[Sequence[Task]], **variables: t.Any) -> list[Run]:
        """Run the tasks of each controller in a play; all wait until the last one is ready."""
        gate = Gate(self._folder, len(work))
        with concurrent.futures.ThreadPoolExecutor(len(work)) as pool:
            waiting = [
                pool.submit(lab.play, gate.task(number), *tasks, **variables)
                for number, (lab, tasks) in enumerate(zip(self._labs, work, strict=True))
            ]
            gate.open(lambda: any(future.done() for future in waiting))
            return [future.result() for future in waiting]
