# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A process that has imported what modules import, and forks one of its own for each module that Ansible starts.

Most of the time of a module goes into imports: Ansible packs it with all that it imports, uncompiled. Run by the
Python of Ansible, with the path of the socket to listen on; it ends when its standard input does. Ansible starts
run_module.py as the interpreter, which hands its arguments, its environment, and its files on.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
import threading
import traceback

_NEEDED = (
    "ansible.module_utils.basic",
    "ansible.module_utils.urls",
    "requests",
    "yaml",
    "ansible_collections.aep.flow_service.plugins.module_utils._module",
    "ansible_collections.aep.flow_service.plugins.module_utils._tasks.registry",
)
# What modules of awx.awx import, where the tests have this collection.
_OF_AWX = "ansible_collections.awx.awx.plugins.module_utils.controller_api"


def _end_with(connection: socket.socket) -> None:
    """End this process once the one that Ansible started has been killed."""
    connection.recv(1)
    os.kill(os.getpid(), signal.SIGKILL)


def _forget_other_collections(script: str) -> None:
    """Let a module of another collection import what Ansible has packed with it."""
    with open(script, encoding="utf-8") as file:
        text = file.read()
    if any(f"ansible_collections.{name}." in text for name in ("aep.flow_service", "awx.awx")):
        return
    for name in [name for name in sys.modules if name.partition(".")[0] == "ansible_collections"]:
        del sys.modules[name]


def _run(arguments: list[str]) -> int:
    """Run the script of these arguments as Python does; its exit status."""
    sys.argv = arguments
    _forget_other_collections(arguments[0])
    status = 0
    try:
        runpy.run_path(arguments[0], run_name="__main__")
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        status = 1
    # As Python ends: what was registered is called, what was written goes out.
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    return status


def _serve(connection: socket.socket) -> None:
    """Run what one connection asks for, in this process, which is its own."""
    _byte, files, _flags, _address = socket.recv_fds(connection, 1, 3)
    with connection.makefile("r", encoding="utf-8") as lines:
        request = json.loads(lines.readline())
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    os.umask(request["umask"])
    for descriptor, file in enumerate(files):
        os.dup2(file, descriptor)
        os.close(file)
    threading.Thread(target=_end_with, args=(connection,), daemon=True).start()
    status = _run(request["arguments"])
    with contextlib.suppress(OSError):
        connection.sendall(bytes([status]))


def _reap() -> None:
    """Forget processes that have ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass


def main(path: str) -> None:
    """Listen until standard input ends."""
    for name in _NEEDED:
        importlib.import_module(name)
    with contextlib.suppress(ImportError):
        importlib.import_module(_OF_AWX)
    # A module finds the collection in what Ansible has packed, and nowhere else.
    for folder in os.environ.pop("PYTHONPATH").split(os.pathsep):
        sys.path.remove(folder)
    gc.collect()
    gc.freeze()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(path)
        listener.listen(64)
        print("ready", flush=True)
        while True:
            readable, _writable, _failed = select.select([listener, sys.stdin], [], [])
            if sys.stdin in readable:
                return
            connection, _address = listener.accept()
            if os.fork() == 0:
                listener.close()
                try:
                    _serve(connection)
                finally:
                    os._exit(0)
            connection.close()
            _reap()


if __name__ == "__main__":
    main(sys.argv[1])
