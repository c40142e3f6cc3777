# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Compare and merge JSON values: pure functions, which know no network and no kind of spec."""

from __future__ import annotations

import dataclasses
import json
import typing as t
from collections.abc import Collection, Iterator, Mapping

from ansible_collections.aep.flow_service.plugins.module_utils._json.paths import (
    Path,
    format_path,
    has_match_below,
    matches,
)
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON


class _Absent:
    """What is found where there is nothing; unlike null, which is a value."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: t.Final = _Absent()


class ChangeResult(t.TypedDict):
    """A difference as a task returns it."""

    path: str
    before: JSON
    after: JSON


@dataclasses.dataclass(frozen=True)
class Change:
    """One difference: the value ``before`` and ``after`` at ``path``; ``ABSENT`` where there is none."""

    path: Path
    before: JSON
    after: JSON

    @property
    def removes(self) -> bool:
        """Whether something of ``before`` is gone without another value in its place."""
        if self.after is ABSENT:
            return self.before is not ABSENT
        if isinstance(self.before, list) and isinstance(self.after, list):
            kept = {canonical(item) for item in self.after}
            return any(canonical(item) not in kept for item in self.before)
        return False

    def as_result(self) -> ChangeResult:
        """Return the change for a result; an absent value is null there."""
        return {
            "path": format_path(self.path),
            "before": None if self.before is ABSENT else self.before,
            "after": None if self.after is ABSENT else self.after,
        }


def value_at(value: JSON, path: Path) -> JSON:
    """Return the value at a path, or ``ABSENT``."""
    for step in path:
        if isinstance(value, Mapping):
            value = value.get(step, ABSENT)
        elif isinstance(value, list) and step.isdecimal():
            value = _item(value, int(step))
        else:
            return ABSENT
    return value


# What follows the digits of a float that is an integer, as Python writes it. A text may hold the same.
_SIGNS_OF_FLOAT_INTEGER: t.Final = (".0,", ".0}", ".0]", "e+")


def _plain_number(value: JSON) -> JSON:
    """Write 1.0 as 1, all the way down: JSON has one kind of number."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _plain_number(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain_number(item) for item in value]
    return value


_encode: t.Final = json.JSONEncoder(sort_keys=True).encode


def canonical(value: JSON) -> str:
    """Return a text that two JSON values share if and only if they are equal, with lists in order."""
    text = _encode(value)
    # To go through a value is far slower than to search its text, and hardly any value has such a number.
    if isinstance(value, float) or any(sign in text for sign in _SIGNS_OF_FLOAT_INTEGER):
        return _encode(_plain_number(value))
    return text


def _equal_scalars(one: JSON, other: JSON) -> bool:
    # Python holds True and 1 equal; JSON does not.
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _are_equal(one: JSON, other: JSON) -> bool:
    """Return whether two values are equal, faster than by naming their differences."""
    return bool(one == other) and _have_equal_types(one, other)


def _have_equal_types(one: JSON, other: JSON) -> bool:
    """Return whether two values that are equal in Python are equal in JSON, too."""
    if isinstance(one, dict) and isinstance(other, dict):
        return all(_have_equal_types(value, other[key]) for key, value in one.items() if not isinstance(value, str))
    if isinstance(one, list) and isinstance(other, list):
        return all(_have_equal_types(*values) for values in zip(one, other, strict=True))
    return _equal_scalars(one, other)


def is_empty(value: JSON) -> bool:
    """Return whether a value is absent, null, or a list or mapping without content."""
    return value is ABSENT or value is None or value in ([], {})


def changes(before: JSON, after: JSON, sets: Collection[Path] = (), path: Path = ()) -> list[Change]:
    """Return every difference between two JSON values, at the deepest path.

    Lists are compared place by place, those at a path in ``sets`` as sets. ``ABSENT`` may stand for either value.
    """
    return list(_changes(before, after, sets, path))


def _changes(before: JSON, after: JSON, sets: Collection[Path], path: Path) -> Iterator[Change]:
    if before is after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in (*before, *(key for key in after if key not in before)):
            yield from _changes(before.get(key, ABSENT), after.get(key, ABSENT), sets, (*path, key))
    elif isinstance(before, list) and isinstance(after, list):
        if matches(sets, path):
            if {canonical(item) for item in before} != {canonical(item) for item in after}:
                yield Change(path, before, after)
            return
        for index in range(max(len(before), len(after))):
            yield from _changes(_item(before, index), _item(after, index), sets, (*path, str(index)))
    elif not _equal_scalars(before, after):
        yield Change(path, before, after)


def _item(items: list[JSON], index: int) -> JSON:
    return items[index] if index < len(items) else ABSENT


def merge(
    live: JSON, wanted: JSON, ignore: Collection[Path] = (), sets: Collection[Path] = (), path: Path = ()
) -> JSON:
    """Return ``wanted`` with the values of ``live`` at the paths in ``ignore``.

    What is equal in both is taken from ``live``, and keys and set members keep the order they have there,
    so that a merge alters nothing but what differs. ``ABSENT`` may stand for either value and may be the answer.
    """
    if matches(ignore, path) or (isinstance(wanted, (dict, list)) and _are_equal(live, wanted)):
        return live
    if isinstance(wanted, dict) or (wanted is ABSENT and isinstance(live, dict) and has_match_below(ignore, path)):
        return _merge_mappings(live, wanted, ignore, sets, path)
    if isinstance(wanted, list) and isinstance(live, list):
        if matches(sets, path):
            return _merge_sets(live, wanted)
        return _merge_lists(live, wanted, ignore, sets, path)
    if isinstance(wanted, list) and not matches(sets, path):
        return _merge_lists([], wanted, ignore, sets, path)
    return live if wanted is not ABSENT and _equal_scalars(live, wanted) else wanted


def _merge_mappings(live: JSON, wanted: JSON, ignore: Collection[Path], sets: Collection[Path], path: Path) -> JSON:
    old = live if isinstance(live, dict) else {}
    new = wanted if isinstance(wanted, dict) else {}
    merged = {
        key: merge(old.get(key, ABSENT), new.get(key, ABSENT), ignore, sets, (*path, key))
        for key in (*old, *(key for key in new if key not in old))
    }
    kept = {key: value for key, value in merged.items() if value is not ABSENT}
    return kept if kept or wanted is not ABSENT else ABSENT


def _merge_lists(
    live: list[JSON], wanted: list[JSON], ignore: Collection[Path], sets: Collection[Path], path: Path
) -> list[JSON]:
    merged = []
    for index in range(max(len(live), len(wanted))):
        place = (*path, str(index))
        if index >= len(wanted) and not matches(ignore, place):
            # What comes after a place that goes would move into it.
            break
        item = merge(_item(live, index), _item(wanted, index), ignore, sets, place)
        # Unlike a key, a place cannot be left out: what is ignored and not there yet is written this once.
        merged.append(_item(wanted, index) if item is ABSENT else item)
    return merged


def _merge_sets(live: list[JSON], wanted: list[JSON]) -> list[JSON]:
    wanted_keys = {canonical(item) for item in wanted}
    live_keys = {canonical(item) for item in live}
    if live_keys == wanted_keys:
        return live
    return [item for item in live if canonical(item) in wanted_keys] + [
        item for item in wanted if canonical(item) not in live_keys
    ]
