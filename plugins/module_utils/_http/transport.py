# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""HTTP: one session, retries under one deadline, and every failure as one clear sentence."""

from __future__ import annotations

import copy
import dataclasses
import datetime
import email.utils
import functools
import http.cookiejar
import io
import json
import math
import os
import random
import re
import time
import traceback
import typing as t
import urllib.parse
import warnings
from collections.abc import Callable, Mapping

from ansible.module_utils.basic import missing_required_lib

from ansible_collections.aep.flow_service.plugins.module_utils._errors import FlowServiceError
from ansible_collections.aep.flow_service.plugins.module_utils._http.redact import Redactor
from ansible_collections.aep.flow_service.plugins.module_utils._http.settings import (
    PROXY_OPTION,
    Settings,
    checked_proxy,
)
from ansible_collections.aep.flow_service.plugins.module_utils._json.decode import decode_text, parse_json
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON

REQUESTS_IMPORT_ERROR: str | None = None
try:
    import requests
    import requests.utils
    import urllib3.exceptions

    from ansible_collections.aep.flow_service.plugins.module_utils._http.timeouts import BoundedAdapter
except ImportError:
    REQUESTS_IMPORT_ERROR = traceback.format_exc()

# As many threads of one task can keep a connection each.
MOST_CONNECTIONS: t.Final = 64
USER_AGENT: t.Final = "ansible-aep.flow_service"
RETRY_STATUSES: t.Final = frozenset((429, 500, 502, 503, 504))
# How urllib3 begins what it says of a connection.
_PREFIX: t.Final = re.compile(r"^_?HTTPS?(Connection|Pool|ConnectionPool)\(.*?\): ")
# Answers longer than this are quoted in part.
_EXCERPT: t.Final = 300
_FIRST_PAUSE: t.Final = 0.5
_LONGEST_PAUSE: t.Final = 30.0


class NoAnswerError(FlowServiceError):
    """No usable answer came: whether the request took effect is not known."""


class ServiceError(FlowServiceError):
    """The service answered, and the answer was no."""

    def __init__(self, message: str, status: int, code: str, retry_after: float | None, body: JSON) -> None:
        super().__init__(message, status=status, code=code)
        self.status = status
        self.code = code
        self.retry_after = retry_after
        self.body = body


class StaleReadError(Exception):
    """A write was about to be sent again, although what it is based on has become too old."""


@dataclasses.dataclass
class RequestStats:
    """What a task asked of the service: returned as ``api``."""

    requests: int = 0
    writes: int = 0
    retries: int = 0
    request_ids: list[str] = dataclasses.field(default_factory=list)
    accepted_writes: int = 0
    """The writes that the service accepted, or may have accepted: those that it did not reject."""

    def add(self, other: RequestStats) -> None:
        """Add what a part of the task asked."""
        self.requests += other.requests
        self.writes += other.writes
        self.retries += other.retries
        self.request_ids += other.request_ids
        self.accepted_writes += other.accepted_writes

    @property
    def has_changed(self) -> bool:
        """Whether something was changed on the service, or may have been."""
        return self.accepted_writes > 0

    def as_result(self) -> dict[str, JSON]:
        """Return the request statistics for a result."""
        shown = dataclasses.asdict(self)
        del shown["accepted_writes"]
        return shown


@dataclasses.dataclass(frozen=True)
class Response:
    """A successful answer."""

    status: int
    headers: Mapping[str, str]
    text: str
    """What JSON it holds; empty where that cannot be read as a text."""

    @property
    def body(self) -> JSON:
        """The JSON value; None where it was not JSON or not there."""
        return _json_value(self.text)


class RetryBudget:
    """The tries left for one purpose, such as getting one spec written, under the deadline of the task."""

    def __init__(self, tries: int, deadline: float, stats: RequestStats) -> None:
        self._left = tries - 1
        self._deadline = deadline
        self._stats = stats
        self._pause = _FIRST_PAUSE

    def wait(self, error: FlowServiceError) -> None:
        """Wait before the next try.

        Raises ``error``, with a word on why there is no further try, if there is none.
        """
        asked = getattr(error, "retry_after", None)
        # Jitter keeps clients that failed together from coming back together.
        pause = asked if asked is not None else self._pause * random.uniform(0.5, 1.0)
        if self._left < 1:
            raise _amended(error, "This was the last attempt that the option retries allows.")
        if time.monotonic() + pause > self._deadline:
            reason = (
                f"The service requires a wait of {asked:.0f} s, which is longer than"
                if asked is not None
                else "Another attempt would take longer than"
            )
            raise _amended(error, f"{reason} the option retry_deadline allows.")
        self._left -= 1
        self._pause = min(self._pause * 2, _LONGEST_PAUSE)
        time.sleep(pause)
        self._stats.retries += 1


