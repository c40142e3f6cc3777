# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Secrets in text and in URLs: find them and remove them."""

from __future__ import annotations

import base64
import json
import re
import typing as t
import urllib.parse
from collections.abc import Iterator

_HIDDEN: t.Final = "********"
_SHORTEST_ENCODED: t.Final = 8
_SHORTEST_TOKEN: t.Final = 16
# A user and a password that a well-formed URL carries.
_CREDENTIALS: t.Final = re.compile(r"(?<=://)[^\s/?#@'\"<>]+@")
_PORT: t.Final = re.compile(r"\d*([/?#].*)?", re.DOTALL)


class Redactor:
    """Removes secrets from text, also where they are URL-encoded or in base64, and the credentials in URLs."""

    def __init__(self, *secrets: str) -> None:
        self.secrets: set[str] = set()
        self._forms: list[str] = []
        self.add(*secrets)

    def add(self, *secrets: str) -> None:
        """Add secrets to redact from now on."""
        self.secrets.update(filter(None, secrets))
        forms = {form for secret in self.secrets for form in _forms(secret)}
        # The longest first: one form may be part of another.
        self._forms = sorted(forms, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for form in self._forms:
            text = text.replace(form, _HIDDEN)
        return _CREDENTIALS.sub(f"{_HIDDEN}@", text)


def _forms(secret: str) -> Iterator[str]:
    """Yield a secret as it is, quoted for JSON and for URLs, and in base64 at each offset."""
    yield from (secret, json.dumps(secret)[1:-1])
    raw = secret.encode("utf-8", "surrogatepass")
    yield from (urllib.parse.quote(raw), urllib.parse.quote(raw, safe=""), urllib.parse.quote_plus(raw))
    for before in range(3):
        # Characters at both ends are made of what is around the secret as well.
        encoded = base64.b64encode(bytes(before) + raw).decode()
        whole = encoded[(8 * before + 5) // 6 : 8 * (before + len(raw)) // 6]
        # A short one would hit words that tell nothing of the secret.
        if len(whole) >= _SHORTEST_ENCODED:
            yield from (whole, whole.replace("+", "-").replace("/", "_"))


def find_url_secrets(text: str) -> set[str]:
    """Return what can be a password in a URL, both as it is written and percent-decoded.

    An invalid URL can have a password, too. So the URL needs no scheme, characters that are not percent-encoded are
    part of the password, and text that is not a port counts as a password.
    """
    rest = text.strip().partition("://")[2] or text.strip()
    user_info, has_user, _host = rest.rpartition("@")
    if has_user:
        _user, has_password, password = user_info.partition(":")
        # A long name alone can be a token.
        secret = password if has_password or len(user_info) < _SHORTEST_TOKEN else user_info
    else:
        host, _colon, port = rest.partition(":")
        secret = "" if re.search(r"[\[/?#]", host) or _PORT.fullmatch(port) else port
    return {form for form in (secret, urllib.parse.unquote(secret)) if form}
