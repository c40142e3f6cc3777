# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A process that has imported Ansible once, and forks one of its own for each play or task that it is asked for.

Run by the Python of Ansible, with the path of the socket to listen on, and that of the Python of its playbooks. It ends
when its standard input does, so with whoever started it. Each connection brings one request, a line of JSON, and gets
one line back.
"""

from __future__ import annotations

import collections
import contextlib
import gc
import importlib
import json
import os
import pathlib
import select
import shutil
import socket
import sys
import tempfile
import traceback
import typing as t

# Before Ansible reads it: the Python that plays call ansible_playbook_python.
sys.executable = sys.argv[2]

from ansible import constants  # noqa: E402
from ansible.cli.playbook import PlaybookCLI  # noqa: E402
from ansible.plugins import loader  # noqa: E402

Request = dict[str, t.Any]
_COLLECTION = "ansible_collections.aep.flow_service.plugins"
# What every play needs sooner or later: imported here, it costs each of them nothing.
_NEEDED = (
    "ansible.executor.module_common",
    "ansible.executor.playbook_executor",
    "ansible.executor.process.worker",
    "ansible.executor.task_queue_manager",
    "ansible.playbook.included_file",
    "ansible.playbook.role_include",
    "ansible.plugins.action.normal",
    "ansible.plugins.connection.local",
    "ansible.plugins.shell.sh",
    f"{_COLLECTION}.module_utils._tasks.registry",
    f"{_COLLECTION}.plugin_utils._in_worker",
)


def warm_up() -> None:
    """Import what plays need, as ansible-playbook does once it knows its arguments."""
    loader.init_plugin_loader()
    # It warns where it is called twice, and a play calls it.
    setattr(sys.modules["ansible.cli"], "init_plugin_loader", lambda *_arguments: None)  # noqa: B010
    for name in _NEEDED:
        importlib.import_module(name)
    # A play looks at all plugins of these types, and reads the documentation of each for its options.
    for plugins in (loader.callback_loader, loader.connection_loader, loader.shell_loader, loader.become_loader):
        collections.deque(plugins.all(class_only=True), maxlen=0)
    for name in constants.config.get_config_value("INVENTORY_ENABLED"):
        loader.inventory_loader.get(name, class_only=True)
    loader.strategy_loader.get("linear", class_only=True)
    # Forks share what is here as long as nobody writes to it, as the garbage collector would.
    gc.collect()
    gc.freeze()


def _playbook(request: Request) -> Request:
    """What ansible-playbook does with these arguments; the exit status is what it would have been."""
    home = pathlib.Path(os.environ["ANSIBLE_HOME"])
    home.mkdir(mode=0o700, exist_ok=True)
    (home / "tmp").mkdir(mode=0o700, exist_ok=True)
    # What is fixed by the import of Ansible, and is different for each play.
    constants.ANSIBLE_HOME = str(home)
    constants.DEFAULT_LOCAL_TMP = tempfile.mkdtemp(prefix="ansible-local-", dir=home / "tmp")
    # Packing a module takes longer than running it. The packages are the same for all plays; Ansible locks each.
    os.symlink(request["modules"], pathlib.Path(constants.DEFAULT_LOCAL_TMP, "ansiballz_cache"))
    try:
        PlaybookCLI.cli_executor(["ansible-playbook", *request["arguments"]])
    except SystemExit as end:
        return {"status": end.code or 0}
    finally:
        shutil.rmtree(constants.DEFAULT_LOCAL_TMP, ignore_errors=True)
    return {"status": 0}


def _task(request: Request) -> Request:
    """What the action of the collection does with a task, without a play around it."""
    operations = importlib.import_module(f"{_COLLECTION}.module_utils._tasks.registry").OPERATIONS
    in_worker = importlib.import_module(f"{_COLLECTION}.plugin_utils._in_worker")
    result = in_worker.carry_out(
        operations[request["module"]],
        f"aep.flow_service.{request['module']}",
        request["arguments"],
        check_mode=request["check_mode"],
    )
    return {"result": result}


_KINDS = {"playbook": _playbook, "task": _task}


def _serve(connection: socket.socket, modules: str) -> None:
    """Do what one connection asks for, in this process, which is its own; packed modules are kept in a folder."""
    _byte, files, _flags, _address = socket.recv_fds(connection, 1, 3)
    with connection, connection.makefile("r", encoding="utf-8") as lines:
        request: Request = {**json.loads(lines.readline()), "modules": modules}
        os.environ.clear()
        os.environ.update(request["environment"])
        os.chdir(request["folder"])
        tempfile.tempdir = None
        for descriptor, file in enumerate(files):
            os.dup2(file, descriptor)
            os.close(file)
        try:
            answer = _KINDS[request["kind"]](request)
        except BaseException:
            answer = {"crash": traceback.format_exc()}
        sys.stdout.flush()
        sys.stderr.flush()
        text = json.dumps(answer, default=str)
        # Whoever asked may have gone.
        with contextlib.suppress(OSError):
            connection.sendall(f"{text}\n".encode())


def _reap(options: int) -> None:
    """Wait for processes of requests: those that have ended, or all of them."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, options) != (0, 0):
            pass


def main(path: str) -> None:
    """Listen until standard input ends."""
    warm_up()
    modules = pathlib.Path(path).with_name("modules")
    modules.mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(path)
        listener.listen(64)
        print("ready", flush=True)
        while True:
            readable, _writable, _failed = select.select([listener, sys.stdin], [], [])
            if sys.stdin in readable:
                _reap(0)
                return
            connection, _address = listener.accept()
            if os.fork() == 0:
                listener.close()
                try:
                    _serve(connection, str(modules))
                finally:
                    os._exit(0)
            connection.close()
            _reap(os.WNOHANG)


if __name__ == "__main__":
    main(sys.argv[1])
