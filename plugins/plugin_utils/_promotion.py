# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""What it takes to have in one sandbox what is in another: pure functions on what was listed of both.

Sandboxes give ids of their own to what is the same: a spec of one is that of the other by name and provider, and by
its label where many specs must share the name.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ansible_collections.aep.flow_service.plugins.module_utils._engine.match import Candidate, Matcher, identity_paths
from ansible_collections.aep.flow_service.plugins.module_utils._json.censored import CENSORED_NEXT_STEP, find_censored
from ansible_collections.aep.flow_service.plugins.module_utils._json.compare import value_at
from ansible_collections.aep.flow_service.plugins.module_utils._json.paths import format_path
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import (
    JSON,
    items_of,
    mapping_of,
    text_of,
    texts_of,
)
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.fields import check_spec, place_in
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import has_id, id_key, is_same_id
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import (
    CONNECTION_SPEC,
    FLOW_SPEC,
    SOURCES,
    TARGETS,
    Kind,
    Spec,
)

# The first of the paths that identify a spec: those of every kind of name.
_REQUIRED: t.Final = ("name", "providerId")
_IN_SYNC: t.Final = "Everything that is chosen is in sync already."


class PromotionError(ValueError):
    """Why nothing can be promoted, for a person to read."""


@dataclasses.dataclass(frozen=True)
class Sandbox:
    """The live specs of a sandbox."""

    role: str
    flow_specs: Sequence[Spec]
    connection_specs: Sequence[Spec]

    def specs(self, kind: Kind) -> Sequence[Spec]:
        """Return the live specs of a kind."""
        return self.flow_specs if kind is FLOW_SPEC else self.connection_specs

    def chosen(self, kind: Kind, wanted: Iterable[str]) -> list[Spec]:
        """Return the specs with these IDs or names. Each one must identify one spec."""
        return [self._one(kind, one, [spec for spec in self.specs(kind) if _is_meant(spec, one)]) for one in wanted]

    def like(self, kind: Kind, spec: Spec) -> Spec | None:
        """Return the spec with the name and provider of another one, if it exists."""
        matcher = Matcher.of_identity(kind, spec)
        if None in matcher.key[len(_REQUIRED) :]:
            raise PromotionError(
                f"Could not promote {kind.label(spec)}: different sources must share this name, and it has no label"
                " that identifies it. No changes were made. Next step: give it a label in the source sandbox."
            )
        found = [one for one in self.specs(kind) if matcher.matches(one)]
        if not found:
            self._check_uncensored(kind, spec)
        return self._one(kind, str(spec.get("name")), found) if found else None

    def _check_uncensored(self, kind: Kind, spec: Spec) -> None:
        """Check that no spec of the sandbox might be this one, with what would show it replaced by asterisks."""
        for one in self.specs(kind):
            for path in identity_paths(kind, one.get("name")):
                if find_censored(value_at(one, path)) is not None:
                    raise PromotionError(
                        f"Could not find out whether {kind.label(spec)} is in the {self.role} sandbox: the"
                        f" {format_path(path)} of its {kind.noun} {one['id']} is censored. {CENSORED_NEXT_STEP}"
                    )

    def _one(self, kind: Kind, label: str, found: Sequence[Spec]) -> Spec:
        if len(found) == 1:
            return found[0]
        ids = f": {', '.join(str(Candidate.of_spec(kind, spec)) for spec in found)}" if found else ""
        raise PromotionError(
            f"Could not select the {kind.noun} {label!r} in the {self.role} sandbox: {len(found) or 'no'} {kind.noun}"
            f"{'s have' if len(found) > 1 else ' has'} this name or ID{ids}. No changes were made. Next step: "
            + ("name one of them by its ID." if found else "check the name and the sandbox.")
        )


def _is_meant(spec: Spec, label: str) -> bool:
    return is_same_id(spec["id"], label) or bool(spec.get("name") == label)


