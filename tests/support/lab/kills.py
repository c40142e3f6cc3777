# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Playbooks that are killed in the middle, and tasks that are cut off at a request."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from lab.plays import Lab, Spec

# The services of the platform, but for IMS.
SERVICES = "/data/foundation/"


def descendants(process: int) -> list[int]:
    """The processes below a process: the workers of Ansible lead sessions of their own."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # The name, in parentheses, may hold anything.
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(stat.parent.name))
    found = [process]
    for one in found:
        found += children.get(one, [])
    return found[1:]


def kill_when(process: subprocess.Popen[bytes], is_time: Callable[[], bool], with_workers: bool = True) -> bool:
    """Kill a process when it is time; whether it came to that before its end."""
    try:
        while process.poll() is None:
            if is_time():
                doomed = descendants(process.pid) if with_workers else []
                for pid in (process.pid, *doomed):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                break
            time.sleep(0.005)
    finally:
        process.wait()
    return process.returncode == -signal.SIGKILL


def requests_of(lab: Lab) -> int:
    """How many requests the services of the platform have seen."""
    return len([request for request in lab.requests() if SERVICES in request["path"]])


def cut_off(lab: Lab, module: str, arguments: Spec, request: int, when: str) -> bool:
    """Run a task that fails at a request, before or after it takes effect; whether it has come to that."""
    lab.forget_requests()
    body = {"title": "cut off", "status": 403}
    lab.fault(None, SERVICES, skip=request, type="status", status=403, body=body, when=when)
    outcome = lab.one(module, arguments)
    lab.end_faults()
    assert outcome.failed or requests_of(lab) <= request
    return outcome.failed
