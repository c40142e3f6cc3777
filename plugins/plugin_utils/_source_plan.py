# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""The plan of the role ``source``, and what became of it: pure functions on results of tasks."""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
import typing as t
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.aep.flow_service.plugins.module_utils._checks.spec import BATCH, STREAMING
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON, mapping_of, text_of
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.flows import GENERIC_STREAMING, REST_STORAGE
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import has_id
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import SOURCES
from ansible_collections.aep.flow_service.plugins.plugin_utils._plain import plain

Result = Mapping[str, JSON]
"""What a module returned."""
Lookup = dict[str, str]
"""The ID or the name of a flow spec, as an option of ``flow_spec_info``."""

# The built-in flow specs for sources of the Sources SDK, by how the type of their connection specs begins.
# Adobe's documentation gives these IDs. The name of the first flow spec has changed over the years, its ID has not.
_WELL_KNOWN: t.Final = {BATCH: REST_STORAGE, STREAMING: GENERIC_STREAMING}


_Item = t.TypeVar("_Item")


class Source(t.TypedDict):
    """An element of the fact ``source_results``."""

    name: str
    connection_spec_id: str | None
    connection_spec_action: str
    flow_spec_id: str | None
    flow_spec_name: str | None
    link_action: str
    changed: bool


class Link(t.TypedDict):
    """A flow spec to link, with the sources that it lacks."""

    flow_spec_id: str
    flow_spec_name: str | None
    connection_spec_ids: list[str]
    sources: list[int]


class Plan(t.TypedDict):
    """The requirements of all sources."""

    problems: list[str]
    flow_specs: list[Lookup]
    sources: list[Source]
    to_write: list[int]
    links: list[Link]


class Report(t.TypedDict):
    """What was done."""

    results: list[Source]
    failures: list[str]
    existing: list[str]


@dataclasses.dataclass(frozen=True)
class _Definition:
    """An element of ``source_definitions``, but for the definition itself."""

    is_clear: bool
    is_linked: bool
    flow_spec: Lookup | None
    match_on: list[str]

    @classmethod
    def of(cls, entry: Mapping[str, JSON]) -> _Definition:
        """Read an entry, in which null is the same as nothing."""
        given = {name for name in entry if entry[name] is not None}
        options = {"id": "flow_spec_id", "name": "flow_spec_name"}
        flow_specs = [{key: str(entry[option])} for key, option in options.items() if option in given]
        return cls(
            is_clear=len(given & {"definition", "src"}) == 1 and len(flow_specs) <= 1,
            is_linked=boolean(entry["link"]) if "link" in given else True,
            flow_spec=flow_specs[0] if flow_specs else None,
            match_on=plain(entry["match_on"]) if "match_on" in given else [],
        )


@dataclasses.dataclass(frozen=True)
class _Planned:
    """A source whose connection spec was looked up."""

    index: int
    definition: _Definition
    name: str
    type: str
    id: str | None
    action: str
    match: JSON

    @classmethod
    def of(cls, index: int, definition: _Definition, prediction: Result, written: Result) -> _Planned:
        """Read the result of ``connection_spec`` in check mode, and that of the write after it."""
        spec = mapping_of(prediction["connection_spec"])
        return cls(
            index=index,
            definition=definition,
            name=str(spec.get("name", "")),
            type=str(spec.get("type") or ""),
            id=_text(written.get("id") or prediction["id"]),
            action=_action(prediction),
            match=plain(prediction["match"]),
        )

    @property
    def lookup(self) -> Lookup | None:
        """The flow spec for the source; None where it has none, or where none is known."""
        if not self.definition.is_linked:
            return None
        by_type = (spec_id for family, spec_id in _WELL_KNOWN.items() if self.type.startswith(family))
        default = next(by_type, None)
        return self.definition.flow_spec or ({"id": default} if default else None)

    @property
    def identity(self) -> str:
        """What no two sources can share: the ID, or the values by which a new connection spec is recognized."""
        return self.id or json.dumps(self.match, sort_keys=True)


