# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The interpreter that Ansible is told to run modules with: hands a module on to warm_modules.py.

Its arguments are the path of the socket, the real interpreter, and what Ansible gives the interpreter.
"""

import json
import os
import socket
import sys

path, python, *arguments = sys.argv[1:]
if not arguments or not os.path.basename(arguments[0]).startswith("AnsiballZ_"):
    os.execv(python, [python, *arguments])
umask = os.umask(0o077)
request = {"arguments": arguments, "environment": dict(os.environ), "folder": os.getcwd(), "umask": umask}
with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
    connection.connect(path)
    socket.send_fds(connection, [b" "], [0, 1, 2])
    connection.sendall(json.dumps(request).encode() + b"\n")
    answer = connection.recv(1)
sys.exit(answer[0] if answer else 137)
