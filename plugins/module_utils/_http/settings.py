# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""How to reach the service, checked before the first request: credentials, URLs, TLS, proxy, and times."""

from __future__ import annotations

import dataclasses
import ipaddress
import os
import re
import typing as t
import urllib.parse
from collections.abc import Mapping

from ansible_collections.aep.flow_service.plugins.module_utils._errors import InputError
from ansible_collections.aep.flow_service.plugins.module_utils._http.redact import find_url_secrets
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON, Params

DEFAULT_SCOPES: t.Final = (
    "openid",
    "session",
    "AdobeID",
    "read_organizations",
    "additional_info.projectedProductContext",
)
_PROXY_SCHEMES: t.Final = ("http", "https", "socks4", "socks4a", "socks5", "socks5h")
# The options and the environment variables that hold URLs, which may hold a password.
_URL_OPTIONS: t.Final = ("proxy", "base_url", "ims_url")
_PROXY_VARIABLES: t.Final = ("http_proxy", "https_proxy", "all_proxy")
_BEARER: t.Final = re.compile(r"\s*(authorization\s*:\s*)?(bearer(\s+|$))*", re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Settings:
    """The connection options, checked. URLs have no trailing slash; times are in seconds."""

    client_id: str
    org_id: str
    sandbox_name: str
    base_url: str
    ims_url: str
    access_token: str | None = dataclasses.field(repr=False)
    client_secret: str | None = dataclasses.field(repr=False)
    scopes: tuple[str, ...]
    validate_certs: bool
    ca_path: str | None
    client_cert: str | None
    client_key: str | None
    proxy: str | None = dataclasses.field(repr=False)
    timeout: float
    tries: int
    retry_deadline: float
    settle_time: float
    token_cache: bool
    secrets: frozenset[str] = dataclasses.field(repr=False)
    """Every value that may appear in no output."""

    @property
    def urls(self) -> tuple[str, ...]:
        """The start of every URL that is asked for."""
        return (self.base_url,) if self.access_token else (self.base_url, self.ims_url)

    @property
    def lock_patience(self) -> float:
        """Seconds to wait for another process of this controller: as long as its own request may take."""
        return max(self.timeout, self.retry_deadline)

    @classmethod
    def from_params(cls, params: Params) -> Settings:
        """Check the connection options of a task.

        Raises InputError, before any request, for what cannot work.
        """
        _check_presence(params)
        client_id = _text(params, "client_id", "AEP_CLIENT_ID", "every request carries it as x-api-key")
        org_id = _text(params, "org_id", "AEP_ORG_ID", "every request names the organization")
        sandbox_name = _text(params, "sandbox_name", "AEP_SANDBOX_NAME", "every request names the sandbox")
        access_token = _secret("access_token", without_bearer(params["access_token"]))
        client_secret = _secret("client_secret", params["client_secret"])
        if not access_token and not client_secret:
            raise InputError(
                "Could not authenticate: there are no credentials. No request was sent. Next step: set access_token (or"
                " AEP_ACCESS_TOKEN). To fetch a token from Adobe IMS, set client_secret (or AEP_CLIENT_SECRET) instead."
            )
        scopes = tuple(scope.strip() for scope in params["scopes"] if scope.strip())
        if not scopes and not access_token:
            raise _unusable("scopes", "scopes is empty, and Adobe IMS issues no token without a scope")
        if params["client_key"] and not params["client_cert"]:
            raise InputError(
                "Could not use client_key: client_key is given without client_cert, its certificate. No request was"
                " sent. Next step: set client_cert, or AEP_CLIENT_CERT in the environment."
            )
        if params["retries"] < 1:
            raise _unusable("retries", "retries must be at least 1, because it counts the first attempt too")
        return cls(
            client_id=client_id,
            org_id=org_id,
            sandbox_name=sandbox_name,
            base_url=_url(params, "base_url"),
            ims_url=_url(params, "ims_url"),
            access_token=access_token,
            client_secret=client_secret,
            scopes=scopes,
            validate_certs=params["validate_certs"],
            ca_path=params["ca_path"],
            client_cert=params["client_cert"],
            client_key=params["client_key"],
            proxy=_proxy(params["proxy"]),
            timeout=_seconds(params, "timeout", zero=False),
            tries=params["retries"],
            retry_deadline=_seconds(params, "retry_deadline"),
            settle_time=_seconds(params, "settle_time"),
            token_cache=params["token_cache"],
            secrets=find_secrets(params),
        )


def find_secrets(params: Params) -> frozenset[str]:
    """Return every value that may appear in no output, also for parameters that are about to be rejected."""
    found: set[str] = set()
    for option in ("access_token", "client_secret"):
        value = str(params.get(option) or "")
        found |= {value, value.strip(), without_bearer(value)}
    found |= secret_texts(params.get("auth_secrets"))
    urls = [params.get(option) for option in _URL_OPTIONS]
    urls += [value for name, value in os.environ.items() if name.lower() in _PROXY_VARIABLES]
    for url in filter(None, urls):
        found |= find_url_secrets(str(url))
    return frozenset(found - {""})


def secret_texts(value: JSON) -> set[str]:
    """Return the texts of every text and number in the value of a secret option."""
    if isinstance(value, Mapping):
        return {text for item in value.values() for text in secret_texts(item)}
    if isinstance(value, (list, tuple)):
        return {text for item in value for text in secret_texts(item)}
    return set() if value in (None, "") or isinstance(value, bool) else {str(value)}


def without_bearer(token: str | None) -> str:
    """Return a token without the ``Bearer`` that people paste along with it."""
    text = token or ""
    start = _BEARER.match(text)
    # Blanks at the end are left where nothing was pasted along: they are complained about.
    return text[start.end() :].strip() if start and start.group().strip() else text


def _unusable(option: str, problem: str) -> InputError:
    return InputError(
        f"Could not use {option}: {problem}. No request was sent."
        f" Next step: correct {option}, or AEP_{option.upper()} in the environment."
    )


def _proxy(text: str | None) -> str | None:
    return checked_proxy(text, PROXY_OPTION) if text and text.strip() else None


PROXY_OPTION: t.Final = "the option proxy (or AEP_PROXY)"


def checked_proxy(text: str, source: str) -> str:
    """Return the URL of a proxy, with a scheme.

    Raises InputError that names ``source``. It shows nothing of the URL, which may hold a password.
    """
    url = text.strip() if "://" in text else f"http://{text.strip()}"
    if not _is_proxy(url):
        raise InputError(
            f"Could not use the proxy: {source} is not a URL of the form http://HOST:PORT. No request was sent."
            f" Next step: correct {source}. Percent-encode special characters in a user name or a password,"
            " for example # as %23, / as %2F, ? as %3F, and a blank as %20."
        )
    return url


def _is_proxy(url: str) -> bool:
    try:
        parts = urllib.parse.urlsplit(url)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        return False
    return (
        port_is_fine
        and bool(parts.hostname)
        and parts.scheme in _PROXY_SCHEMES
        # More than a host most likely is the end of a password that has a /, a ? or a #.
        and parts.path in ("", "/")
        and not re.search(r"[\s?#]", url)
    )


def _check_presence(params: Params) -> None:
    """Check that the required options are set, and report all missing options in one message."""
    wanted = ("client_id",), ("org_id",), ("client_secret", "access_token")
    missing = [options for options in wanted if not any((params[option] or "").strip() for option in options)]
    if len(missing) > 1:
        named = [" or ".join(f"{option} (AEP_{option.upper()})" for option in options) for options in missing]
        raise InputError(
            f"Could not connect to Adobe Experience Platform: there is no {', no '.join(named)}. No request was sent."
            " Next step: export these environment variables. You can also set the options of modules in"
            " module_defaults for group/aep.flow_service.all, and those of lookups in variables such as aep_client_id."
            " The values belong to a project in the Adobe Developer Console with an OAuth server-to-server credential."
        )


def _text(params: Params, option: str, env: str, reason: str) -> str:
    value = (params[option] or "").strip()
    if not value:
        raise InputError(
            f"Could not connect to Adobe Experience Platform: {option} is not set, and {reason}. No request was sent."
            f" Next step: set {option}, or {env} in the environment."
        )
    _check_control_characters(option, value)
    return t.cast(str, value)


def _secret(option: str, value: str | None) -> str | None:
    if not value:
        return None
    _check_control_characters(option, value)
    return value


def _check_control_characters(option: str, value: str) -> None:
    # These values become HTTP headers; the value itself may be secret, so it is not quoted.
    if not value.isascii() or not value.isprintable() or value != value.strip():
        problem = f"{option} has a character that an HTTP header cannot contain, such as a line break or a blank"
        raise _unusable(option, f"{problem} at its end")


def _seconds(params: Params, option: str, zero: bool = True) -> float:
    value = float(params[option])
    if not (0 <= value < float("inf")) or (value == 0 and not zero):
        raise _unusable(option, f"{option} must be a number of seconds {'of at least 0' if zero else 'above 0'}")
    return value


def _url(params: Params, option: str) -> str:
    text = (params[option] or "").strip().rstrip("/")
    try:
        parts = urllib.parse.urlsplit(text)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        parts, port_is_fine = urllib.parse.urlsplit(""), False
    # The text is not quoted as long as it may hold a password.
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_fine or re.search(r"\s", text):
        raise _unusable(option, f"{option} is not a URL of the form https://HOST")
    if "@" in text or parts.query or parts.fragment:
        raise _unusable(option, f"{option} must be a plain URL, without credentials, query or fragment")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise InputError(
            f"Could not use {option}: {option} is {text}, and http would send the token unencrypted. Only loopback"
            f" hosts can use http. No request was sent. Next step: set {option}, or AEP_{option.upper()} in"
            " the environment, to a URL with https."
        )
    return text


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