def plan(
    definitions: Sequence[Mapping[str, JSON]],
    predictions: Sequence[Result] = (),
    flow_specs: Sequence[Result] = (),
    written: Sequence[Result] = (),
) -> Plan:
    """Plan with what is known so far, from nothing but the definitions up to the IDs of new connection specs."""
    read = [_Definition.of(entry) for entry in definitions]
    to_write = [index for index, prediction in enumerate(predictions) if prediction["changes"]]
    results = dict(zip(to_write, written, strict=False))
    sources = [
        _Planned.of(index, definition, prediction, results.get(index, {}))
        for index, (definition, prediction) in enumerate(zip(read, predictions, strict=False))
    ]
    lookups = _unique(source.lookup for source in sources if source.lookup)
    found = [list(plain(result["flow_specs"])) for result in flow_specs]
    by_source = {
        source.index: specs[0]
        for lookup, specs in zip(lookups, found, strict=False)
        for source in sources
        if source.lookup == lookup and len(specs) == 1
    }
    links = list(_links(sources, by_source))
    to_link = {index for link in links for index in link["sources"]}
    problems = [*_unclear(read), *_duplicates(sources), *_unmatched(sources), *_without_flow_spec(sources)]
    return {
        "problems": [*problems, *_not_one(lookups, found)],
        "flow_specs": lookups,
        "sources": [_predicted(source, by_source.get(source.index), to_link) for source in sources],
        "to_write": to_write,
        "links": links,
    }


def report(planned: Plan, written: Sequence[Result] = (), linked: Sequence[Result] = ()) -> Report:
    """Report what became of a plan, whole or in part: what has no result was not done."""
    results = [t.cast(Source, {**source, "changed": False}) for source in planned["sources"]]
    for index, result in _pairs(planned["to_write"], written):
        results[index]["connection_spec_action"] = _action(result)
        results[index]["changed"] = bool(result.get("changed"))
    for link, result in _pairs(planned["links"], linked):
        new = list(_new_ids(result))
        for index, spec_id in zip(link["sources"], link["connection_spec_ids"], strict=True):
            is_new = has_id(new, spec_id)
            results[index]["link_action"] = "failed" if _is_failed(result) else "linked" if is_new else "unchanged"
            results[index]["changed"] |= is_new
    # The role adds the next step, which is the same for all of them.
    failures = [
        str(result.get("msg", "")).partition(" Next step: ")[0] for result in (*written, *linked) if _is_failed(result)
    ]
    return {
        "results": results,
        "failures": list(dict.fromkeys(failures)),
        "existing": [
            f"connection spec {result['name']} with ID {result['connection_spec_id']}"
            for result in results
            if result["connection_spec_id"]
        ],
    }


def _unclear(definitions: Iterable[_Definition]) -> Iterator[str]:
    for index, definition in enumerate(definitions):
        if not definition.is_clear:
            yield (
                f"Could not read source_definitions[{index}]: it needs exactly one of definition and src, and at most"
                " one of flow_spec_id and flow_spec_name. No changes were made. Next step: correct this entry."
            )


def _duplicates(sources: Sequence[_Planned]) -> Iterator[str]:
    identities = [source.identity for source in sources]
    if len(set(identities)) < len(identities):
        yield (
            "Could not plan the sources: source_definitions define one connection spec twice, among"
            f" {', '.join(identities)}. No changes were made. Next step: remove one of them, or set match_on in both to"
            " a path that tells them apart."
        )


def _unmatched(sources: Sequence[_Planned]) -> Iterator[str]:
    match_on: dict[str, list[str]] = {}
    different: dict[str, None] = {}
    for source in sources:
        if source.id is None and match_on.setdefault(source.name, source.definition.match_on) != (
            source.definition.match_on
        ):
            different[source.name] = None
    for name in different:
        yield (
            f"Could not tell the sources named {name} apart: none of them exists yet, and their match_on differ."
            " No changes were made. Next step: set the same match_on in all of them."
        )


