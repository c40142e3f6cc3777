# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare and merge obey their laws, for any JSON."""

from __future__ import annotations

import copy
import json
import typing as t

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.aep.flow_service.plugins.module_utils._json.compare import (
    ABSENT,
    Change,
    canonical,
    changes,
    merge,
)
from ansible_collections.aep.flow_service.plugins.module_utils._json.paths import format_path, parse_path
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import mapping_of

JSON = t.Any

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
    st.sampled_from([0, 1, 0.0, 1.0, True, False, "", "1", 10**30]),
)
keys = st.one_of(st.sampled_from(["a", "b", "c", "a.b", "", "*", "0", "\\"]), st.text(max_size=3))
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=4)),
    max_leaves=12,
)
mappings = st.dictionaries(keys, values, max_size=4)
paths = st.lists(st.one_of(keys.filter(bool), st.just("*")), min_size=1, max_size=3).map(tuple)
SETS = (("a",), ("b", "*"))


def applied(before: JSON, found: list[Change]) -> JSON:
    """What changes make of a value: the other way to get to what they are said to lead to."""
    result = copy.deepcopy(before)
    # From the last to the first, so that taking items off the end of a list moves no other.
    for change in reversed(found):
        if not change.path:
            return change.after
        *parents, last = change.path
        place = result
        for parent in parents:
            place = place[int(parent)] if isinstance(place, list) else place[parent]
        if isinstance(place, list):
            place.extend([None] * (int(last) + 1 - len(place)))
            if change.after is ABSENT:
                del place[int(last) :]
            else:
                place[int(last)] = change.after
        elif change.after is ABSENT:
            del place[last]
        else:
            place[last] = change.after
    return result


@given(values)
def test_nothing_differs_from_itself(value: JSON) -> None:
    assert changes(value, copy.deepcopy(value)) == []
    assert changes(value, json.loads(json.dumps(value))) == []


@given(values, values)
@example([10**16], [1e16])
@example([1, "x"], [1.0, "x"])
@example([1], [1.0])
@example({"a": 1}, {"a": 1.0})
def test_changes_lead_from_one_to_the_other(before: JSON, after: JSON) -> None:
    found = changes(before, after)
    assert canonical(applied(before, found)) == canonical(after)
    assert bool(found) == (canonical(before) != canonical(after))


@given(values, values)
def test_changes_are_the_same_both_ways(one: JSON, other: JSON) -> None:
    there = {(change.path, canonical_or_absent(change.before)) for change in changes(one, other, SETS)}
    back = {(change.path, canonical_or_absent(change.after)) for change in changes(other, one, SETS)}
    assert there == back


def canonical_or_absent(value: JSON) -> str:
    return "absent" if value is ABSENT else canonical(value)


@given(mappings, mappings, st.lists(paths, max_size=3))
@example({}, {"b": [None, None]}, [("*", "0")])
@example({"c": [1, 2, 3]}, {"c": [9]}, [("c", "2")])
@example({"c": [{"x": 1}, {"x": 2}]}, {"c": [{}]}, [("c", "*", "x")])
def test_a_merge_is_settled_after_one_time(live: JSON, wanted: JSON, ignore: list[tuple[str, ...]]) -> None:
    """Apply, apply again, unchanged."""
    merged = merge(live, wanted, ignore, SETS)
    again = merge(merged, wanted, ignore, SETS)
    assert changes(merged, again, SETS) == []


@given(mappings, mappings)
@example({"a": {"b": [1, "x"]}}, {"a": {"b": [True, "x"]}})
@example({"c": [{"a": 0}]}, {"c": [{"a": False}]})
def test_without_ignored_paths_a_merge_is_what_is_wanted(live: JSON, wanted: JSON) -> None:
    assert changes(merge(live, wanted, (), SETS), wanted, SETS) == []


@given(mappings, st.lists(paths, max_size=3))
def test_a_merge_with_itself_changes_nothing(live: JSON, ignore: list[tuple[str, ...]]) -> None:
    assert json.dumps(merge(live, copy.deepcopy(live), ignore, SETS)) == json.dumps(live)


@given(mappings, mappings)
def test_inputs_are_left_alone(live: JSON, wanted: JSON) -> None:
    before = json.dumps([live, wanted])
    merge(live, wanted, (("a", "*"),), SETS)
    changes(live, wanted, SETS)
    assert json.dumps([live, wanted]) == before


@given(mappings, mappings)
def test_what_is_ignored_stays_as_it_is(live: JSON, wanted: JSON) -> None:
    merged = mapping_of(merge(live, wanted, (("a",),), ()))
    assert changes(merged.get("a", ABSENT), live.get("a", ABSENT)) == []


@given(st.lists(scalars, max_size=6), st.randoms())
def test_sets_know_no_order_and_no_repetition(items: list[JSON], random: t.Any) -> None:
    shuffled = [*items, *items]
    random.shuffle(shuffled)
    assert changes({"a": items}, {"a": shuffled}, (("a",),)) == []
    assert merge({"a": items}, {"a": shuffled}, (), (("a",),)) == {"a": items}


def test_a_set_keeps_its_order_and_new_members_come_last() -> None:
    assert merge(["c", "a", "b"], ["b", "x", "c"], (), ((),)) == ["c", "b", "x"]


@given(st.lists(st.text(min_size=1), min_size=1, max_size=4))
def test_a_path_is_read_as_it_is_written(steps: list[str]) -> None:
    assert parse_path(format_path(steps)) == tuple(steps)


@pytest.mark.parametrize("text", ["", ".", "a.", ".a", "a..b"])
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no dotted path"):
        parse_path(text)


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (1, 1.0, True),
        (10**30, 1e30, False),
        (True, 1, False),
        (False, 0, False),
        ([True], [1], False),
        ({"a": None}, {}, False),
        ("é", "e\u0301", False),
    ],
)
def test_equality_is_that_of_json(one: JSON, other: JSON, equal: bool) -> None:
    assert (changes(one, other) == []) is equal
    assert (canonical(one) == canonical(other)) is equal


def test_a_path_below_what_is_ignored_keeps_the_rest_of_the_live_value_out() -> None:
    live = {"a": {"x": {"keep": 1, "go": 2}, "y": 3}}
    assert merge(live, {"a": {}}, (("a", "x", "keep"),)) == {"a": {"x": {"keep": 1}}}
    assert merge(live, {"a": {"x": {"keep": 9}}}, (("a", "*", "keep"),)) == {"a": {"x": {"keep": 1}}}
    assert merge({}, {"a": {"keep": 9, "new": 1}}, (("a", "keep"),)) == {"a": {"new": 1}}


def test_ignored_parts_of_list_items() -> None:
    live = {"a": [{"name": "one", "note": 1}, {"name": "two", "note": 2}]}
    ignore = (("a", "*", "note"),)
    assert merge(live, {"a": [{"name": "1", "note": 9}]}, ignore) == {"a": [{"name": "1", "note": 1}]}
    assert merge(live, {"a": [{"name": "one"}, {"name": "two"}, {"name": "three", "note": 3}]}, ignore) == {
        "a": [*live["a"], {"name": "three"}]
    }
    assert merge(live, {"a": []}, (("a", "*"),)) == live
    assert merge({}, {"a": [1, 2]}, (("a", "0"),)) == {"a": [1, 2]}
