# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Definitions: what a user wants a spec to be, from options, a mapping or a file."""

from __future__ import annotations

import dataclasses
import json
import math
import typing as t
from collections.abc import Iterator, Mapping

from ansible_collections.aep.flow_service.plugins.module_utils._arguments import (
    Params,
    checked_id,
    checked_match_on,
    checked_name,
    checked_paths,
)
from ansible_collections.aep.flow_service.plugins.module_utils._censored import CENSORED_NEXT_STEP, find_censored
from ansible_collections.aep.flow_service.plugins.module_utils._compare import JSON, Path, format_path
from ansible_collections.aep.flow_service.plugins.module_utils._documents import find_files, load_documents, load_file
from ansible_collections.aep.flow_service.plugins.module_utils._errors import InputError
from ansible_collections.aep.flow_service.plugins.module_utils._kinds import Kind, Spec
from ansible_collections.aep.flow_service.plugins.module_utils._match import Matcher, check_match_on


@dataclasses.dataclass(frozen=True, eq=False)
class Definition:
    """What a user wants one spec to be.

    ``fields`` are the managed fields, named as the API does; ``id_is_given`` tells an id that the task gave
    from one that merely stands in a definition, which may come from another sandbox.
    """

    id: str | None
    id_is_given: bool
    name: str | None
    provider_id: str | None
    fields: Spec
    ignore: tuple[Path, ...]
    match_on: tuple[Path, ...] = ()
    matcher: Matcher | None = None
    """How the live spec is recognized by other values than its ID; None if the definition lacks these values."""

    @classmethod
    def from_params(cls, kind: Kind, params: Params) -> Definition:
        """Put together the options, ``definition`` and ``src`` of a task.

        Raises InputError for whatever can be seen to be wrong without asking the service.
        """
        given_id = params["id"]
        if given_id is not None:
            checked_id(given_id, "id")
        content: JSON = {}
        origin = "the options"
        if params["definition"] is not None:
            origin = "definition"
            content = params["definition"]
        elif params["src"] is not None:
            origin = f"src ({params['src']})"
            content = load_file(params["src"])
        options = {field.name: params[field.option] for field in kind.fields if params[field.option] is not None}
        ignore = checked_paths(params["ignore_paths"])
        match_on = checked_match_on(params)
        definition = cls._build(kind, content, origin, ignore, match_on, given_id=given_id, options=options)
        if definition.id is None and definition.matcher is None:
            raise InputError(
                f"Nothing says which {kind.noun} is meant: give id, or name, as an option, in definition or in src."
            )
        return definition

    @classmethod
    def from_content(
        cls, kind: Kind, content: JSON, origin: str, ignore: tuple[Path, ...], match_on: tuple[Path, ...] = ()
    ) -> Definition:
        """A definition that comes in one piece, in the API's own words.

        Raises InputError that names ``origin`` for whatever can be seen to be wrong without asking the service.
        """
        definition = cls._build(kind, content, origin, ignore, match_on, given_id=None, options={})
        if definition.id is None and definition.matcher is None:
            raise InputError(f"{origin} has neither an id nor a name, so it does not say which {kind.noun} is meant.")
        return definition

    @classmethod
    def _build(
        cls,
        kind: Kind,
        content: JSON,
        origin: str,
        ignore: tuple[Path, ...],
        match_on: tuple[Path, ...],
        *,
        given_id: str | None,
        options: Spec,
    ) -> Definition:
        spec = unwrap(kind, content, origin)
        content_id = spec.pop("id", None)
        if content_id is not None:
            if not isinstance(content_id, str):
                _refuse_type(origin, "id")
            checked_id(content_id, f"{origin}, id")
            if given_id is not None and content_id != given_id:
                raise InputError(
                    f"The option id is {given_id!r} but {origin} has the id {content_id!r}:"
                    " they must name the same spec. Take one of them out."
                )
        fields = {name: value for name, value in spec.items() if name not in kind.owned} | options
        _check_fields(fields, origin, "name" if "name" in options else f"{origin}, name")
        if given_id is None and content_id is None:
            check_match_on(kind, fields, match_on, origin)
        return cls(
            id=given_id or content_id,
            id_is_given=given_id is not None,
            name=fields.get("name"),
            provider_id=fields.get("providerId"),
            fields=fields,
            ignore=ignore,
            match_on=match_on,
            matcher=Matcher.of_definition(kind, fields, match_on),
        )


