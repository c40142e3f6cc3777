# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small servers for what an emulator of the service cannot show: TLS, a proxy, a port that is not open yet."""

from __future__ import annotations

import contextlib
import http.server
import json
import ssl
import threading
import typing as t
from collections.abc import Iterator

from lab import REST_STORAGE


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
        yield server
