# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Find a mapping set that maps the same, or create one: the task of ``mapping_set``.

A mapping set is never updated, because dataflows use it, and the service cannot delete one.
"""

from __future__ import annotations

import time
import typing as t
import urllib.parse
from collections.abc import Mapping

from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import (
    LiveSpec,
    Service,
    UnreadableAnswerError,
)
from ansible_collections.aep.flow_service.plugins.module_utils._engine.create import create, read_new
from ansible_collections.aep.flow_service.plugins.module_utils._engine.outcome import Outcome
from ansible_collections.aep.flow_service.plugins.module_utils._engine.plan import Plan
from ansible_collections.aep.flow_service.plugins.module_utils._errors import (
    FlowServiceError,
    InputError,
    LostWriteError,
    NotFoundError,
)
from ansible_collections.aep.flow_service.plugins.module_utils._json.compare import Change, changes
from ansible_collections.aep.flow_service.plugins.module_utils._json.paths import format_path
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import items_of, mapping_of
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import Spec
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.mapping_sets import (
    MANAGED,
    MAPPING_SET,
    InvalidMapping,
    content_of,
    find_invalid,
    in_terms_of,
    maps_the_same,
)
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.datasets import find_dataset
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.mapping_set_options import (
    WantedSet,
    mapping_set_options,
    read_wanted,
)
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.operation import Operation, Result
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.results import outcome_result

_PAGE_SIZE: t.Final = 100
_MAX_REPORTED: t.Final = 5


def mapping_set_operation() -> Operation[WantedSet]:
    """Find or create a mapping set: the operation of ``mapping_set``."""

    def perform(service: Service, wanted: WantedSet, check_mode: bool) -> Result:
        return _MappingSets(service, _with_schema(service, wanted)).ensure(check_mode)

    return Operation(
        argument_spec=mapping_set_options(),
        read=read_wanted,
        perform=perform,
        mutually_exclusive=(("schema_id", "dataset_name"),),
        required_one_of=(("id", "name"), ("schema_id", "dataset_name")),
    )


def _with_schema(service: Service, wanted: WantedSet) -> WantedSet:
    """Return a mapping set with the schema of the dataset that it names."""
    if wanted.dataset_name is None:
        return wanted
    dataset = find_dataset(service, wanted.dataset_name, "dataset_name", wanted.label)
    if not dataset.schema:
        raise InputError(
            f"Could not use dataset_name of the {wanted.label}: the dataset {dataset.id} has no schema. No changes were"
            " made. Next step: set schema_id instead."
        )
    return wanted.with_schema(dataset.schema["id"])


class _MappingSets:
    """The mapping sets of a sandbox, and the one that a task asks for."""

    def __init__(self, service: Service, wanted: WantedSet) -> None:
        self._service = service
        self._wanted = wanted
        self._sets = service.collection(MAPPING_SET)
        self._url = f"{service.settings.base_url}{MAPPING_SET.api}/{MAPPING_SET.collection}"

    def ensure(self, check_mode: bool) -> Result:
        """Return a mapping set that maps the same, or create one."""
        looked_at = time.monotonic()
        given = self._read_given()
        if given is not None and self._is_equal(given):
            return self._unchanged(given)
        name = self._wanted.name if given is None else self._wanted.name or given.spec.get("name")
        if not isinstance(name, str) or not name:
            raise InputError(
                f"Could not create a mapping set: {self._wanted.id} has other mappings and no name, so the next run"
                " would not find a new one. No changes were made. Next step: set name."
            )
        named = self._named(name)
        equal = self._newest_equal(named)
        if equal is not None:
            return self._unchanged(equal)
        other = given or next(iter(named), None)
        body = {"name": name, **self._wanted.body}
        if check_mode:
            return self._created(body, other, {**body, "id": None, "version": None})
        self._validate(name, body)
        return self._create(name, body, other, looked_at)

    def _read_given(self) -> LiveSpec | None:
        if self._wanted.id is None:
            return None
        live = self._sets.get(self._wanted.id)
        if live is None:
            raise NotFoundError(
                f"Could not find the mapping set with ID {self._wanted.id}: sandbox"
                f" {self._service.settings.sandbox_name} has no such mapping set, and the service does not accept an"
                " ID for a new one. No changes were made. Next step: check id and sandbox_name, or set name instead of"
                " id."
            )
        return live

    def _is_equal(self, live: LiveSpec) -> bool:
        return maps_the_same(content_of(live.spec), self._wanted.content)

    def _newest_equal(self, named: list[LiveSpec]) -> LiveSpec | None:
        for live in named:
            # Nothing says that a listing shows sets whole.
            whole = live if isinstance(live.spec.get("mappings"), list) else self._sets.get(live.id)
            if whole is not None and self._is_equal(whole):
                return whole
        return None

    def _find_equal(self, name: str) -> LiveSpec | None:
        return self._newest_equal(self._named(name))

    def _named(self, name: str) -> list[LiveSpec]:
        """Return the mapping sets of a name, the newest first."""
        found: dict[str, LiveSpec] = {}
        read_at = time.monotonic()
        while True:
            page, limit = self._read_page(name, start=len(found))
            new = [item for item in page if item["id"] not in found]
            found.update({str(item["id"]): LiveSpec(spec=item, etag=None, read_at=read_at) for item in new})
            if not new or len(page) < limit:
                break
        same = [live for live in found.values() if live.spec.get("name") == name]
        # Of those created in the same millisecond, the one that is listed last.
        return sorted(same, key=_created_at)[::-1]

    def _read_page(self, name: str, start: int) -> tuple[list[Spec], int]:
        query = f"name={urllib.parse.quote(name, safe='')}&start={start}&limit={_PAGE_SIZE}"
        url, what = f"{self._url}?{query}", "list mapping sets"
        body = self._service.transport.with_retries(lambda: self._service.request("GET", url, what)).body
        answer = body if isinstance(body, Mapping) else {}
        items = body if isinstance(body, list) else answer.get("data", answer.get("items"))
        if not isinstance(items, list) or not all(
            isinstance(item, dict) and isinstance(item.get("id"), str) and item["id"] for item in items
        ):
            raise self._unreadable(what, "GET", url, "without a list of mapping sets")
        paging = answer.get("_page")
        limit = paging.get("limit") if isinstance(paging, Mapping) else None
        return items, limit if isinstance(limit, int) and 0 < limit < _PAGE_SIZE else _PAGE_SIZE

    def _validate(self, name: str, body: Spec) -> None:
        """Have the service validate the mappings, which changes nothing.

        Raises InputError with the place and the words of the service for each mapping that it rejects.
        """
        url, what = f"{self._url}/validate", f"validate mapping set {name!r}"
        answer = self._service.transport.with_retries(
            lambda: self._service.request("POST", url, what, body=body, is_read=True)
        )
        invalid = find_invalid(answer.body, [mapping_of(item) for item in items_of(body["mappings"])])
        if invalid is None:
            raise self._unreadable(what, "POST", url, "without the result for each mapping. No changes were made")
        if invalid:
            more = f", and {len(invalid) - _MAX_REPORTED} more" if len(invalid) > _MAX_REPORTED else ""
            raise InputError(
                f"Could not create mapping set {name!r}: the service rejects"
                f" {'; '.join(map(_described, invalid[:_MAX_REPORTED]))}{more}. No changes were made. Next step:"
                " correct these mappings.",
                invalid_mappings=[one._asdict() for one in invalid],
            )

    def _create(self, name: str, body: Spec, other: LiveSpec | None, looked_at: float) -> Result:
        patience = self._sets.settings.lock_patience
        with self._sets.lock("name", name).held(patience) as lock:
            # Another process of this controller may have created it since we looked.
            equal = None if lock.unchanged_since(looked_at) else self._find_equal(name)
            if equal is not None:
                return self._unchanged(equal)
            with lock.writing():
                live, is_found = create(self._sets, body, lambda: self._find_equal(name))
        stored = live if is_found else read_new(self._sets, live)
        if stored is None:
            raise FlowServiceError(
                f"Could not verify the new {MAPPING_SET.label({'name': name, 'id': live.id})}: the service accepted it,"
                " but does not show it yet. Next step: run again. The task finds the new mapping set by its name.",
                id=live.id,
            )
        return self._created(body, other, stored.spec, self._differences(stored))

    def _differences(self, stored: LiveSpec) -> list[str]:
        """Return the warning about what the service stored otherwise than it was sent.

        Raises LostWriteError for what it did not store.
        """
        content = content_of(stored.spec)
        wanted = in_terms_of(content, self._wanted.content)
        made = [change for field in ("outputSchema", "mappings") for change in _changes_of(field, wanted, content)]
        lost = [change for change in made if change.removes or change.after is None]
        if lost:
            raise LostWriteError(
                f"Could not store all mappings of {MAPPING_SET.label(stored.spec)}: the service accepted the request"
                f" but did not store {_paths_of(lost)}. Next step: use no dataflow with this mapping set. Remove from"
                " mappings what the service does not support, and run again, which creates another one.",
                id=stored.id,
                lost=[change.as_result() for change in lost],
            )
        if not made:
            return []
        return [
            f"The service stores {MAPPING_SET.label(stored.spec)} differently than it was sent, at {_paths_of(made)}."
            " To stop this warning, and another mapping set with each run, write these values as the service stores"
            " them."
        ]

    def _unchanged(self, live: LiveSpec) -> Result:
        content = content_of(live.spec)
        return _result(live.spec, content, Plan(content, []), [])

    def _created(self, body: Spec, other: LiveSpec | None, spec: Spec, warnings: list[str] | None = None) -> Result:
        """Return a new mapping set, and how it differs from the one that was there."""
        wanted = content_of(body)
        before = None if other is None else content_of(other.spec)
        if before is not None:
            wanted = in_terms_of(before, wanted)
        made = [change for field in MANAGED for change in _changes_of(field, before or {}, wanted)]
        return _result(spec, before, Plan(wanted, made), warnings or [])

    def _unreadable(self, what: str, method: str, url: str, how: str) -> UnreadableAnswerError:
        return UnreadableAnswerError(
            self._service.transport.redact(
                f"Could not {what}: {method} {url} answered {how}. Next step: check that base_url is that of the"
                " platform, or report it to Adobe."
            )
        )


def _changes_of(field: str, before: Spec, after: Spec) -> list[Change]:
    return changes({field: before[field]} if field in before else {}, {field: after[field]})


def _result(spec: Spec, before: Spec | None, plan: Plan, warnings: list[str]) -> Result:
    outcome = Outcome(MAPPING_SET, spec, before, plan, MANAGED, warnings)
    # Nothing is written over, so there is nothing to go back to.
    return {**outcome_result(outcome), "version": spec.get("version"), "previous": None}


def _created_at(live: LiveSpec) -> float:
    created = live.spec.get("createdDate", live.spec.get("createdAt"))
    return created if isinstance(created, (int, float)) else 0


def _described(invalid: InvalidMapping) -> str:
    return f"{invalid.place} ({invalid.destination!r}): {' '.join(invalid.errors)}".rstrip(".")


def _paths_of(found: list[Change]) -> str:
    return ", ".join(format_path(change.path) for change in found)
