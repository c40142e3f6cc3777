# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How tests start Ansible: afresh, or by a fork of a process that has imported it (see warm_ansible.py)."""

from __future__ import annotations

import atexit
import collections
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import typing as t
from collections.abc import Mapping, Sequence
from pathlib import Path

# Where the programs of Ansible are: by default in the environment of the tests, next to much that users do not have.
ANSIBLE = Path(os.environ.get("AEP_TEST_ANSIBLE") or Path(sys.executable).parent)
HERE = Path(__file__).parent
PYTHON = str(ANSIBLE / "python")
PLAYBOOK = str(ANSIBLE / "ansible-playbook")
# Seconds for a play to end.
_PATIENCE = 300
# What Ansible and Python read once, when they start, and what of it a fork can still be given.
_READ_AT_START = ("ANSIBLE_", "LANG", "LC_", "LD_", "PYTHON")
_READ_LATER = ("ANSIBLE_ASYNC_DIR", "ANSIBLE_HOME")

PLAY_AFRESH, PLAY_OF_A_FORK, TASK = "plays started afresh", "plays of a fork", "tasks without a play"
# What was started in this process, by its name.
counts: collections.Counter[str] = collections.Counter()
_counting = threading.Lock()


def count(name: str) -> None:
    """Count one start."""
    with _counting:
        counts[name] += 1


def usual_environment() -> dict[str, str]:
    """What is the same for the plays of all tests, and nothing of the person who runs them."""
    ours = ("AEP_", "ANSIBLE_", "XDG_", "PYTHONPATH")
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(ours)},
        "ANSIBLE_COLLECTIONS_PATH": os.environ["ANSIBLE_COLLECTIONS_PATH"],
        "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback_plugins"),
        "ANSIBLE_CALLBACKS_ENABLED": "record",
        "ANSIBLE_CONNECTION_PLUGINS": str(HERE / "connection_plugins"),
        "ANSIBLE_BECOME_PLUGINS": str(HERE / "become_plugins"),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "ANSIBLE_RETRY_FILES_ENABLED": "false",
        "ANSIBLE_NOCOLOR": "true",
    }


def read_at_start(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that a process has to be started with."""
    return {
        name: value
        for name, value in environment.items()
        if name.startswith(_READ_AT_START) and name not in _READ_LATER
    }


class WarmProcess:
    """A process that has imported much and forks for each request to its socket; ends with this one."""

    def __init__(self, script: str, environment: Mapping[str, str]) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="aep-"))
        self.socket = str(self._folder / "socket")
        own = {**environment, "HOME": str(self._folder), "ANSIBLE_HOME": str(self._folder / "ansible")}
        command = [PYTHON, "-P", str(HERE / script), self.socket]
        self._process = subprocess.Popen(command, env=own, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert self._process.stdout.readline().strip() == "ready", f"{script} did not start"

    def stop(self) -> None:
        """End it."""
        with self._process as process:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(10)
        shutil.rmtree(self._folder, ignore_errors=True)


class WarmAnsible(WarmProcess):
    """A process that has imported Ansible, with its own share of the environment."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.fixed = read_at_start(environment)
        super().__init__("warm_ansible.py", environment)

    def ask(
        self, kind: str, environment: Mapping[str, str], folder: Path, **request: t.Any
    ) -> tuple[dict[str, t.Any], str]:
        """Have a fork do something; what it answers, and what it printed."""
        with tempfile.TemporaryDirectory(dir=self._folder) as scratch:
            printed = {name: Path(scratch) / name for name in ("output", "errors")}
            whole = {
                **{name: str(path) for name, path in printed.items()},
                "kind": kind,
                "environment": dict(environment),
                "folder": str(folder),
                **request,
            }
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(_PATIENCE)
                connection.connect(self.socket)
                connection.sendall(json.dumps(whole).encode() + b"\n")
                with connection.makefile("r", encoding="utf-8") as lines:
                    line = lines.readline()
            output = "".join(path.read_text("utf-8") for path in printed.values() if path.exists())
        answer: dict[str, t.Any] = json.loads(line) if line else {"crash": "it ended without an answer"}
        assert "crash" not in answer, f"{answer['crash']}\n{output}"
        return answer, output


_warm: list[WarmAnsible] = []
_modules: list[WarmProcess] = []
_starting = threading.Lock()


def warm_ansible(environment: Mapping[str, str]) -> WarmAnsible | None:
    """The warm process of the tests; None where a play of this environment has to start afresh."""
    with _starting:
        if not _warm:
            _warm.append(WarmAnsible(usual_environment()))
            atexit.register(stop_warm_processes)
    return _warm[0] if read_at_start(environment) == _warm[0].fixed else None


def socket_for_modules() -> str:
    """The socket of the process that runs modules (see warm_modules.py)."""
    with _starting:
        if not _modules:
            collections_path = {"PYTHONPATH": os.environ["ANSIBLE_COLLECTIONS_PATH"]}
            _modules.append(WarmProcess("warm_modules.py", {**usual_environment(), **collections_path}))
            atexit.register(stop_warm_processes)
    return _modules[0].socket


def stop_warm_processes() -> None:
    """End the warm processes, if there are any."""
    with _starting:
        for processes in (_warm, _modules):
            while processes:
                processes.pop().stop()


def run_playbook(arguments: Sequence[str], environment: Mapping[str, str], folder: Path) -> tuple[int, str]:
    """Run ansible-playbook; its exit status, and what it printed."""
    warm = None if (folder / "ansible.cfg").exists() else warm_ansible(environment)
    if warm:
        count(PLAY_OF_A_FORK)
        answer, output = warm.ask("playbook", environment, folder, arguments=list(arguments))
        return int(answer["status"]), output
    count(PLAY_AFRESH)
    finished = subprocess.run(
        [PLAYBOOK, *arguments],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=_PATIENCE,
    )
    return finished.returncode, finished.stdout + finished.stderr
