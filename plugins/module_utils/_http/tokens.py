# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Access tokens: given by the user, or fetched from Adobe IMS and kept until shortly before they expire."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import threading
import time
import typing as t

from ansible_collections.aep.flow_service.plugins.module_utils._errors import FlowServiceError
from ansible_collections.aep.flow_service.plugins.module_utils._http.locks import Lock, file_name, private_directory
from ansible_collections.aep.flow_service.plugins.module_utils._http.settings import Settings
from ansible_collections.aep.flow_service.plugins.module_utils._http.transport import Transport, find_next_step
from ansible_collections.aep.flow_service.plugins.module_utils._json.files import write_whole
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import mapping_of

IMS_PATH: t.Final = "/ims/token/v3"
# A token is used until this share of its life is left, but no longer than so many seconds before its end.
_SPARE_SHARE: t.Final = 0.1
_SPARE_SECONDS: t.Final = 600.0
# For an answer that does not say how many seconds the token is good.
_UNKNOWN_LIFETIME: t.Final = 300.0
# Of an answer that says more: in seconds, about 30 years.
_LONGEST_LIFETIME: t.Final = 1e9


class Token(t.NamedTuple):
    """A token, and when to stop using it: seconds since the epoch."""

    value: str
    good_until: float


class Tokens:
    """Supplies the token of a task's connection, to each of its threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._token: Token | None = None
        self._cache = _Cache(settings) if settings.token_cache else None
        self._guard = threading.Lock()

    @property
    def can_renew(self) -> bool:
        """Whether a new token can replace a rejected one."""
        return not self._settings.access_token

    def get(self, transport: Transport, refused: str | None = None) -> str:
        """Return a token. ``refused`` is a token that the service rejected."""
        if self._settings.access_token:
            return self._settings.access_token
        with self._guard:
            token = self._token
            if token is None or token.value == refused or token.good_until <= time.time():
                token = self._token = self._cached_or_new(transport, refused)
                transport.redact.add(token.value)
            return token.value

    def _cached_or_new(self, transport: Transport, refused: str | None) -> Token:
        if self._cache is None:
            return self._fetch(transport)
        token = self._cache.read(refused)
        if token:
            return token
        with self._cache.lock.held(self._settings.lock_patience):
            # The process that had the lock before might have requested one.
            token = self._cache.read(refused)
            if not token:
                token = self._fetch(transport)
                self._cache.write(token)
            return token

    def _fetch(self, transport: Transport) -> Token:
        settings = self._settings
        url = settings.ims_url + IMS_PATH
        # In the body: what stands in a query gets logged on the way.
        form = {
            "grant_type": "client_credentials",
            "client_id": settings.client_id,
            "client_secret": settings.client_secret,
            "scope": ",".join(settings.scopes),
        }
        what = f"get an access token for client_id {settings.client_id} from Adobe IMS"
        try:
            answer = transport.with_retries(
                lambda: transport.send(
                    "POST", url, headers={}, what=what, counted=False, next_step=_find_next_step, data=form
                )
            )
        except FlowServiceError as error:
            # Callers must not treat this as a response of the Flow Service, and must not retry it.
            raise FlowServiceError(error.message, **error.facts) from None
        body = mapping_of(answer.body)
        value, lifetime = body.get("access_token"), body.get("expires_in")
        if not isinstance(value, str) or not value or not value.isascii() or not value.isprintable():
            raise FlowServiceError(
                f"Could not {what}: POST {url} answered HTTP {answer.status} without a usable access_token."
                " Next step: check ims_url."
            )
        seconds = float(min(lifetime, _LONGEST_LIFETIME)) if isinstance(lifetime, (int, float)) else _UNKNOWN_LIFETIME
        return Token(value, time.time() + seconds - min(_SPARE_SECONDS, seconds * _SPARE_SHARE))


def _find_next_step(status: int, code: str) -> str:
    """Return what a person can do about an error of Adobe IMS: its statuses are about the client, not about a spec."""
    if not code and status in (400, 401, 403, 422):
        return "check client_id, client_secret and scopes"
    if status in (404, 405):
        return "check ims_url"
    return find_next_step(status, code)


class _Cache:
    """A file with a token for other tasks and processes of this user.

    If the file or its directory is not usable, the cache has no token.
    """

    def __init__(self, settings: Settings) -> None:
        folder = private_directory("tokens")
        secret = file_name(settings.client_secret or "")
        name = file_name(settings.ims_url, settings.client_id, secret, ",".join(settings.scopes))
        self._path = os.path.join(folder, name) if folder else None
        self.lock = Lock(f"{self._path}.lock" if self._path else None)

    def read(self, refused: str | None) -> Token | None:
        """Return the token in the file, unless it is ``refused`` or about to expire."""
        if self._path is None:
            return None
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            with open(descriptor, encoding="utf-8") as file:
                facts = os.fstat(descriptor)
                if not stat.S_ISREG(facts.st_mode) or facts.st_uid != os.getuid() or facts.st_mode & 0o077:
                    return None
                content = json.load(file)
            token = Token(content["access_token"], float(content["good_until"]))
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None
        usable = isinstance(token.value, str) and token.value.isascii() and token.value.isprintable()
        return token if usable and token.value not in ("", refused) and token.good_until > time.time() else None

    def write(self, token: Token) -> None:
        """Keep the token, in place of any other."""
        if self._path is None:
            return
        content = json.dumps({"access_token": token.value, "good_until": token.good_until})
        with contextlib.suppress(OSError):
            write_whole(self._path, content)
