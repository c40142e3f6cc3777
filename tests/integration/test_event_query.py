# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the automation controller counts as managed, by extensions/audit/event_query.yml, from results of real tasks.

A controller counts nothing, and says nothing, where a query does not fit the result; so all of them are run here.
"""

from __future__ import annotations

import typing as t
from pathlib import Path

import jq
import pytest
import yaml

from lab import BATCH_PROVIDER, REST_STORAGE, Lab, Outcome, Spec, task
from lab.dataflows import World

ROOT = Path(__file__).parents[2]
QUERIES: dict[str, dict[str, str]] = yaml.safe_load(
    (ROOT / "extensions" / "audit" / "event_query.yml").read_text("utf-8")
)


def counted(outcome: Outcome, module: str) -> list[dict[str, t.Any]]:
    """What the query for a module makes of the result of a task."""
    found: list[dict[str, t.Any]] = (
        jq.compile(QUERIES[f"aep.flow_service.{module}"]["query"]).input(outcome.result).all()
    )
    return found


def test_every_module_that_writes_has_a_query() -> None:
    modules = {path.stem for path in (ROOT / "plugins" / "modules").glob("*.py")}
    # These write to no platform: to files, or nowhere.
    others = {"definition_check", "spec_export", *(name for name in modules if name.endswith("_info"))}
    writers = {f"aep.flow_service.{name}" for name in modules - others}
    assert set(QUERIES) == writers


@pytest.mark.real
def test_a_spec_is_counted_once_whichever_module_manages_it(lab: Lab) -> None:
    source = {"name": "acme", "providerId": BATCH_PROVIDER, "version": "1.0"}
    flow_spec = {"id": REST_STORAGE, "name": "RestStorageToAEP", "attributes": {"owner": "us"}}
    tasks: dict[str, Spec] = {
        "connection_spec": {"definition": source},
        "connection_specs": {"definitions": [source]},
        "flow_spec": {"definition": flow_spec},
        "flow_specs": {"definitions": [flow_spec]},
        "flow_spec_source_link": {
            "flow_spec_id": REST_STORAGE,
            "connection_spec_id": "{{ lookup('aep.flow_service.connection_spec', 'acme').id }}",
        },
    }
    run = lab.play(*(task(name, name, **arguments) for name, arguments in tasks.items()))
    assert run.status == 0, run.output
    nodes = {name: counted(run[name], name) for name in tasks}
    for (node,) in nodes.values():
        # A controller drops what has a null in it, and all of a job where one name has two sets of facts.
        assert node["name"] == node["canonical_facts"]["id"]
        assert all(isinstance(value, str) for value in (*node["canonical_facts"].values(), *node["facts"].values()))
    same = {node["name"]: node for (node,) in nodes.values()}
    assert len(same) == 2
    assert all(node == same[node["name"]] for (node,) in nodes.values())


@pytest.mark.real
def test_a_dataflow_is_counted_while_it_exists(lab: Lab) -> None:
    orders = World(lab).orders()
    run = lab.play(
        task("predicted", "dataflow", check=True, **orders),
        task("created", "dataflow", **orders),
        task("refused", "dataflow", **{**orders, "options": {"errorDiagnosticsEnabled": True}})
        | {"ignore_errors": True},
        task("deleted", "dataflow", name="orders", state="absent"),
    )
    assert run["refused"].failed
    nodes = {name: counted(run[name], "dataflow") for name in ("predicted", "created", "refused", "deleted")}
    assert {name: len(found) for name, found in nodes.items()} == {
        "predicted": 0,
        "created": 1,
        "refused": 0,
        "deleted": 0,
    }
    (node,) = nodes["created"]
    assert node["name"] == node["canonical_facts"]["id"] == run["created"].id
    assert node["facts"]["name"] == "orders"


@pytest.mark.real
@pytest.mark.parametrize("kind", ["connection_spec", "flow_spec"])
def test_what_does_not_exist_is_not_counted(lab: Lab, kind: str) -> None:
    new = {"name": "acme", "providerId": BATCH_PROVIDER, "version": "1.0"}
    unusable = {"name": "no provider"}
    run = lab.play(
        task("one", kind, definition=new, check=True),
        task("bad", kind, definition=unusable) | {"ignore_errors": True},
        task("many", f"{kind}s", definitions=[new, unusable], check=True) | {"ignore_errors": True},
    )
    assert run["bad"].failed
    assert [entry["action"] for entry in run["many"].results] == ["created", "failed"]
    assert counted(run["one"], kind) == counted(run["bad"], kind) == counted(run["many"], f"{kind}s") == []
