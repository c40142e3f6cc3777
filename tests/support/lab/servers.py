# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small servers for what an emulator of the service cannot show: TLS, a proxy, a port that is not open yet, drips."""

from __future__ import annotations

import contextlib
import dataclasses
import http.server
import json
import socket
import ssl
import subprocess
import threading
import time
import typing as t
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from lab.plays import REST_STORAGE


class Server:
    """Answers every request with one flow spec, and remembers what it was asked."""

    def __init__(self, server: http.server.ThreadingHTTPServer) -> None:
        self.place = f"127.0.0.1:{server.server_address[1]}"
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self._server = server
        self._thread = threading.Thread(target=server.serve_forever, daemon=True)

    def wrap(self, tls: ssl.SSLContext) -> None:
        """Serve behind TLS."""
        self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)

    def start(self) -> None:
        """Open the port."""
        self._server.server_activate()
        self._thread.start()

    def prove(self, tls: ssl.SSLContext | None = None) -> None:
        """See a request remembered, so that a test that finds none remembered has seen something."""
        scheme, context = ("https", ssl._create_unverified_context()) if tls else ("http", None)
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )
        with opener.open(f"{scheme}://{self.place}/proof", timeout=30) as answer:
            assert answer.status == 200
        assert self.asked == ["/proof"]
        self.asked.clear()
        self.headers.clear()

    def stop(self) -> None:
        """Close it, if it was opened."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()


@contextlib.contextmanager
def closed_port() -> Iterator[Server]:
    """A server whose port nobody else can have, and which refuses connections until it is started."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def _remember(self) -> None:
            found.asked.append(self.path)
            found.headers.append({name.lower(): value for name, value in self.headers.items()})

        def do_GET(self) -> None:
            self._remember()
            body = json.dumps({"items": [{"id": REST_STORAGE, "name": "elsewhere"}]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - the name that http.server looks for

        def do_CONNECT(self) -> None:
            """As a proxy that does not let anybody through."""
            self._remember()
            self.send_error(403)

        def log_message(self, *_arguments: t.Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler, bind_and_activate=False) as server:
        server.server_bind()
        found = Server(server)
        try:
            yield found
        finally:
            found.stop()


@contextlib.contextmanager
def answering(tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """A server that is there."""
    with closed_port() as server:
        if tls:
            server.wrap(tls)
        server.start()
        server.prove(tls)
        yield server


@dataclasses.dataclass
class Drip:
    """A server that answers a byte at a time, and for how many seconds each client stayed."""

    place: str
    stays: list[float] = dataclasses.field(default_factory=list)

    def wait(self) -> float:
        """For how long the only client stayed, once it is known."""
        end = time.monotonic() + 30
        while not self.stays and time.monotonic() < end:
            time.sleep(0.01)
        (seconds,) = self.stays
        return seconds


@contextlib.contextmanager
def dripping(slow: bytes, first: bytes = b"", pause: float = 0.05) -> Iterator[Drip]:
    """A server that sends ``first`` at once, and then ``slow``, a byte every ``pause`` seconds."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        found = Drip(f"127.0.0.1:{listener.getsockname()[1]}")

        def answer(client: socket.socket) -> None:
            started = time.monotonic()
            with client, contextlib.suppress(OSError):
                client.recv(65536)
                client.sendall(first)
                for byte in slow:
                    client.sendall(bytes([byte]))
                    time.sleep(pause)
            found.stays.append(time.monotonic() - started)

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client, _address = listener.accept()
                    threading.Thread(target=answer, args=(client,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield found
        finally:
            # Has accept end; closing alone does not.
            listener.shutdown(socket.SHUT_RDWR)


def make_certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for 127.0.0.1 that signs itself, and the context of a server that presents it."""
    file, key = folder / "server.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(file)]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, key)
    return file, context
