# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line: serve until stopped, or run a command on an emulator of its own."""

from __future__ import annotations

import argparse
import contextlib
import ipaddress
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import typing as t
from collections.abc import Iterator, Sequence
from types import FrameType

import uvicorn

import aep_emulator
from aep_emulator.app import create_app
from aep_emulator.store import Store
from aep_emulator.switches import validate_switches

_MODES = ("serve", "run")


class RunningEmulator:
    """An emulator that listens."""

    def __init__(self, url: str, server: uvicorn.Server) -> None:
        self.url = url
        self.server = server
        self.environment = {
            "AEP_BASE_URL": url,
            "AEP_IMS_URL": url,
            "AEP_CLIENT_ID": "emulator-client",
            "AEP_CLIENT_SECRET": "emulator-secret",
            "AEP_ORG_ID": "EMULATOR@AdobeOrg",
            # Not the production sandbox, which the documentation advises against for first steps.
            "AEP_SANDBOX_NAME": "dev",
        }


class _Server(uvicorn.Server):
    """A server that leaves signals to us: it runs in a thread."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    options = _parser().parse_args(_with_mode(sys.argv[1:] if arguments is None else arguments))
    try:
        switches = validate_switches(dict(map(_switch, options.switch)))
    except ValueError as error:
        sys.exit(f"aep_emulator: {error}")
    if not _is_loopback(options.host):
        print(
            f"WARNING: {options.host} is no loopback address. Whoever reaches it can read and change everything here,"
            " the control API included.",
            file=sys.stderr,
        )
    with _listening(options.host, options.port) as listener:
        store = Store(options.database)
        try:
            config = uvicorn.Config(
                create_app(store, switches),
                access_log=False,
                log_level="warning",
                lifespan="off",
                timeout_graceful_shutdown=1,
            )
            with _serving(_Server(config), listener) as running:
                sys.exit(_run(running, options.words) if options.mode == "run" else _serve(running))
        finally:
            store.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="aep_emulator",
        description=aep_emulator.__doc__,
        epilog="Without a command, it serves: 'aep_emulator --port 8091' is 'aep_emulator serve --port 8091'.",
    )
    parser.add_argument("--version", action="version", version=aep_emulator.__version__)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    common.add_argument("--database", default=":memory:", help="a file to keep the specs in (default: memory)")
    common.add_argument(
        "--switch", action="append", default=[], metavar="NAME=VALUE", help="set a switch; see /_emulator/switches"
    )
    modes = parser.add_subparsers(dest="mode", required=True)
    serve = modes.add_parser("serve", parents=[common], help="serve until interrupted")
    serve.add_argument("--port", type=int, default=8090, help="the port, 0 for any free one (default: %(default)s)")
    run = modes.add_parser("run", parents=[common], help="run a command on an emulator of its own, and stop with it")
    run.add_argument("--port", type=int, default=0, help="the port (default: any free one)")
    run.add_argument("words", nargs="+", metavar="COMMAND", help="the command; put -- before it")
    return parser


def _with_mode(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with ``serve`` before them where they name no mode and ask for no help."""
    if arguments and arguments[0] in (*_MODES, "-h", "--help", "--version"):
        return list(arguments)
    return ["serve", *arguments]


def _switch(text: str) -> tuple[str, t.Any]:
    name, _equals, value = text.partition("=")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@contextlib.contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, or asyncio leaves on what holds small packets back, and every answer takes 40 ms.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            sys.exit(f"aep_emulator: cannot listen on {host}:{port}: {error.strerror}. Choose another --port.")
        yield listener


@contextlib.contextmanager
def _serving(server: _Server, listener: socket.socket) -> Iterator[RunningEmulator]:
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                sys.exit("aep_emulator: the server did not start, see above")
            time.sleep(0.005)
        host, port = listener.getsockname()[:2]
        yield RunningEmulator(f"http://{f'[{host}]' if ':' in host else host}:{port}", server)
    finally:
        server.should_exit = True
        thread.join(timeout=5)


def _serve(running: RunningEmulator) -> int:
    """Serve until a signal comes."""
    stop = threading.Event()
    _on_signals(lambda _number, _frame: stop.set())
    print(f"Flow Service emulator listening on {running.url}")
    for name, value in running.environment.items():
        print(f"export {name}={value}")
    print("Stop it with Ctrl-C.", flush=True)
    stop.wait()
    return 0


def _run(running: RunningEmulator, command: Sequence[str]) -> int:
    """Run a command with the emulator in its environment; the exit status is the command's."""
    try:
        process = subprocess.Popen(command, env={**os.environ, **running.environment})  # noqa: S603 - it is what the user asked for
    except OSError as error:
        print(f"aep_emulator: cannot run {command[0]}: {error.strerror}", file=sys.stderr)
        return 127
    _on_signals(lambda number, _frame: process.send_signal(number))
    status = process.wait()
    return status if status >= 0 else 128 - status


def _on_signals(handler: t.Callable[[int, FrameType | None], t.Any]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handler)
