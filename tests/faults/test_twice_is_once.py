# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Promise 2: twice is once, for any spec that JSON can hold."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from ansible_collections.aep.flow_service.plugins.module_utils._json.censored import find_censored
from lab import BATCH_PROVIDER, CONNECTION_SPECS, FLOW_SPECS, Lab, Spec, task

pytestmark = pytest.mark.slow

INPUTS = 150

# What C(json) and a file take, but for lone surrogates, which no UTF-8 can hold, and for what Ansible writes in place
# of a secret: Hypothesis also draws texts that the code has.
texts = st.text(st.characters(codec="utf-8"), max_size=12).filter(lambda text: find_censored(text) is None)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    texts,
    st.sampled_from([0, 1, -1, 0.0, 1.0, True, False, "", "1", "true", "null", "2026-11-24", 10**30, 2**63, 1e300]),
    st.sampled_from(["{{ 1 + 1 }}", "{% raw %}", "a: b", "- x", "é", "\u2028", "\u0000", " "]),
)
keys = st.one_of(st.sampled_from(["a", "a.b", "*", "0", "items", "id", "name", "\\", "__x__", "{{ k }}"]), texts)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=4)),
    max_leaves=25,
)
mappings = st.dictionaries(keys, values, max_size=4)
FIELDS = {
    FLOW_SPECS: {
        **dict.fromkeys(["attributes", "optionSpec", "scheduleSpec", "permissionsInfo"], mappings),
        "transformationSpecs": st.lists(mappings, max_size=4),
        "futureField": values,
    },
    CONNECTION_SPECS: {
        **dict.fromkeys(["attributes", "sourceSpec", "exploreSpec"], mappings),
        "authSpec": st.lists(mappings, max_size=4),
        "description": texts,
        "futureField": values,
    },
}
MODULES = {FLOW_SPECS: "flow_specs", CONNECTION_SPECS: "connection_specs"}


def deep(levels: int) -> t.Any:
    value: t.Any = "the bottom"
    for level in range(levels):
        value = {"in": value} if level % 2 else [value, None]
    return value


def arbitrary(kind: str, number: int) -> list[Spec]:
    """So many specs with whatever JSON can hold in fields of their types."""
    drawn: list[Spec] = []
    fields = st.fixed_dictionaries({}, optional=FIELDS[kind]).filter(bool)

    @seed(number)
    @settings(
        max_examples=INPUTS,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(fields)
    def draw(spec: Spec) -> None:
        drawn.append(spec)

    draw()
    return drawn


@pytest.mark.parametrize("kind", MODULES)
def test_any_spec(lab: Lab, kind: str, request: pytest.FixtureRequest, record_property: t.Any) -> None:
    start = request.config.getoption("--seed")
    stages: list[Path] = []
    for stage in ("made", "changed"):
        folder = lab.folder / stage
        folder.mkdir()
        contents = [
            *arbitrary(kind, start + len(stages)),
            {"attributes": deep(150)},
            {"attributes": {"text": "x" * 300_000}},
        ]
        for number, content in enumerate(contents):
            spec = {"name": f"any {number}", "providerId": BATCH_PROVIDER, "version": "1", **content}
            (folder / f"{number:04}.json").write_text(json.dumps(spec), encoding="utf-8")
        stages.append(folder)
    for folder in stages:
        arguments = {"src": str(folder), "settle_time": 0}
        run = lab.play(
            *(task(part, MODULES[kind], check=part == "foretell", **arguments) for part in ("foretell", "do", "again"))
        )
        assert [one["msg"] for each in run.outcomes for one in each.results if one["action"] == "failed"] == []
        assert run.status == 0, run.output[-3000:]
        pairs = zip(run["foretell"].results, run["do"].results, strict=True)
        for foretold, done in pairs:
            assert {**foretold, "id": None} == {**done, "id": None}
        assert run["do"].changed
        assert [entry for entry in run["again"].results if entry["action"] != "unchanged"] == []
        assert not run["again"].changed
        assert_stored(lab, kind, folder)
    record_property("arbitrary specs applied twice", 2 * len(contents))


def assert_stored(lab: Lab, kind: str, folder: Path) -> None:
    """Every spec is stored as its file says."""
    stored = {spec["name"]: spec for spec in lab.specs(kind)}
    for file in sorted(folder.iterdir()):
        wanted = json.loads(file.read_text("utf-8"))
        for name, value in wanted.items():
            kept = stored[wanted["name"]].get(name)
            # An empty or absent field is the same to the service, and comes back as it was there.
            assert kept == value or not (kept or value), (name, value, kept)