@dataclasses.dataclass(frozen=True, eq=False)
class Entry:
    """One of many definitions: where it is from, and what it says, or why it cannot be used."""

    origin: str
    """The file or option, and the place in it, for a message."""
    src: str | None
    """The file, if it is from one."""
    definition: Definition | InputError


def read_entries(kind: Kind, params: Params) -> list[Entry]:
    """The definitions of the options ``definitions`` and ``src``, in this order; files by name.

    One that cannot be used does not keep the others from being read.
    Raises InputError where ``src`` leads to no file at all.
    """
    ignore = checked_paths(params["ignore_paths"])
    match_on = checked_match_on(params)
    found: list[Entry] = []

    def take(origin: str, src: str | None, document: JSON) -> None:
        for place, content in _each(document):
            named = origin + place
            try:
                definition: Definition | InputError = Definition.from_content(kind, content, named, ignore, match_on)
            except InputError as error:
                definition = error
            found.append(Entry(named, src, definition))

    for index, document in enumerate(params["definitions"] or ()):
        take(f"definitions[{index}]", None, document)
    for file in find_files(params["src"]) if params["src"] is not None else ():
        try:
            documents = load_documents(file)
            if not documents:
                raise InputError(f"src: the file {file} is empty.")
        except InputError as error:
            found.append(Entry(file, file, error))
            continue
        for number, document in enumerate(documents, 1):
            take(file if len(documents) == 1 else f"{file}, document {number}", file, document)
    return found


def _each(document: JSON) -> Iterator[tuple[str, JSON]]:
    """The definitions in a document, each with its place: the document itself, or those in a list or a listing."""
    items, place = document, ""
    if isinstance(document, Mapping) and "items" in document and "name" not in document:
        items, place = document["items"], ", items"
    if isinstance(items, list) and len(items) > 1:
        yield from ((f"{place}[{index}]", item) for index, item in enumerate(items))
    elif isinstance(document, list) and document:
        yield "", document[0]
    else:
        yield "", document


def _check_fields(fields: Spec, origin: str, name_origin: str) -> None:
    for name in ("name", "providerId"):
        if fields.get(name) is not None and not isinstance(fields[name], str):
            _refuse_type(origin, name)
    if fields.get("name") is not None:
        checked_name(fields["name"], name_origin)
    try:
        _check_uncensored(fields, origin)
        refuse_unsendable(fields, ())
    except RecursionError:
        raise InputError(f"{origin} is nested too deeply, or contains itself.") from None


def _check_uncensored(fields: Spec, origin: str) -> None:
    censored = find_censored(fields)
    if censored is not None:
        raise InputError(
            f"Could not use {origin}: {format_path(censored)} holds a censored value. No changes were made."
            f" {CENSORED_NEXT_STEP}"
        )


def _refuse_type(origin: str, field: str) -> t.NoReturn:
    raise InputError(f"{origin}: the field {field} must be a string.")


def unwrap(kind: Kind, content: JSON, origin: str) -> Spec:
    """The spec in a definition, out of the ``items`` list that a GET answer wraps it in, spellings folded.

    Raises InputError that names ``origin``.
    """
    if not isinstance(content, Mapping):
        raise InputError(f"{origin} must be a mapping, the {kind.noun} as the API has it, not {_type_name(content)}.")
    if "items" in content and "name" not in content:
        items = content["items"]
        if not isinstance(items, list) or len(items) != 1 or not isinstance(items[0], Mapping):
            count = f"{len(items)} entries" if isinstance(items, list) else _type_name(items)
            raise InputError(
                f"{origin} wraps its content in 'items', which must be a list of just one spec; it is {count}."
            )
        content = items[0]
    try:
        return kind.fold(content)
    except InputError as error:
        raise InputError(f"{origin}: {error.message}") from None


def _type_name(value: JSON) -> str:
    if value is None:
        return "empty"
    return {dict: "a mapping", list: "a list", str: "a string", bool: "a boolean"}.get(type(value), "a number")


def refuse_unsendable(value: JSON, path: Path) -> None:
    """Refuse what Python can hold and JSON cannot.

    Raises InputError that names the path.
    """
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        _refuse_numbers(value, path)


def _refuse_numbers(value: JSON, path: Path) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise InputError(f"The field {format_path(path)} is {value}, and JSON has no such number.")
    if isinstance(value, Mapping):
        for key, item in value.items():
            _refuse_numbers(item, (*path, str(key)))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _refuse_numbers(item, (*path, str(index)))
