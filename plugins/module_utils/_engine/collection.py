# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""The Flow Service's specs: list, get, create and replace, for one kind of spec at a time."""

from __future__ import annotations

import copy
import dataclasses
import re
import time
import typing as t
import urllib.parse
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from ansible_collections.aep.flow_service.plugins.module_utils._engine.approval import Approval
from ansible_collections.aep.flow_service.plugins.module_utils._engine.backup import Backup
from ansible_collections.aep.flow_service.plugins.module_utils._errors import FlowServiceError
from ansible_collections.aep.flow_service.plugins.module_utils._http.locks import Lock
from ansible_collections.aep.flow_service.plugins.module_utils._http.settings import Settings
from ansible_collections.aep.flow_service.plugins.module_utils._http.tokens import Tokens
from ansible_collections.aep.flow_service.plugins.module_utils._http.transport import (
    Response,
    RetryBudget,
    ServiceError,
    Transport,
    find_next_step,
    short_code,
)
from ansible_collections.aep.flow_service.plugins.module_utils._json.decode import decode_items
from ansible_collections.aep.flow_service.plugins.module_utils._json.text import is_lookalike
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON, JSONObject
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import id_key, is_same_id
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import Kind, Spec

# How the service says that a spec is not there; the catalogue of its errors and its answers differ on the status.
_ABSENT_CODES: t.Final = ("1439", "1101")
# In a filter, a comma separates values and quotes may enclose one; nothing says how to escape them.
_PLAIN_VALUE: t.Final = re.compile(r"[A-Za-z0-9._-]+")
_IDS_IN_A_FILTER: t.Final = 40
# The filters whose meaning is beyond doubt: a field is equal to one of several texts.
_COMPARABLE_FILTER: t.Final = re.compile(r"(?P<path>[A-Za-z][A-Za-z0-9.\[\]]*)==(?P<values>[^=~*][^*]*)")


class UnreadableAnswerError(FlowServiceError):
    """The service took a request, but what it answered says nothing."""


@dataclasses.dataclass(frozen=True)
class LiveSpec:
    """A spec as it was read: spellings folded, and what it takes to write it safely."""

    spec: Spec
    etag: str | None
    read_at: float
    """When the read began, on the monotonic clock."""
    variant: int | None = None
    """The place of the field name variant under which it was read; None where it has no such field."""

    @property
    def id(self) -> str:
        """The id that the service gave the spec."""
        return t.cast(str, self.spec["id"])

    def is_fresh(self, seconds: float) -> bool:
        """Return whether the read began less than so many seconds ago."""
        return time.monotonic() - self.read_at <= seconds


class Service:
    """The Flow Service for one task, or for one part of it."""

    def __init__(
        self,
        settings: Settings,
        tell: Callable[[str], None] = lambda _text: None,
        backup: Backup | None = None,
        approval: Approval | None = None,
    ) -> None:
        self.settings = settings
        self.approval = approval or Approval(None)
        self.backup = backup or Backup(None, settings.sandbox_name)
        self.tell = tell
        """Displays the progress of a long task, if there is a display."""
        self.transport = Transport(settings)
        self._tokens = Tokens(settings)

    def branch(self) -> Service:
        """Return the service for a thread of the task: the same token, separate request statistics and deadline."""
        branch = copy.copy(self)
        branch.transport = self.transport.branch()
        return branch

    def collection(self, kind: Kind) -> Collection:
        """Return the objects of one kind."""
        return Collection(self, kind)

    def request(
        self, method: str, url: str, what: str, *, body: JSON = None, is_read: bool = False, etag: str | None = None
    ) -> Response:
        """Send one request with the headers of the service, and after a rejected token, again with a new one."""

        def send(token: str) -> Response:
            headers = {"Authorization": f"Bearer {token}", **self._headers(), **({"If-Match": etag} if etag else {})}
            return self.transport.send(
                method, url, headers=headers, what=what, is_read=is_read, body=body, next_step=self._find_next_step
            )

        token = self._tokens.get(self.transport)
        try:
            return send(token)
        except ServiceError as error:
            if error.status != 401 or not self._tokens.can_renew:
                raise
            renewed = self._tokens.get(self.transport, refused=token)
        self.transport.stats.retries += 1
        return send(renewed)

    def _headers(self) -> dict[str, str]:
        return {
            "x-api-key": self.settings.client_id,
            "x-gw-ims-org-id": self.settings.org_id,
            "x-sandbox-name": self.settings.sandbox_name,
        }

    def _find_next_step(self, status: int, code: str) -> str:
        """Return what a person can do about an error."""
        return find_next_step(status, code)


