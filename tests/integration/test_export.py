# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role export: files that apply without a change, and do not change without need."""

from __future__ import annotations

import json
import os
import typing as t
from pathlib import Path

import pytest
import yaml

from lab import CONNECTION_SPECS, FIXTURES, FLOW_SPECS, REST_STORAGE, Lab, Run, Spec, Task, task

pytestmark = pytest.mark.real

STRANGE: Spec = {
    "name": "strange: #1 / \u00e9\u4e2d",
    "version": "1.0",
    "type": "yes",
    "attributes": {
        "date": "2026-11-24",
        "numbers": [1, 1.5, 10**30, -0.0, 1e300],
        "texts": ["", "null", "1.0", "a: b", "- x", "{{ 1 + 1 }}", "\u2028", "\x00", "two\nlines\n", " "],
        "empty": [{}, [], None, True],
        "a.b": {"*": 1},
    },
    "fieldOfTheFuture": {"b": 1, "a": 2},
}


def role(folder: Path, **variables: t.Any) -> Task:
    include = {"ansible.builtin.include_role": {"name": "aep.flow_service.export"}}
    all_variables = {"export_dest": str(folder)} | {f"export_{name}": value for name, value in variables.items()}
    return {"name": "export", **include, "vars": all_variables}


def export(lab: Lab, *arguments: str, **variables: t.Any) -> tuple[Run, list[Spec]]:
    """Run the role; what it says of its files."""
    results = {"name": "results", "ansible.builtin.debug": {"var": "export_results"}}
    run = lab.play(role(lab.folder / "specs", **variables), results, arguments=arguments)
    assert run.status == 0, run.output
    return run, run["results"].export_results


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


@pytest.mark.parametrize("file_format", ["yaml", "json"])
def test_what_is_exported_applies_without_a_change_and_stays_as_it_is(lab: Lab, file_format: str) -> None:
    for kind, name in ((FLOW_SPECS, "flow_specs"), (CONNECTION_SPECS, "connection_specs")):
        lab.store(kind, **STRANGE)
        for number, file in enumerate(sorted((FIXTURES / name).iterdir())):
            spec = yaml.safe_load(file.read_text("utf-8"))
            lab.store(kind, **{**(spec["items"][0] if "items" in spec else spec), "id": f"{name}-{number}"})
    folder = lab.folder / "specs"
    predicted = export(lab, "--check", "--diff", format=file_format)[0]
    assert not folder.exists()
    run, results = export(lab, "--diff", format=file_format)
    assert run["Export the live specs"].diff == predicted["Export the live specs"].diff
    files = contents(folder)
    live = len(lab.specs(FLOW_SPECS)) + len(lab.specs(CONNECTION_SPECS))
    assert len(files) == len(results) == live
    assert {result["action"] for result in results} == {"created"}
    applied = lab.play(
        task("flow specs", "flow_specs", src=str(folder / "flow_specs")),
        task("connection specs", "connection_specs", src=str(folder / "connection_specs")),
    )
    assert [outcome.changed for outcome in applied.outcomes] == [False, False]
    assert applied["flow specs"].unmanaged == applied["connection specs"].unmanaged == []
    again, results = export(lab, format=file_format)
    assert {result["action"] for result in results} == {"unchanged"}
    assert not again["Export the live specs"].changed
    assert contents(folder) == files
    assert lab.writes() == []


def test_the_order_of_a_file_is_not_that_of_the_service(lab: Lab) -> None:
    lab.store(
        FLOW_SPECS, id="one", name="ordered", attributes={"b": {"d": 1, "c": 2}, "a": 1}, createdAt=5, zzz=1, aaa=1
    )
    export(lab, names=["ordered"])
    text = (lab.folder / "specs" / "flow_specs" / "ordered.yml").read_text("utf-8")
    assert [line.split(":")[0] for line in text.splitlines() if not line.startswith((" ", "-"))] == [
        *("# yaml-language-server", "id", "name", "providerId", "attributes", "aaa", "zzz")
    ]
    assert text.index("a: 1") < text.index("c: 2") < text.index("d: 1")


def test_a_file_that_says_the_same_keeps_its_words(lab: Lab) -> None:
    """Comments, order, its name, and the order of a list that is a set."""
    lab.store(FLOW_SPECS, id="one", name="mine", version="1.0", sourceConnectionSpecIds=["a", "b"])
    folder = lab.folder / "specs" / "flow_specs"
    folder.mkdir(parents=True)
    file = folder / "of-my-own.yml"
    text = "# Ours.\nname: mine\nid: one\nversion: '1.0'\nproviderId: {}\nsourceConnectionSpecIds: [b, a]\n"
    file.write_text(text.format(lab.specs(FLOW_SPECS)[-1]["providerId"]), encoding="utf-8")
    before = file.read_bytes()
    _run, (result,) = export(lab, names=["mine"])
    assert (result["path"], result["action"]) == (str(file), "unchanged")
    assert file.read_bytes() == before
    lab.store(FLOW_SPECS, id="one", name="renamed", version="2.0")
    _run, (result,) = export(lab, ids=["one"])
    assert (result["path"], result["action"]) == (str(file), "updated")
    assert yaml.safe_load(file.read_text("utf-8"))["name"] == "renamed"


def test_names_that_files_cannot_tell_apart(lab: Lab) -> None:
    for spec_id, name in (("one", "Same"), ("two", "same"), ("three", "a/b"), ("four", "a:b"), ("five", "../..")):
        lab.store(CONNECTION_SPECS, id=spec_id, name=name)
    _run, results = export(lab, kinds=["connection_specs"], ids=["one", "two", "three", "four", "five"])
    folder = lab.folder / "specs" / "connection_specs"
    assert {result["id"]: os.path.relpath(result["path"], folder) for result in results} == {
        "one": "Same.one.yml",
        "two": "same.two.yml",
        "three": "a-b.three.yml",
        "four": "a-b.four.yml",
        "five": "unnamed.yml",
    }


@pytest.mark.proof("role export")
def test_what_is_exported_is_chosen(lab: Lab) -> None:
    live = lab.spec(FLOW_SPECS, REST_STORAGE)
    lab.store(CONNECTION_SPECS, id="ours", name="ours", providerId="of-us")

    def exported(**variables: t.Any) -> set[str]:
        return {result["id"] for result in export(lab, "--check", **variables)[1]}

    assert exported(ids=[REST_STORAGE, "no-such"]) == {REST_STORAGE}
    assert exported(names=["ours"]) == {"ours"}
    assert exported(provider_id="of-us") == {"ours"}
    assert len(exported(kinds=["flow_specs"])) == 5
    supported = live["sourceConnectionSpecIds"][0]
    assert exported(connection_spec_id=supported) == {REST_STORAGE, supported}
    assert exported(kinds=["flow_specs"], names=["RestStorageToAEP"], with_connection_specs=True) == {
        *(REST_STORAGE, *live["sourceConnectionSpecIds"], *live["targetConnectionSpecIds"])
    }


def test_a_folder_that_cannot_be_written(lab: Lab) -> None:
    (lab.folder / "specs").write_text("a file", encoding="utf-8")
    run = lab.play(role(lab.folder / "specs", names=["RestStorageToAEP"]))
    assert run.status == 2
    outcome = run["Export the live specs"]
    assert "Could not write" in outcome.msg
    assert "RestStorageToAEP" in outcome.msg
    assert json.dumps(outcome.result).count("Traceback") == 0