def _amended(error: FlowServiceError, sentence: str) -> FlowServiceError:
    _reason, step, rest = error.message.partition(" Next step: ")
    error.message = f"{error.reason} {sentence}{step}{rest}"
    error.args = (error.message,)
    return error


@functools.lru_cache(maxsize=4)
def _session(_process: int, verify: bool | str, client_cert: str | None, client_key: str | None) -> requests.Session:
    """Return the session of the process for one way of trust, so that the items of a loop share connections.

    It belongs to one process, because a fork inherits the open connections of its parent. An inventory or a lookup has
    used them there, and two forks that share one would read the responses to each other.
    """
    session = requests.Session()
    # requests would let a .netrc replace the Authorization header, and REQUESTS_CA_BUNDLE win over
    # validate_certs: what of the environment is wanted is looked up here instead.
    session.trust_env = False
    session.verify = verify
    if client_cert:
        session.cert = (client_cert, client_key) if client_key else client_cert
    session.headers.update({"User-Agent": USER_AGENT, "Accept": "application/json"})
    # One task's cookies are not another's.
    session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("http://", "https://"):
        session.mount(scheme, BoundedAdapter(pool_maxsize=MOST_CONNECTIONS))
    return session


def _verify(settings: Settings) -> bool | str:
    if not settings.validate_certs:
        return False
    variables = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
    return settings.ca_path or next(filter(None, map(os.environ.get, variables)), True)


# The documents differ in it, and so do responses.
_COMPONENT: t.Final = re.compile(r"^[A-Z]+-(?=[0-9])")
_STEPS_BY_CODE: t.Final = {
    "403000": "set client_id (or AEP_CLIENT_ID), which is sent as x-api-key",
    "403003": "check client_id: the gateway did not accept it",
    "403010": "set access_token or client_secret",
    "400003": "check org_id",
    "403025": "ask the administrator of the organization for access to this API",
    "403027": "check that org_id is the organization that client_id belongs to",
    "1101-404": "check the id and sandbox_name",
    "1413-400": "check the IDs of connection specs in the definition",
    "1381": "set window_end to a later time than window_start",
    "1382": "set delta_column to the column that the transformation Copy of the dataflow names",
    "1383": "set delta_column to the column by which the source recognizes new records",
    "1384": "set window_start and window_end",
    "1385": "wait for the next run of the schedule: the connector of this source starts no run on demand",
    "1386": "wait for the next run of the schedule: only a dataflow with the frequency once has runs on demand",
    "1387": "look up the run with dataflow_run_info: only a failed run, or one without records, can be retried",
    "1388": "enable the dataflow, and run the task again",
    "1427": "use a technical account with the permission to start runs",
    "1430": "check the ID of the dataflow and sandbox_name",
    "1426-400": "use a technical account with the permission to write specs",
    "1439-400": "check the id and sandbox_name",
    **dict.fromkeys(
        ("2100", "2101", "2105", "2111"),
        "check sandbox_name: it must be the lower-case name of a sandbox of the organization",
    ),
    **dict.fromkeys(("2000", "2001", "2002"), "check org_id, and that the token is of that organization"),
    "invalid_client": "check client_id and client_secret",
    "invalid_scope": "check scopes",
    **dict.fromkeys(("1440-400", "1449-400", "1450-400", "1452-400", "1453-400"), "correct the filter in properties"),
}
_CORRECT: t.Final = "correct the values that the service reports, in the definition or in the options"
_STEPS_BY_STATUS: t.Final = {
    400: _CORRECT,
    401: "get a new access_token, or set client_secret to fetch one",
    403: "ask the administrator of the organization for the permission on this sandbox",
    404: "check the id, sandbox_name and base_url",
    405: "check base_url: the service there does not offer this operation",
    408: "run again, or increase timeout",
    409: "look up the existing object with this name",
    412: "run again: another client wrote at the same time",
    413: "reduce the size of the definition",
    422: _CORRECT,
    428: "run again: the service requires the current version of the spec",
    429: "run again later or with fewer forks: the service limits the rate",
}


def short_code(code: str) -> str:
    """Return a code as the tables of the documentation print it: without the component, such as FLOW or CONNECTOR."""
    return _COMPONENT.sub("", code)