class Collection:
    """The objects of one kind, as the service has them."""

    def __init__(self, service: Service, kind: Kind) -> None:
        self.service = service
        self.kind = kind
        self.settings = service.settings
        self.transport = service.transport
        self._service_url = self.settings.base_url + kind.api
        self._url = f"{self._service_url}/{kind.collection}"
        self.hide: Callable[[Spec], Spec] = kind.masked
        """What a backup may show of an object."""
        self.lookalikes: dict[str, str] = {}
        """The ids of specs that were seen while a name was looked up, and whose names look like it."""

    def lock(self, *what: str) -> Lock:
        """Return the lock of a spec, or of the creation of one."""
        settings = self.settings
        place = (self._service_url, settings.org_id, settings.sandbox_name)
        return Lock.on(*place, self.kind.collection, *what)

    def get(self, spec_id: str) -> LiveSpec | None:
        """Return a spec by its ID; None if it does not exist."""
        what = f"read {self.kind.noun} {spec_id}"
        read_at = time.monotonic()
        url = self._url_of(spec_id)
        try:
            answer = self._read(url, what)
        except ServiceError as error:
            if _says_absent(error):
                return None
            raise
        items = self._items(answer, what, url, bare_is_fine=True)
        if not items:
            return None
        if len(items) > 1 or not is_same_id(items[0]["id"], spec_id):
            raise self._unreadable(what, "GET", url, f"with specs other than the one of id {spec_id}")
        return self._live(items[0], read_at, answer.headers.get("ETag"))

    def find(
        self, *, name: str | None = None, ids: Iterable[str] = (), properties: Sequence[str] = ()
    ) -> list[LiveSpec]:
        """Return the specs with the name and one of the IDs that match the raw filters; all specs without any of them.

        The service is asked to filter only where its way to filter is beyond doubt; the name and the ids
        are compared again here, exactly.
        """
        wanted = list(dict.fromkeys(ids))
        keys = set(map(id_key, wanted))
        filters = list(properties)
        if name is not None and _PLAIN_VALUE.fullmatch(name):
            filters.append(f"name=={name}")
        chunks: list[list[str]] = [
            wanted[start : start + _IDS_IN_A_FILTER] for start in range(0, len(wanted), _IDS_IN_A_FILTER)
        ]
        found: list[LiveSpec] = []
        for chunk in chunks or [[]]:
            for live in self.listing([*filters, f"id=={','.join(chunk)}"] if chunk else filters):
                if is_lookalike(live.spec.get("name"), name):
                    self.lookalikes[live.id] = str(live.spec["name"])
                if (name is None or live.spec.get("name") == name) and (not keys or id_key(live.id) in keys):
                    found.append(live)
        return found

    def listing(self, filters: Sequence[str] = (), options: Mapping[str, str] | None = None) -> Iterator[LiveSpec]:
        """Yield the specs that match the raw filters, page by page. Without filters, yield all.

        ``options`` are other parameters of the query, such as the order.
        """
        what = f"list {self.kind.noun}s"
        parameters = [("property", text) for text in filters] + list((options or {}).items())
        query = "&".join(map(_as_parameter, parameters))
        url: str | None = f"{self._url}?{query}" if query else self._url
        seen: set[str] = set()
        # A link to the next page can carry a token alone: then it is not known whether the filters are still heeded.
        is_filtered = True
        while url:
            if url in seen:
                raise self._unreadable(what, "GET", url, "with a link to a page that was read already")
            seen.add(url)
            read_at = time.monotonic()
            try:
                answer = self._read(url, what)
            except ServiceError as error:
                if filters and len(seen) == 1 and _says_absent(error):
                    return
                raise
            page: JSONObject = {}
            for item in self._items_of_page(answer.text, page, what, url):
                if is_filtered or all(fits(text, item) for text in filters):
                    yield self._live(item, read_at)
            del answer
            url, keeps_filters = self._next_page(page, what, url, parameters)
            is_filtered = is_filtered and keeps_filters

    def _items_of_page(self, text: str, page: JSONObject, what: str, url: str) -> Iterator[Spec]:
        """Yield the items of a page, decoded one by one: all of them can take far more memory than their text.

        The rest of the page is in ``page`` after the last item.
        """
        try:
            for item in decode_items(text, "items", page):
                yield self._checked(item, what, "GET", url)
        except ValueError:
            raise self._unreadable(what, "GET", url, "with a body that is not a JSON mapping") from None
        if not isinstance(page.get("items"), list):
            raise self._unreadable(what, "GET", url, "without a list of items")

    def _next_page(
        self, body: JSONObject, what: str, page: str, parameters: Sequence[tuple[str, str]]
    ) -> tuple[str | None, bool]:
        """Return the URL of the next page, if there is one, and whether the link to it had all the parameters."""
        links = body.get("_links")
        following = links.get("next") if isinstance(links, Mapping) else None
        href = following.get("href") if isinstance(following, Mapping) else None
        if not isinstance(href, str) or not href:
            return None, True
        try:
            url = self._resolve(href, page)
            is_elsewhere = _origin(url) != _origin(page)
        except ValueError:
            raise self._unreadable(what, "GET", page, "with a link to the next page that is no URL") from None
        if is_elsewhere:
            raise self._unreadable(
                what, "GET", page, "with a next page on another host, not followed since the token would go there"
            )
        parts = urllib.parse.urlsplit(url)
        query = urllib.parse.parse_qsl(parts.query, keep_blank_values=True)
        given = {(name, value.replace('"', "")) for name, value in query}
        missing = [(name, value) for name, value in parameters if (name, value.replace('"', "")) not in given]
        query_text = "&".join(filter(None, (parts.query, *map(_as_parameter, missing))))
        # Credentials in a link would replace the token.
        netloc = parts.netloc.rpartition("@")[2]
        return urllib.parse.urlunsplit((parts.scheme, netloc, parts.path, query_text, "")), not missing

    def _resolve(self, href: str, page: str) -> str:
        """Return the whole URL of a link. A link with a leading slash is relative to the service, or to the host."""
        service_url = self._service_url
        if href.startswith("/") and not href.startswith("//"):
            if href.startswith(urllib.parse.urlsplit(service_url).path + "/"):
                return urllib.parse.urljoin(page, href)
            is_of_the_gateway = href.startswith(self.kind.api + "/")
            return (self.settings.base_url if is_of_the_gateway else service_url) + href
        return urllib.parse.urljoin(page, href)

    def _read(self, url: str, what: str) -> Response:
        return self.transport.with_retries(lambda: self.service.request("GET", url, what))

    def create(self, body: Spec) -> LiveSpec:
        """Send one POST, once.

        Raises UnreadableAnswerError where the answer does not say under which id the spec is kept.
        """
        what = f"create {self.kind.label(body)}"
        read_at = time.monotonic()
        answer = self.service.request("POST", self._url, what, body=body)
        item = self._one(answer, what, "POST", self._url)
        return self._live(item, read_at, answer.headers.get("ETag"))

    def replace(
        self, live: LiveSpec, body: Spec, variant: int, budget: RetryBudget, still_fresh: Callable[[], bool]
    ) -> LiveSpec | None:
        """Replace the live spec with a PUT. Return None if the response does not show the whole spec.

        Raises StaleReadError rather than to send again what is no longer ``still_fresh``, and NotApprovedError.
        """
        self.service.approval.check_live(self.kind, live.spec, body)
        self._keep(live)
        what = f"update {self.kind.label(live.spec)}"
        url = self._url_of(live.id)
        read_at = time.monotonic()
        content = self.kind.spell(body, variant)
        answer = self.transport.with_retries(
            lambda: self.service.request("PUT", url, what, etag=live.etag, body=content), budget, still_fresh
        )
        try:
            item = self._one(answer, what, "PUT", url)
        except UnreadableAnswerError:
            return None
        answered = self._live(item, read_at, answer.headers.get("ETag"))
        return answered if self.kind.shows(answered.spec, body) else None

    def patch(self, live: LiveSpec, operations: Sequence[JSON], budget: RetryBudget) -> str | None:
        """Send a JSON Patch for the object as it was read: with its etag, by which the service rejects what is stale.

        Returns the new etag, or None where the answer does not show it. A patch that took effect although its answer
        was lost is rejected when it is sent again.
        """
        self._keep(live)
        what = f"update {self.kind.label(live.spec)}"
        url = self._url_of(live.id)
        body = list(operations)
        read_at = time.monotonic()
        answer = self.transport.with_retries(
            lambda: self.service.request("PATCH", url, what, etag=live.etag, body=body), budget
        )
        try:
            return self._live(self._one(answer, what, "PATCH", url), read_at, answer.headers.get("ETag")).etag
        except UnreadableAnswerError:
            return None

    def delete(self, live: LiveSpec) -> None:
        """Delete an object. One that does not exist is deleted already."""
        self._keep(live)
        what = f"delete {self.kind.label(live.spec)}"
        url = self._url_of(live.id)
        try:
            self.transport.with_retries(lambda: self.service.request("DELETE", url, what))
        except ServiceError as error:
            if not _says_absent(error):
                raise

    def act(self, object_id: str, operation: str, what: str) -> JSON:
        """Send one action, such as ``enable``, once. Returns the body of the answer."""
        return self.service.request("POST", self._action_url(object_id, operation), what).body

    def create_by_action(self, object_id: str, operation: str, what: str) -> LiveSpec:
        """Send one action by which the service creates an object, once.

        Raises UnreadableAnswerError where the answer does not say under which id the object is kept.
        """
        read_at = time.monotonic()
        url = self._action_url(object_id, operation)
        answer = self.service.request("POST", url, what)
        return self._live(self._one(answer, what, "POST", url), read_at, answer.headers.get("ETag"))

    def _action_url(self, object_id: str, operation: str) -> str:
        return f"{self._url_of(object_id)}/action?op={urllib.parse.quote(operation, safe='')}"

    def _url_of(self, object_id: str) -> str:
        return f"{self._url}/{urllib.parse.quote(object_id, safe='')}"

    def _keep(self, live: LiveSpec) -> None:
        ids = self.transport.stats.request_ids
        self.service.backup.keep(self.kind, self.hide(live.spec), ids[-1] if ids else None)

    def _one(self, answer: Response, what: str, method: str, url: str) -> Spec:
        items = self._items(answer, what, url, bare_is_fine=True, method=method)
        if len(items) != 1:
            raise self._unreadable(what, method, url, "without the spec")
        return items[0]

    def _items(
        self, answer: Response, what: str, url: str, bare_is_fine: bool = False, method: str = "GET"
    ) -> list[Spec]:
        body = answer.body
        if not isinstance(body, dict):
            raise self._unreadable(what, method, url, "with a body that is not a JSON mapping")
        items = body.get("items", [body] if bare_is_fine and "id" in body else None)
        if not isinstance(items, list):
            raise self._unreadable(what, method, url, "without a list of items")
        return [self._checked(item, what, method, url) for item in items]

    def _checked(self, item: JSON, what: str, method: str, url: str) -> Spec:
        if not isinstance(item, dict) or not isinstance(item.get("id"), str) or not item["id"]:
            raise self._unreadable(what, method, url, "with an item that has no ID")
        return item

    def _unreadable(self, what: str, method: str, url: str, how: str) -> UnreadableAnswerError:
        return UnreadableAnswerError(
            self.transport.redact(
                f"Could not {what}: {method} {url} answered {how}."
                " Next step: check that base_url is the Flow Service, or report it to Adobe."
            )
        )

    def _live(self, item: Spec, read_at: float, header_etag: str | None = None) -> LiveSpec:
        etag = item.get("etag")
        try:
            spec = self.kind.fold(item)
        except ValueError as error:
            raise UnreadableAnswerError(
                f"Could not read {self.kind.label(item)}: {error}. Next step: correct the spec, or report it to Adobe."
            ) from None
        return LiveSpec(
            spec=spec,
            etag=etag if isinstance(etag, str) and etag else header_etag,
            read_at=read_at,
            variant=self.kind.find_variant(item),
        )