def _without_flow_spec(sources: Iterable[_Planned]) -> Iterator[str]:
    for source in sources:
        if source.definition.is_linked and source.lookup is None:
            yield (
                f"Could not find the flow spec for {source.name}: its type is {source.type or 'not set'}, and only"
                f" types that start with {' or '.join(_WELL_KNOWN)} have a default flow spec. No changes were made."
                " Next step: set flow_spec_id or flow_spec_name for it, or set link to false."
            )


def _not_one(lookups: Iterable[Lookup], found: Iterable[Sequence[Result]]) -> Iterator[str]:
    for lookup, specs in zip(lookups, found, strict=False):
        if len(specs) != 1:
            ((key, value),) = lookup.items()
            ids = f": {', '.join(str(spec['id']) for spec in specs)}" if specs else ""
            yield (
                f"Could not select a flow spec: {f'{len(specs)} flow specs have' if specs else 'no flow spec has'} the"
                f" {key} {value}{ids}. No changes were made. Next step: check flow_spec_id or flow_spec_name, and the"
                " sandbox."
            )


def _links(sources: Sequence[_Planned], flow_specs: Mapping[int, Result]) -> Iterator[Link]:
    """Return a link for each flow spec that lacks sources, in the order of the sources."""
    links: dict[str, Link] = {}
    for source in sources:
        flow_spec = flow_specs.get(source.index)
        # A connection spec that check mode only pretends to create has no ID yet.
        spec_id = source.id or _placeholder(source, sources)
        if flow_spec is None or has_id(flow_spec.get(SOURCES), spec_id):
            continue
        flow_spec_id = str(flow_spec["id"])
        new: Link = {
            "flow_spec_id": flow_spec_id,
            "flow_spec_name": text_of(flow_spec.get("name")),
            "connection_spec_ids": [],
            "sources": [],
        }
        link = links.setdefault(flow_spec_id, new)
        link["connection_spec_ids"].append(spec_id)
        link["sources"].append(source.index)
    return iter(links.values())


def _placeholder(source: _Planned, sources: Iterable[_Planned]) -> str:
    is_shared = sum(other.name == source.name for other in sources) > 1
    name = f"{source.name}-{source.index + 1}" if is_shared else source.name
    return "id-of-" + re.sub(r"[^A-Za-z0-9_~-]+", "-", name)


def _predicted(source: _Planned, flow_spec: Result | None, to_link: Iterable[int]) -> Source:
    is_to_link = source.index in to_link
    return {
        "name": source.name,
        "connection_spec_id": source.id,
        "connection_spec_action": source.action,
        "flow_spec_id": text_of(flow_spec["id"]) if flow_spec else None,
        "flow_spec_name": text_of(flow_spec.get("name")) if flow_spec else None,
        "link_action": "none" if flow_spec is None else "linked" if is_to_link else "unchanged",
        "changed": source.action != "unchanged" or is_to_link,
    }


def _action(result: Result) -> str:
    """Return what a write did, or in check mode would do."""
    if _is_failed(result):
        return "failed"
    if not result["changes"]:
        return "unchanged"
    return "created" if result["previous"] is None else "updated"


def _new_ids(result: Result) -> Iterator[JSON]:
    """Return the IDs that a link added."""
    for change in plain(result.get("changes", [])):
        before = change.get("before") or []
        yield from (spec_id for spec_id in change["after"] if not has_id(before, spec_id))


def _is_failed(result: Result) -> bool:
    """Return whether a write failed; one without a result did not take place."""
    return not result or bool(result.get("failed"))


def _pairs(planned: Iterable[_Item], results: Sequence[Result]) -> Iterator[tuple[_Item, Result]]:
    """Return what was planned with its results, which are empty from where a failure kept it from being done."""
    return zip(planned, itertools.chain(results, itertools.repeat({})), strict=False)


def _unique(lookups: Iterable[Lookup]) -> list[Lookup]:
    found: list[Lookup] = []
    for lookup in lookups:
        if lookup not in found:
            found.append(lookup)
    return found


def _text(value: JSON) -> str | None:
    return None if value is None else str(value)