def find_next_step(status: int, code: str) -> str:
    """Return what a person can do about an error of the service."""
    short = short_code(code)
    step = _STEPS_BY_CODE.get(short) or _STEPS_BY_CODE.get(short.partition("-")[0])
    if step:
        return step
    if status in _STEPS_BY_STATUS:
        return _STEPS_BY_STATUS[status]
    if status < 400:
        return "set base_url and ims_url to where the service really is"
    if status < 500:
        # The same request gets the same answer.
        return f"{_CORRECT}. If the service reports none, send the request ID to Adobe support"
    return "try again later. If the error persists, send the request ID to Adobe support"


class Proxy(t.NamedTuple):
    """A proxy, and the option or the environment variable that names it."""

    url: str
    source: str


def _find_proxy(settings: Settings, url: str) -> Proxy | None:
    """Return the proxy for a URL.

    Raises InputError for one in the environment that is not a URL.
    """
    if settings.proxy:
        return Proxy(settings.proxy, PROXY_OPTION)
    found = requests.utils.select_proxy(url, requests.utils.get_environ_proxies(url))
    if not found:
        return None
    names = (f"{urllib.parse.urlsplit(url).scheme}_proxy", "all_proxy")
    variables = (variable for name in names for variable in os.environ if variable.lower() == name)
    variable = next((one for one in variables if os.environ[one] == found), None)
    source = f"the environment variable {variable}" if variable else "the proxy setting of the system"
    return Proxy(checked_proxy(found, source), source)


def _insecure_hosts(settings: Settings) -> list[str]:
    """Return the hosts whose certificates are not checked, although they have one."""
    parts = [urllib.parse.urlsplit(url) for url in settings.urls if not settings.validate_certs]
    return list(dict.fromkeys(one.netloc for one in parts if one.scheme == "https"))


