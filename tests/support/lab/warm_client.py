# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asks warm_ansible.py for a fork, and stands in for the program ansible-playbook where a shell starts it.

As a program, its arguments are the path of the socket, the real program, and what the shell gives the program. It
runs the real one where the environment has what a fork cannot be given.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
from collections.abc import Mapping

# What Ansible and Python read once, when they start, and what of it a fork can still be given.
_READ_AT_START = ("ANSIBLE_", "LANG", "LC_", "LD_", "PYTHON")
_READ_LATER = ("ANSIBLE_ASYNC_DIR", "ANSIBLE_HOME")
# Beside the socket: what the process that listens was started with.
FIXED = "fixed.json"
# Seconds for a play to end.
PATIENCE = 300


def read_at_start(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that a process has to be started with."""
    return {
        name: value
        for name, value in environment.items()
        if name.startswith(_READ_AT_START) and name not in _READ_LATER
    }


def ask(path: str, request: Mapping[str, object], files: list[int]) -> dict[str, object]:
    """Have a fork do something, with these files as its standard input, output, and error; what it answers."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(PATIENCE)
        connection.connect(path)
        # The files come with a byte of their own, so that the line can be read as any other.
        socket.send_fds(connection, [b" "], files)
        connection.sendall(json.dumps(request).encode() + b"\n")
        with connection.makefile("r", encoding="utf-8") as lines:
            line = lines.readline()
    answer: dict[str, object] = json.loads(line) if line else {"crash": "it ended without an answer"}
    return answer


def main(path: str, program: str, arguments: list[str]) -> None:
    """Run a playbook in a fork, or by the real program."""
    environment = dict(os.environ)
    # The shell sets it, and nothing reads it.
    environment.pop("_", None)
    with contextlib.suppress(OSError), open(os.path.join(os.path.dirname(path), FIXED), encoding="utf-8") as file:
        if read_at_start(environment) == json.load(file) and not os.path.exists("ansible.cfg"):
            request = {"kind": "playbook", "environment": environment, "folder": os.getcwd(), "arguments": arguments}
            answer = ask(path, request, [0, 1, 2])
            sys.exit(str(answer["crash"]) if "crash" in answer else int(str(answer["status"])))
    os.execv(program, [program, *arguments])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