def plan(
    source: Sandbox,
    target: Sandbox,
    connection_specs: Sequence[str],
    flow_specs: Sequence[str],
    remove_links: bool = False,
    *,
    written: Sequence[Mapping[str, JSON]] = (),
) -> dict[str, JSON]:
    """Return what to create or update in the target sandbox, in the order of the keys.

    ``connection_specs`` and ``flow_specs`` are definitions; ``connection_spec_groups`` are the former, each with the
    ``match_on`` that identifies its specs. ``links`` has, for each flow spec that is there already,
    the IDs to ``add`` and to ``remove``. The ID of a connection spec that is still to be created begins with
    ``id-of-``. ``written`` are the results of the connection specs of this plan, group by group.
    Raises PromotionError for what is ambiguous or not there, and InputError for what is not valid.
    """
    if not connection_specs and not flow_specs:
        raise PromotionError(
            "Could not plan the promotion: no spec is chosen. No changes were made."
            " Next step: set promote_connection_specs, promote_flow_specs, or both."
        )
    planned = _Plan(source, target, connection_specs, flow_specs, remove_links).as_result()
    created = list(_created(target, items_of(planned["connection_spec_groups"]), written))
    if created:
        target = dataclasses.replace(target, connection_specs=[*target.connection_specs, *created])
        planned = _Plan(source, target, connection_specs, flow_specs, remove_links).as_result()
    return planned


def _created(target: Sandbox, groups: Iterable[JSON], written: Iterable[Mapping[str, JSON]]) -> Iterator[Spec]:
    """Return the written specs that the target sandbox did not have, with their IDs. Check mode gives them none."""
    known = {id_key(str(spec["id"])) for spec in target.connection_specs}
    for group, result in zip(groups, written, strict=False):
        definitions, entries = items_of(mapping_of(group)["definitions"]), items_of(result.get("results"))
        for definition, entry in zip(definitions, entries, strict=False):
            spec_id = text_of(mapping_of(entry)["id"])
            if spec_id and id_key(spec_id) not in known:
                yield {**mapping_of(definition), "id": spec_id}


class _Plan:
    """A plan in the making."""

    def __init__(
        self, source: Sandbox, target: Sandbox, connection_specs: Iterable[str], flow_specs: Iterable[str], remove: bool
    ) -> None:
        self._source, self._target, self._remove = source, target, remove
        self._by_id = {id_key(str(spec["id"])): spec for spec in source.connection_specs}
        self._chosen = source.chosen(FLOW_SPEC, flow_specs)
        # By id in the source sandbox, in the order in which they are made.
        self._made = {id_key(str(spec["id"])): spec for spec in source.chosen(CONNECTION_SPEC, connection_specs)}
        self._asked_for = set(self._made)
        self._notes: list[str] = []

    def as_result(self) -> dict[str, JSON]:
        """Return the plan for the tasks of the role."""
        definitions: list[Spec] = []
        links: list[dict[str, JSON]] = []
        for spec in self._source.flow_specs:
            is_chosen = spec in self._chosen
            sources = [one for one in self._listed(spec, SOURCES, is_chosen) if is_chosen or one in self._asked_for]
            if is_chosen:
                definitions.append(self._definition(spec, sources))
            if is_chosen or sources:
                links += self._links(spec, sources, is_chosen)
        made = [self._check_definition(CONNECTION_SPEC, spec) for spec in self._made.values()]
        _check_duplicates(CONNECTION_SPEC, made)
        _check_duplicates(FLOW_SPEC, definitions)
        return {
            "connection_specs": made,
            "connection_spec_groups": _groups(CONNECTION_SPEC, made),
            "flow_specs": definitions,
            "links": links,
            "notes": self._notes,
            "lines": [*_lines(made, definitions, links), *self._notes] or [_IN_SYNC],
        }

    def _listed(self, spec: Spec, field: str, is_chosen: bool) -> list[str]:
        """Return the connection specs that a flow spec lists, by ID in lower case, without unknown IDs."""
        ids = list(dict.fromkeys(map(id_key, texts_of(spec.get(field)))))
        if is_chosen:
            self._notes += [
                f"{FLOW_SPEC.label(spec)} lists {spec_id}, which no connection spec of the source sandbox has."
                " It is left out."
                for spec_id in ids
                if spec_id not in self._by_id
            ]
        return [spec_id for spec_id in ids if spec_id in self._by_id]

    def _in_target(self, spec_id: str) -> str:
        """Return the ID of a connection spec in the target sandbox. If it is missing, plan its creation."""
        spec = self._by_id[spec_id]
        found = self._target.like(CONNECTION_SPEC, spec)
        if found:
            return t.cast(str, found["id"])
        self._source.like(CONNECTION_SPEC, spec)
        self._made.setdefault(spec_id, spec)
        name = str(spec.get("name"))
        # Specs of a shared name are told apart by their IDs in the source sandbox.
        return "id-of-" + _slug(f"{name} {spec_id}" if name in CONNECTION_SPEC.shared_names else name)

    def _definition(self, spec: Spec, sources: Sequence[str]) -> Spec:
        definition = self._check_definition(FLOW_SPEC, spec)
        targets = self._listed(spec, TARGETS, True)
        if TARGETS in definition:
            definition[TARGETS] = [self._in_target(one) for one in targets]
        if self._target.like(FLOW_SPEC, spec) is None:
            return {**definition, SOURCES: [self._in_target(one) for one in sources]}
        # What others have linked there is theirs: links are added one by one.
        definition.pop(SOURCES, None)
        return definition

    def _check_definition(self, kind: Kind, spec: Spec) -> Spec:
        """Return the definition of a spec; what Ansible censored cannot be promoted."""
        definition = kind.definition(spec)
        del definition["id"]
        censored = find_censored(definition)
        if censored is not None:
            raise PromotionError(
                f"Could not promote {kind.label(spec)}: {format_path(censored)} is censored. No changes were made."
                f" {CENSORED_NEXT_STEP}"
            )
        missing = [field for field in _REQUIRED if not definition.get(field)]
        if missing and self._target.like(kind, spec) is None:
            raise PromotionError(
                f"Could not promote {kind.label(spec)}: it has no {' and no '.join(missing)}, and the target sandbox"
                " cannot create it without. No changes were made. Next step: correct it in the source sandbox."
            )
        origin = f"the {kind.noun} {spec.get('name')!r} of the source sandbox"
        return check_spec(kind, definition, place_in(origin))

    def _links(self, spec: Spec, sources: Sequence[str], is_chosen: bool) -> list[dict[str, JSON]]:
        live = self._target.like(FLOW_SPEC, spec)
        if live is None:
            if is_chosen:
                return []
            names = ", ".join(str(self._by_id[one].get("name")) for one in sources)
            raise PromotionError(
                f"Could not link {names}: {FLOW_SPEC.label(spec)} supports this in the source sandbox, and the target"
                " sandbox has no flow spec of this name and provider. No changes were made."
                " Next step: set promote_flow_specs to this flow spec, too."
            )
        there = texts_of(live.get(SOURCES))
        wanted = [self._in_target(one) for one in sources]
        remove = [one for one in there if not has_id(wanted, one)] if self._remove and is_chosen else []
        add = [one for one in wanted if not has_id(there, one)]
        return [{"id": live["id"], "name": live.get("name"), "add": add, "remove": remove}] if add or remove else []