class Transport:
    """Sends requests, each with the time-out, TLS and proxy of the task."""

    def __init__(self, settings: Settings) -> None:
        if REQUESTS_IMPORT_ERROR is not None:
            raise FlowServiceError(
                f"Could not import requests: {missing_required_lib('requests')}"
                " Next step: run this command on that host: python -m pip install requests PyYAML",
                traceback=REQUESTS_IMPORT_ERROR.splitlines(),
            )
        self.settings = settings
        self.stats = RequestStats()
        self.redact = Redactor(*settings.secrets)
        self.deadline = time.monotonic() + settings.retry_deadline
        self._proxies = {url: _find_proxy(settings, url) for url in settings.urls}
        self._session = _session(os.getpid(), _verify(settings), settings.client_cert, settings.client_key)
        if not settings.validate_certs:
            # In place of its warning for each request, there is one of ours.
            warnings.simplefilter("ignore", urllib3.exceptions.InsecureRequestWarning)

    @property
    def warnings(self) -> list[str]:
        """What the person who runs the task is to be warned of."""
        hosts = _insecure_hosts(self.settings)
        if not hosts:
            return []
        return [
            f"The certificate of {' and '.join(hosts)} is not checked, because validate_certs is false: another server"
            " can pose as this one and read the credentials. To stop this warning, set ca_path to the certificate of"
            " the authority that signed it, and remove validate_certs."
        ]

    def branch(self) -> Transport:
        """Return a transport for a thread of the task, with separate request statistics and a separate deadline."""
        branch = copy.copy(self)
        branch.stats = RequestStats()
        branch.deadline = time.monotonic() + self.settings.retry_deadline
        return branch

    def _proxy_for(self, url: str) -> Proxy | None:
        return next((proxy for start, proxy in self._proxies.items() if url.startswith(f"{start}/")), None)

    def budget(self) -> RetryBudget:
        """Return the retry budget for one purpose."""
        return RetryBudget(self.settings.tries, self.deadline, self.stats)

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        what: str,
        counted: bool = True,
        is_read: bool = False,
        next_step: Callable[[int, str], str] = find_next_step,
        body: JSON = None,
        data: Mapping[str, str | None] | None = None,
    ) -> Response:
        """Send one request, once.

        ``what`` says in a message what was attempted, as in ``read flow spec X``. A request that is not ``counted``
        stays out of the statistics of the task. One that ``is_read`` changes nothing, whatever its method is.
        Raises ServiceError for an answer of status 300 and above, NoAnswerError where there is no whole answer.
        """
        is_write = counted and not is_read and method in ("POST", "PUT", "PATCH", "DELETE")
        if counted:
            self.stats.requests += 1
            self.stats.writes += is_write
        # Until the service rejects it, or it is known not to have left, a write may have been accepted.
        self.stats.accepted_writes += is_write
        proxy = self._proxy_for(url)
        end = time.monotonic() + self.settings.timeout
        try:
            with self._session.request(
                method,
                url,
                headers=dict(headers),
                proxies={"http": proxy.url, "https": proxy.url} if proxy else {},
                timeout=self.settings.timeout,
                allow_redirects=False,
                stream=True,
                json=body,
                data=data,
            ) as response:
                raw = _read(response, end)
        except requests.exceptions.RequestException as error:
            self.stats.accepted_writes -= is_write and _was_not_sent(error)
            raise self._connection_failure(error, method, url, what, proxy) from None
        except OSError as error:
            # requests checks ca_path and client_cert itself, with an error that names the file.
            self.stats.accepted_writes -= is_write
            raise FlowServiceError(
                f"Could not {what}: {self.redact(str(error))}. Next step: check ca_path, client_cert, and client_key."
            ) from None
        request_id = _request_id(response)
        if request_id and counted:
            self.stats.request_ids.append(self.redact(request_id))
        text = _text(raw)
        if response.status_code >= 300:
            body = _json_value(text)
            self.stats.accepted_writes -= is_write and _is_rejection(response.status_code)
            step = next_step(response.status_code, read_error(body)[0])
            if response.status_code == 407:
                step = f"check the user and the password in {proxy.source if proxy else PROXY_OPTION}"
            raise self._service_error(response, raw, body, what=what, request=f"{method} {url}", step=step)
        return Response(response.status_code, response.headers, text)

    def _connection_failure(
        self, error: Exception, method: str, url: str, what: str, proxy: Proxy | None
    ) -> FlowServiceError:
        names = requests.exceptions
        attempt = f"Could not {what}: {method} {url}"
        if isinstance(error, names.SSLError):
            # Trying again does not mend a certificate.
            return FlowServiceError(
                self.redact(
                    f"{attempt} failed in the TLS handshake: {_root(error)}."
                    " Next step: check ca_path, validate_certs, client_cert and the host in base_url and ims_url."
                )
            )
        if isinstance(error, (names.InvalidURL, names.InvalidSchema, names.MissingSchema, names.InvalidProxyURL)):
            # What the library says of a URL can hold a part of a password, which is not found as a secret.
            reason = str(error) if isinstance(error, names.InvalidSchema) else type(error).__name__
            what_is_wrong = f"proxy of {proxy.source}" if proxy else "URL"
            return FlowServiceError(
                self.redact(
                    f"{attempt}: the {what_is_wrong} cannot be used ({reason.rstrip('.')}). No request was sent."
                    f" Next step: check {proxy.source if proxy else 'base_url and ims_url'}."
                )
            )
        if isinstance(error, names.ProxyError):
            source = proxy.source if proxy else PROXY_OPTION
            cause, step = (
                f"the proxy of {source} rejected the connection or is not reachable ({_root(error)})",
                f"check {source}",
            )
        elif _is_timeout(error):
            cause = f"there was no response within {self.settings.timeout:g} s"
            step = "check the network, or increase timeout"
        else:
            cause, step = (
                f"the connection failed ({_root(error)})",
                "check the network and the host in base_url and ims_url",
            )
        return NoAnswerError(self.redact(f"{attempt}: {cause}. Next step: {step}."))

    def _service_error(
        self, response: requests.Response, raw: bytes, body: JSON, *, what: str, request: str, step: str
    ) -> ServiceError:
        code, said, body_request_id = read_error(body)
        request_id = body_request_id or _request_id(response)
        if body is None and raw:
            kind = response.headers.get("Content-Type", "no content type")
            said = f"a body that is not JSON ({kind}): {raw[:_EXCERPT].decode(errors='replace')!r}"
        location = response.headers.get("Location")
        if 300 <= response.status_code < 400 and location:
            said = f"a redirect to {location[:_EXCERPT]}, which is not followed, to keep the token from another address"
        parts = [
            f"Could not {what}: {request} answered HTTP {response.status_code}",
            f", code {code}" if code else "",
            f": {said}" if said else "",
            "" if said.endswith((".", "!", "?")) else ".",
            f" Request ID: {request_id}." if request_id else "",
            f" Next step: {step}.",
        ]
        error = ServiceError(
            self.redact("".join(parts)),
            response.status_code,
            code,
            _retry_after(response.headers.get("Retry-After")),
            body if raw else {},
        )
        error.add(request_id=request_id, service_message=self.redact(said))
        return error

    def with_retries(
        self,
        attempt: Callable[[], Response],
        budget: RetryBudget | None = None,
        still_fresh: Callable[[], bool] = lambda: True,
    ) -> Response:
        """Call ``attempt`` again for as long as its failure may pass and the budget allows.

        Meant for requests that may be repeated: GET, PUT, and getting a token.
        Raises StaleReadError when the time came to try again and it is no longer ``still_fresh``.
        """
        budget = budget or self.budget()
        while True:
            try:
                return attempt()
            except FlowServiceError as error:
                if not is_transient(error):
                    raise
                budget.wait(error)
            if not still_fresh():
                raise StaleReadError