def _as_parameter(parameter: tuple[str, str]) -> str:
    name, value = parameter
    return f"{name}={urllib.parse.quote(value, safe='')}"


def fits(text: str, spec: Spec) -> bool:
    """Return whether a spec fits a raw filter; a filter that cannot be compared here fits every spec."""
    match = _COMPARABLE_FILTER.fullmatch(text)
    if not match:
        return True
    wanted = {value.strip('"') for value in re.findall(r'"[^"]*"|[^,]+', match["values"])}
    found: list[JSON] = [spec]
    for step in match["path"].split("."):
        inner = [value.get(step.removesuffix("[]")) for value in found if isinstance(value, dict)]
        found = [item for value in inner for item in (value if isinstance(value, list) else [value])]
    return any(isinstance(value, str) and value in wanted for value in found) or any(
        value is not None and not isinstance(value, str) for value in found
    )


def _says_absent(error: ServiceError) -> bool:
    """Return whether an error means that the spec does not exist, and no other problem."""
    short = short_code(error.code)
    if short.startswith(_ABSENT_CODES):
        return True
    # A page of some other server, the gateway's own words and an unknown sandbox are no answer to the question.
    is_from_the_service = isinstance(error.body, Mapping) and "error_code" not in error.body
    return error.status == 404 and is_from_the_service and not short.startswith("2")


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urllib.parse.urlsplit(url)
    default = {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, parts.hostname, parts.port or default
