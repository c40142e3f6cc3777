# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Passwords in URLs, well-formed and not."""

from __future__ import annotations

import base64
import json
import urllib.parse

import pytest

from ansible_collections.aep.flow_service.plugins.module_utils._http.redact import Redactor, find_url_secrets
from ansible_collections.aep.flow_service.plugins.module_utils._http.settings import without_bearer

FOUND = {
    "http://svc:word@host:1": {"word"},
    "svc:word@host": {"word"},
    "http://svc:w%23d@host": {"w%23d", "w#d"},
    "http://svc:w/o:r#d?@host:1/": {"w/o:r#d?"},
    "http://svc:w@rd@host": {"w@rd"},
    "http://svc:word": {"word"},
    "http://svc:s3/word": {"s3/word"},
    "https://a-token-of-some-length@host": {"a-token-of-some-length"},
    "http://svc:@host": set(),
    "http://svc@host": set(),
    "https://host:8443/path": set(),
    "http://[::1]:8080": set(),
    "https://host/path:abc": set(),
    "": set(),
}


@pytest.mark.parametrize("url", FOUND)
def test_what_can_be_a_password_is_found(url: str) -> None:
    assert find_url_secrets(url) == FOUND[url]


def test_credentials_in_any_url_are_hidden() -> None:
    redact = Redactor()
    assert redact("at http://svc:word@host/x, and https://tok@h") == "at http://********@host/x, and https://********@h"
    for harmless in ("https://host/path@x", "mail a@b.c", "http://127.0.0.1:80/x?y=a@b", "https://h#a@b"):
        assert redact(harmless) == harmless


SECRET = 'a/b+c "d" é-of-the-test'
FORMS = {
    "as it is": SECRET,
    "in JSON": json.dumps({"key": SECRET}),
    "in a URL": urllib.parse.quote(SECRET, safe=""),
    "in a form": urllib.parse.urlencode({"key": SECRET}),
    "in base64": base64.b64encode(SECRET.encode()).decode(),
    "in base64 behind a name": base64.b64encode(f"user:{SECRET}".encode()).decode(),
    "in base64 for URLs": base64.urlsafe_b64encode(f"x{SECRET}".encode()).decode(),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("is_late", [False, True])
def test_a_secret_is_hidden_in_every_form(form: str, is_late: bool) -> None:
    redact = Redactor("another one") if is_late else Redactor("another one", SECRET)
    if is_late:
        assert redact(FORMS[form]) == FORMS[form]
        redact.add(SECRET)
    hidden = redact(f"before {FORMS[form]} after")
    assert "********" in hidden
    assert hidden.startswith("before ")
    assert hidden.endswith(" after")
    for part in (SECRET, FORMS[form], FORMS[form][2:-4]):
        assert part not in hidden
    assert redact("another one") == "********"


@pytest.mark.parametrize(
    "text",
    [
        *("Bearer t.0-k", "bearer t.0-k", "BEARER   t.0-k", "  Bearer\tt.0-k \n", "Bearer Bearer t.0-k", "t.0-k"),
        *("Authorization: Bearer t.0-k", "authorization:bearer t.0-k"),
    ],
)
def test_bearer_is_removed(text: str) -> None:
    assert without_bearer(text) == "t.0-k"


@pytest.mark.parametrize("text", ["bearer-of-news", "Bearer", "Bearer ", "", None])
def test_what_is_left_of_no_token(text: str | None) -> None:
    assert without_bearer(text) == ("bearer-of-news" if text == "bearer-of-news" else "")
