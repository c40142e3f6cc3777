# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How tests start Ansible: afresh, or by a fork of a process that has imported it (see warm_ansible.py)."""

from __future__ import annotations

import atexit
import collections
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import typing as t
from collections.abc import Mapping, Sequence
from pathlib import Path

from lab.warm_client import FIXED, PATIENCE, ask, read_at_start

# Where the programs of Ansible are: by default in the environment of the tests, next to much that users do not have.
ANSIBLE = Path(os.environ.get("AEP_TEST_ANSIBLE") or Path(sys.executable).parent)
HERE = Path(__file__).parent
# The file in the home of a test that lists the modules which have run.
MODULE_RUNS = "module-runs"
# The collection awx.awx, where it was fetched.
AWX_COLLECTIONS = HERE.parents[2] / ".build" / "awx"
PYTHON = str(ANSIBLE / "python")
PLAYBOOK = str(ANSIBLE / "ansible-playbook")
# How many warm processes there are at most, each for plays of another environment.
_MOST_WARM = 3

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


def write_interpreter(file: Path, runs: str, *, afresh: bool = False) -> str:
    """Write a program that Ansible can run modules with, and that adds the path of each to a file; return its path.

    Modules run in forks of a process that has imported what they need, unless a test says where to import from.
    """
    fork = shlex.join([PYTHON, "-IS", str(HERE / "run_module.py"), socket_for_modules(), PYTHON])
    lines = [
        "#!/bin/sh",
        f'case "$1" in */AnsiballZ_*) echo "$1" >> {runs};; esac',
        *([] if afresh else [f'[ -n "$PYTHONPATH" ] || exec {fork} "$@"']),
        f'exec {shlex.quote(PYTHON)} "$@"',
    ]
    file.write_text("\n".join([*lines, ""]), encoding="utf-8")
    file.chmod(0o755)
    return str(file)


class WarmProcess:
    """A process that has imported much and forks for each request to its socket; ends with this one."""

    def __init__(self, script: str, environment: Mapping[str, str]) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="aep-"))
        self.socket = str(self._folder / "socket")
        own = {**environment, "HOME": str(self._folder), "ANSIBLE_HOME": str(self._folder / "ansible")}
        command = [PYTHON, "-P", str(HERE / script), self.socket, *self._arguments()]
        self._process = subprocess.Popen(command, env=own, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert self._process.stdout.readline().strip() == "ready", f"{script} did not start"

    def _arguments(self) -> list[str]:
        """What else the script is given."""
        return []

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
        super().__init__("warm_ansible.py", environment)
        Path(self.socket).with_name(FIXED).write_text(json.dumps(read_at_start(environment)), "utf-8")

    def _arguments(self) -> list[str]:
        # The modules of Ansible itself, which plays run with the Python of the playbook, take forks as well.
        return [write_interpreter(self._folder / "python", f'"$HOME/{MODULE_RUNS}"')]

    def ask(
        self, kind: str, environment: Mapping[str, str], folder: Path, **request: t.Any
    ) -> tuple[dict[str, t.Any], str]:
        """Have a fork do something; what it answers, and what it printed."""
        whole = {"kind": kind, "environment": dict(environment), "folder": str(folder), **request}
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors, open(os.devnull, "rb") as nothing:
            answer = ask(self.socket, whole, [nothing.fileno(), output.fileno(), errors.fileno()])
            printed = []
            for file in (output, errors):
                file.seek(0)
                printed.append(file.read().decode())
        assert "crash" not in answer, f"{answer['crash']}\n{''.join(printed)}"
        return answer, "".join(printed)


# The warm processes, by what of the environment is fixed; None for one that was asked for once, and not started.
_warm: dict[str, WarmAnsible | None] = {}
_modules: list[WarmProcess] = []
_starting = threading.RLock()


def warm_ansible(environment: Mapping[str, str]) -> WarmAnsible | None:
    """The warm process for plays of this environment; None where such a play has to start afresh.

    Besides the usual environment, it is worth a process if it is asked for again.
    """
    usual, fixed = (json.dumps(read_at_start(one), sort_keys=True) for one in (usual_environment(), environment))
    with _starting:
        if fixed != usual and fixed not in _warm:
            _warm[fixed] = None
            return None
        if not _warm.get(fixed) and (fixed == usual or sum(map(bool, _warm.values())) < _MOST_WARM):
            _warm[fixed] = WarmAnsible(environment)
            atexit.register(stop_warm_processes)
        return _warm[fixed]


def stand_in(folder: Path, environment: Mapping[str, str]) -> None:
    """Put a program ansible-playbook into a folder, for shells to find, that asks a warm process for a fork."""
    warm = warm_ansible(environment)
    program = folder / Path(PLAYBOOK).name
    command = [PYTHON, "-IS", str(HERE / "warm_client.py"), warm.socket, PLAYBOOK] if warm else [PLAYBOOK]
    program.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n', encoding="utf-8")
    program.chmod(0o755)


def socket_for_modules() -> str:
    """The socket of the process that runs modules (see warm_modules.py)."""
    with _starting:
        if not _modules:
            importable = os.pathsep.join((os.environ["ANSIBLE_COLLECTIONS_PATH"], str(AWX_COLLECTIONS)))
            _modules.append(WarmProcess("warm_modules.py", {**usual_environment(), "PYTHONPATH": importable}))
            atexit.register(stop_warm_processes)
    return _modules[0].socket


def stop_warm_processes() -> None:
    """End the warm processes, if there are any."""
    with _starting:
        for process in (*_warm.values(), *_modules):
            if process:
                process.stop()
        _warm.clear()
        _modules.clear()


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
        timeout=PATIENCE,
    )
    return finished.returncode, finished.stdout + finished.stderr