def _check_duplicates(kind: Kind, definitions: Iterable[Spec]) -> None:
    """Check that no two definitions are for one spec of the target sandbox."""
    seen: set[tuple[str | None, ...]] = set()
    for definition in definitions:
        key = Matcher.of_identity(kind, definition).key
        if key in seen:
            raise PromotionError(
                f"Could not promote {kind.label(definition)}: two of the chosen {kind.noun}s have this name and"
                " provider, so they are one in the target sandbox. No changes were made. Next step: choose one of them."
            )
        seen.add(key)


def _lines(
    connection_specs: Iterable[Spec], flow_specs: Iterable[Spec], links: Iterable[Mapping[str, JSON]]
) -> Iterator[str]:
    """Return what a plan does, for a person to read."""
    described = {
        "Connection specs to create or update": connection_specs,
        "Flow specs to create or update": flow_specs,
        "Flow specs whose links change": links,
    }
    for description, specs in described.items():
        names = ", ".join(str(spec.get("name")) for spec in specs)
        if names:
            yield f"{description}: {names}"


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_~-]+", "-", text)


def _groups(kind: Kind, definitions: Sequence[Spec]) -> list[dict[str, JSON]]:
    """Return the definitions by the paths that identify their specs: none for those of ordinary names."""
    groups: dict[tuple[str, ...], list[Spec]] = {}
    for definition in definitions:
        paths = identity_paths(kind, definition.get("name"))
        if len(paths) == len(_REQUIRED):
            paths = ()
        groups.setdefault(tuple(map(format_path, paths)), []).append(definition)
    return [{"match_on": list(paths), "definitions": group} for paths, group in groups.items()]


def sandbox(role: str, listed: Mapping[str, JSON]) -> Sandbox:
    """Return the sandbox of a listing with C(flow_specs) and C(connection_specs)."""
    return Sandbox(role, _specs_of(listed["flow_specs"]), _specs_of(listed["connection_specs"]))


def _specs_of(listed: JSON) -> list[Spec]:
    return [dict(mapping_of(spec)) for spec in items_of(listed)]
