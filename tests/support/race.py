# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many at once: controllers that share nothing, which all begin at the same moment."""

from __future__ import annotations

import concurrent.futures
import time
import typing as t
from collections.abc import Callable, Sequence

from lab import Lab, Run, Task

T = t.TypeVar("T")
# Seconds for all of them to get ready.
_PATIENCE = 120


def at_once(work: Sequence[Callable[[], T]]) -> list[T]:
    """The results of all, each run in a thread of its own."""
    with concurrent.futures.ThreadPoolExecutor(len(work)) as pool:
        return [future.result() for future in [pool.submit(one) for one in work]]


class Controllers:
    """Controllers with homes, caches and folders for locks of their own, in one lab."""

    def __init__(self, lab: Lab, count: int) -> None:
        self._folder = lab.folder / "controllers"
        self._labs = [lab.controller(self._folder / str(number)) for number in range(count)]

    def run(self, work: Sequence[Sequence[Task]], **variables: t.Any) -> list[Run]:
        """Run the tasks of each controller in a play; all wait until the last one is ready."""
        ready = [self._folder / f"ready-{number}" for number in range(len(work))]
        go = self._folder / "go"
        with concurrent.futures.ThreadPoolExecutor(len(work)) as pool:
            waiting = [
                pool.submit(lab.play, _wait_for(str(mark), str(go)), *tasks, **variables)
                for lab, mark, tasks in zip(self._labs, ready, work, strict=True)
            ]
            end = time.monotonic() + _PATIENCE
            while not all(mark.exists() for mark in ready):
                if time.monotonic() > end or any(future.done() for future in waiting):
                    break
                time.sleep(0.01)
            go.touch()
            return [future.result() for future in waiting]


def _wait_for(mark: str, go: str) -> Task:
    command = f"touch {mark}; until test -e {go}; do sleep 0.02; done"
    return {
        "name": "get ready",
        "ansible.builtin.debug": {"msg": "{{ lookup('pipe', command) }}"},
        "vars": {"command": command},
    }