def is_transient(error: FlowServiceError) -> bool:
    """Return whether the failure is transient, so that a retry can succeed."""
    return isinstance(error, NoAnswerError) or (isinstance(error, ServiceError) and error.status in RETRY_STATUSES)


def _request_id(response: requests.Response) -> str | None:
    return response.headers.get("x-request-id") or response.headers.get("x-adobe-request-id")


def _read(response: requests.Response, end: float) -> bytes:
    """Return the whole body, unless it has not ended at this moment of the monotonic clock."""
    body = io.BytesIO()
    for chunk in response.iter_content(65536):
        body.write(chunk)
        # Reading from the network ends in time by itself; what is decompressed can still take long.
        if time.monotonic() > end:
            raise requests.exceptions.ReadTimeout("the answer did not end within the timeout")
    return body.getvalue()


def _was_not_sent(error: Exception) -> bool:
    """Return whether a request failed before it left: no connection could be made."""
    names, inner = requests.exceptions, error.args[0] if error.args else None
    reason = getattr(inner, "reason", inner)
    return isinstance(error, (names.ConnectTimeout, names.ProxyError, ValueError)) or isinstance(
        reason, (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError)
    )


def _is_rejection(status: int) -> bool:
    """Return whether a status says that a write had no effect.

    A redirect does not, nor does a timeout that was noticed between the gateway and the service.
    """
    return 400 <= status < 500 and status not in (408, 499)


def _is_timeout(error: Exception) -> bool:
    # While a body is read, requests wraps the timeout as a failed connection.
    inner = error.args[0] if error.args else None
    return isinstance(error, requests.exceptions.Timeout) or isinstance(inner, urllib3.exceptions.ReadTimeoutError)


def _root(error: BaseException) -> str:
    """Return the innermost reason of a wrapped error, without the addresses of objects."""
    reason: BaseException = error
    while True:
        inner = getattr(reason, "reason", None) or (reason.args[0] if getattr(reason, "args", None) else None)
        if not isinstance(inner, BaseException):
            break
        reason = inner
    text = str(inner if isinstance(inner, str) and not isinstance(reason, OSError) else reason)
    return _PREFIX.sub("", text.split(">: ", 1)[-1]).strip().rstrip(".")


def _text(raw: bytes) -> str:
    try:
        return decode_text(raw)
    except ValueError:
        return ""


def _json_value(text: str) -> JSON:
    try:
        return parse_json(text)
    except ValueError:
        return None


def read_error(body: JSON) -> tuple[str, str, str | None]:
    """Return the code, the message, and the request ID of an error body, in any form of the platform.

    Source: Adobe's documented bodies of the gateway, of the Flow Service in its older and current form, of IMS.
    """
    if not isinstance(body, Mapping):
        return "", "", None
    report = body.get("report")
    report = report if isinstance(report, Mapping) else {}
    code = body.get("error_code") or ""
    kind = body.get("type")
    if not code and isinstance(kind, str) and "/errors/" in kind:
        code = kind.rsplit("/", 1)[-1]
    if not code and isinstance(body.get("error"), str):
        code = body["error"]
    words = (
        report.get("detailed-message"),
        body.get("errorMessage"),
        body.get("errorDetails"),
        body.get("message"),
        body.get("detail"),
        body.get("error_description"),
        body.get("title"),
    )
    said = next((word for word in words if isinstance(word, str) and word), "")
    if not said and body:
        said = json.dumps(body)[:_EXCERPT]
    request_id = report.get("request-id")
    return str(code), said, request_id if isinstance(request_id, str) else None


def _retry_after(value: str | None) -> float | None:
    """Return the seconds to wait, from a header with seconds or a date; None if it has neither."""
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            when = email.utils.parsedate_to_datetime(value)
        except ValueError:
            return None
        if when.tzinfo is None:
            when = when.replace(tzinfo=datetime.UTC)
        seconds = when.timestamp() - time.time()
    return max(seconds, 0.0) if math.isfinite(seconds) else None
