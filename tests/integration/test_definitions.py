# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Definitions of every origin are checked before any request, and mean what their authors wrote."""

from __future__ import annotations

import json
import subprocess
import typing as t
from pathlib import Path

import pytest
import yaml

from lab import BATCH_PROVIDER, CONNECTION_SPECS, FLOW_SPECS, REST_STORAGE, Lab, task
from lab.starts import PLAYBOOK

NEW = {"name": "new", "providerId": BATCH_PROVIDER}
LINK = "abcdef01-2345-4678-9abc-def012345678"

# Definitions that are refused, by the kind they are given as, and the words for it.
REFUSED: dict[str, tuple[str, dict[str, t.Any], str]] = {
    "a text for a list": ("flow_spec", {"sourceConnectionSpecIds": LINK}, "sourceConnectionSpecIds: it is of type str"),
    "a mapping for a list": (
        "connection_spec",
        {"authSpec": {}},
        "authSpec: it is of type dict, and must be of type list",
    ),
    "a list for a mapping": ("connection_spec", {"attributes": []}, "attributes: it is of type list"),
    "a list for a text": ("connection_spec", {"description": ["a"]}, "description: it is of type list"),
    "a mapping for a text": ("flow_spec", {"version": {}}, "version: it is of type dict"),
    "a number for a text": ("flow_spec", {"type": 5}, "type: it is of type int"),
    "a boolean for a mapping": ("flow_spec", {"permissionsInfo": True}, "permissionsInfo: it is of type bool"),
    "a text in a list of mappings": (
        "flow_spec",
        {"transformationSpec": ["x"]},
        "transformationSpecs.0: it is of type str",
    ),
    "null for an id": ("flow_spec", {"sourceConnectionSpecIds": [None]}, "sourceConnectionSpecIds.0: the ID is null"),
    "nothing for an id": ("flow_spec", {"targetConnectionSpecIds": [""]}, "targetConnectionSpecIds.0: the ID is empty"),
    "no id": ("flow_spec", {"sourceConnectionSpecIds": [LINK, "x y"]}, "sourceConnectionSpecIds.1: 'x y' is not an ID"),
    "a flow spec": ("connection_spec", {"sourceConnectionSpecIds": []}, "only a flow spec has sourceConnectionSpecIds"),
    "a variant of a flow spec": (
        "connection_spec",
        {"transformationSpec": []},
        "only a flow spec has transformationSpec",
    ),
    "a connection spec": ("flow_spec", {"sourceSpec": {"type": "x"}}, "only a connection spec has sourceSpec"),
    "a name with a blank": ("connection_spec", {"name": "new "}, "name: 'new ' has a blank"),
    "a name with a line break": ("connection_spec", {"name": "new\n"}, "name: 'new\\n' has a blank"),
    "a name with what nobody sees": ("flow_spec", {"name": "new\u200b"}, "name: 'new\\u200b' has a blank"),
    "a provider with a line break": ("flow_spec", {"providerId": f"{BATCH_PROVIDER}\n"}, "providerId: "),
    "no name": ("flow_spec", {"id": REST_STORAGE, "name": None}, "name: it is of type null"),
    "half a character": ("connection_spec", {"description": "\ud83d cut"}, "description: it holds \\ud83d"),
    "half a character deep inside": ("flow_spec", {"attributes": {"a": [{"b\udc00": 1}]}}, "attributes.a.0.b"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_definition_is_refused_by_every_module_before_any_request(lab: Lab, case: str) -> None:
    module, more, words = REFUSED[case]
    definition = {**NEW, **more}
    file = lab.folder / "it.json"
    file.write_text(json.dumps(definition), encoding="utf-8")
    given: list[tuple[str, dict[str, t.Any], str]] = [(module, {"src": str(file)}, str(file))]
    if "half" not in case:
        given.append((module, {"definition": definition}, "definition, " if "only" not in words else "definition as"))
    for name, arguments, origin in given:
        outcome = lab.one(name, arguments)
        assert outcome.failed
        assert not outcome.changed
        assert words in outcome.msg
        assert origin in outcome.msg
        assert "Next step: " in outcome.msg
    assert lab.requests() == []
    # The others are served.
    outcome = lab.one(f"{module}s", {"src": str(file), "definitions": [{**NEW, "name": "fine"}]})
    assert outcome.failed
    assert [result["action"] for result in outcome.results] == ["created", "failed"]
    assert words in outcome.results[1]["msg"]
    assert outcome.results[1]["src"] == str(file)
    outcome = lab.one("audit_info", {f"{module}s_src": str(file)})
    messages = [finding["message"] for finding in outcome.audit["findings"] if finding["finding"] == "invalid"]
    assert [words in message for message in messages] == [True]


def test_a_directory_given_one_level_too_high_creates_nothing(lab: Lab) -> None:
    for folder, definition in (
        ("flow_specs", {**NEW, "name": "Flow", "sourceConnectionSpecIds": [LINK]}),
        ("connection_specs", {**NEW, "name": "crm", "authSpec": []}),
    ):
        (lab.folder / "specs" / folder).mkdir(parents=True)
        (lab.folder / "specs" / folder / "it.yml").write_text(yaml.safe_dump(definition), encoding="utf-8")
    for module, kind, name in (
        ("connection_specs", CONNECTION_SPECS, "Flow"),
        ("flow_specs", FLOW_SPECS, "crm"),
    ):
        outcome = lab.one(module, {"src": str(lab.folder / "specs")})
        assert outcome.failed
        assert "set src to the directory" in outcome.msg
        assert lab.named(kind, name) == []


def test_blanks_and_case_make_no_twins(lab: Lab) -> None:
    first = lab.one("connection_spec", {"name": "twin", "provider_id": BATCH_PROVIDER})
    upper = BATCH_PROVIDER.upper()
    for arguments in (
        {"name": "twin", "provider_id": f"{BATCH_PROVIDER} "},
        {"name": "twin ", "provider_id": BATCH_PROVIDER},
        {"definition": {"name": "twin", "providerId": f"{BATCH_PROVIDER}\n"}},
        {"definition": {"name": "twin\n", "providerId": BATCH_PROVIDER}},
        {"name": "\ttwin", "provider_id": BATCH_PROVIDER},
    ):
        assert lab.one("connection_spec", arguments).failed
    unchanged: tuple[tuple[str, dict[str, t.Any]], ...] = (
        ("connection_spec", {"name": "twin", "provider_id": upper}),
        ("connection_spec", {"definition": {"name": "twin", "providerId": upper}}),
        ("connection_spec", {"definition": {"id": first.id.upper(), "name": "twin", "providerId": upper}}),
        ("connection_spec", {"id": first.id.upper()}),
        ("connection_specs", {"definitions": [{"name": "twin", "providerId": upper}]}),
        ("connection_specs", {"definitions": [{"id": first.id.upper(), "providerId": upper}]}),
    )
    for module, arguments in unchanged:
        outcome = lab.one(module, arguments)
        assert not outcome.failed, outcome.msg
        assert not outcome.changed
    assert len(lab.named(CONNECTION_SPECS, "twin")) == 1
    for query in ({"id": first.id.upper()}, {"ids": [first.id.upper(), LINK]}, {"name": "twin", "provider_id": upper}):
        assert lab.one("connection_spec_info", query).count == 1
    assert lab.one("connection_spec_info", {"name": "twin "}).failed


def test_two_definitions_of_one_id_in_two_cases_are_refused(lab: Lab) -> None:
    outcome = lab.one("flow_specs", {"definitions": [{"id": REST_STORAGE}, {"id": REST_STORAGE.upper()}]})
    assert "Could not apply the definitions" in outcome.msg
    assert lab.writes() == []


def test_a_link_is_the_same_in_every_case(lab: Lab) -> None:
    flow_spec = lab.store(FLOW_SPECS, name="cases", sourceConnectionSpecIds=[LINK.upper()])
    arguments = {"flow_spec_id": flow_spec.upper(), "connection_spec_ids": [LINK], "check_connection_specs": False}
    assert not lab.one("flow_spec_source_link", arguments).changed
    assert not lab.one("flow_spec", {"id": flow_spec, "source_connection_spec_ids": [LINK]}).changed
    assert lab.one("flow_spec_info", {"connection_spec_id": LINK}).count == 1
    assert lab.writes() == []
    assert lab.one("flow_spec_source_link", {**arguments, "state": "absent"}).changed
    assert lab.spec(FLOW_SPECS, flow_spec).get("sourceConnectionSpecIds", []) == []


@pytest.mark.parametrize("ids", [None, [None], [""], [LINK, None]])
def test_a_null_id_is_told_with_the_role_that_predicts_it(lab: Lab, ids: t.Any) -> None:
    for name in ("connection_spec_ids", "connection_spec_id"):
        outcome = lab.one("flow_spec_source_link", {"flow_spec_name": "RestStorageToAEP", name: ids}, check=True)
        assert outcome.failed
        assert "connection_spec_id" in outcome.msg
        assert "the ID is " in outcome.msg
        assert "the role aep.flow_service.source" in outcome.msg
    assert lab.requests() == []


def test_yaml_is_read_by_its_core_schema(lab: Lab) -> None:
    file = lab.folder / "it.yml"
    text = f"name: traps\nproviderId: {BATCH_PROVIDER}\ntype: yes\ndescription: 12:30\nattributes:\n"
    values = {
        "startTime": "12:30:45",
        "day": "2026-01-01",
        "off": "off",
        "grouped": "1_000",
        "octal": "0o17",
        "code": "0123",
    }
    file.write_text(text + "".join(f"  {key}: {value}\n" for key, value in values.items()))
    outcome = lab.one("connection_spec", {"src": str(file)})
    assert not outcome.failed, outcome.msg
    (stored,) = lab.named(CONNECTION_SPECS, "traps")
    assert (stored["type"], stored["description"]) == ("yes", "12:30")
    assert stored["attributes"] == {**values, "octal": 15, "code": 123}
    (warning,) = (warning for warning in outcome.warnings if "YAML reads" in warning)
    assert "0123 in line 11 as the number 123" in warning
    for line in ("version: 1.10", "version: 1", "version: true", "version: 1e3"):
        file.write_text(f"{text}  x: 1\n{line}\n")
        refused = lab.one("connection_spec", {"src": str(file)})
        assert refused.failed
        assert "version: it is of type" in refused.msg
        assert "in quotes" in refused.msg
    assert len(lab.writes()) == 1


def test_what_is_exported_is_what_is_defined(lab: Lab) -> None:
    texts = [
        "yes",
        "n",
        "0123",
        "0o17",
        "1e3",
        "12:30:45",
        "2026-01-01",
        "1_000",
        "~",
        "",
        " x ",
        "a\nb",
        "😀",
        "=",
        "1.10",
    ]
    lab.store(
        CONNECTION_SPECS, name="traps", version="1.10", type="no", attributes={"texts": texts, "0o7": 1.5, "y": 1e20}
    )
    for form, suffix in (("yaml", "yml"), ("json", "json")):
        folder = lab.folder / form
        lab.one("spec_export", {"dest": str(folder), "format": form, "names": ["traps"], "kinds": ["connection_specs"]})
        file = folder / "connection_specs" / f"traps.{suffix}"
        outcome = lab.one("connection_specs", {"src": str(folder)})
        assert [result["action"] for result in outcome.results] == ["unchanged"]
        assert "warnings" not in outcome.result
        if form == "yaml":
            assert yaml.safe_load(file.read_text(encoding="utf-8"))["attributes"]["texts"] == texts
    assert lab.writes() == []


def test_half_a_character_that_is_live_stops_nothing(lab: Lab) -> None:
    half = "\ud83d cut"
    flow_spec = lab.store(FLOW_SPECS, name="half", attributes={"text": half, "\udc00": 1}, sourceConnectionSpecIds=[])
    lab.store(CONNECTION_SPECS, name=f"conn {half}", description=half)
    assert lab.one("flow_spec_info", {"name": "half"}).flow_specs[0]["attributes"]["text"] == "\\ud83d cut"
    assert lab.one("connection_spec_info", {}).count > 0
    linked = lab.one(
        "flow_spec_source_link",
        {"flow_spec_id": flow_spec, "connection_spec_ids": [LINK], "check_connection_specs": False},
    )
    assert linked.changed
    assert linked.previous["attributes"]["text"] == "\\ud83d cut"
    # What belongs to others goes back as it came.
    assert lab.spec(FLOW_SPECS, flow_spec)["attributes"] == {"text": half, "\udc00": 1}
    changed = lab.one("flow_spec", {"id": flow_spec, "attributes": {"text": "whole"}})
    assert "\\uD83D" in changed.diff["before"]
    lab.store(FLOW_SPECS, id=flow_spec, name="half", attributes={"text": half})
    for form in ("yaml", "json"):
        outcome = lab.one("spec_export", {"dest": str(lab.folder / form), "format": form})
        assert not outcome.failed, outcome.msg
        assert not lab.one("spec_export", {"dest": str(lab.folder / form), "format": form}).changed
    audit = lab.one("audit_info", {"flow_specs": [{"name": "half", "attributes": {"text": "whole"}}]})
    assert any("\\ud83d" in str(finding["changes"]) for finding in audit.audit["findings"])


def test_linked_directories_are_read(lab: Lab) -> None:
    shared, src = lab.folder / "shared", lab.folder / "specs"
    shared.mkdir()
    src.mkdir()
    (shared / "it.json").write_text(json.dumps({**NEW, "name": "linked"}))
    (src / "shared").symlink_to(shared)
    (src / "loop").symlink_to(lab.folder)
    lab.store(CONNECTION_SPECS, name="linked")
    outcome = lab.one("connection_specs", {"src": str(src)}, check=True)
    assert [result["name"] for result in outcome.results] == ["linked"]
    assert "linked" not in [spec["name"] for spec in outcome.unmanaged]
    audit = lab.one("audit_info", {"connection_specs_src": str(src)}).audit
    assert "in_sync" in [finding["finding"] for finding in audit["findings"] if finding["name"] == "linked"]


def test_a_file_that_a_link_leads_to_is_exported_and_the_link_stays(lab: Lab) -> None:
    spec_id = lab.store(CONNECTION_SPECS, name="linked", version="1.0")
    own, folder = lab.folder / "own.yml", lab.folder / "out" / "connection_specs"
    folder.mkdir(parents=True)
    own.write_text(f"id: {spec_id}\nname: linked\n")
    (folder / "mine.yml").symlink_to(own)
    outcome = lab.one("spec_export", {"dest": str(lab.folder / "out"), "ids": [spec_id.upper()]})
    assert [Path(file["path"]).name for file in outcome.files] == ["mine.yml"]
    assert (folder / "mine.yml").is_symlink()
    assert yaml.safe_load(own.read_text())["version"] == "1.0"


def test_a_null_of_somebody_else_survives_a_link_and_an_update(lab: Lab) -> None:
    flow_spec = lab.store(FLOW_SPECS, name="nulls", theirs=None, runSpec=None, sourceConnectionSpecIds=[])
    arguments = {"flow_spec_id": flow_spec, "connection_spec_ids": [LINK], "check_connection_specs": False}
    assert lab.one("flow_spec_source_link", arguments).changed
    assert lab.one("flow_spec", {"id": flow_spec, "version": "2.0"}).changed
    for write in lab.writes():
        assert write["body"]["theirs"] is None
        assert write["body"]["runSpec"] is None


def test_what_a_template_has_left_is_told(lab: Lab) -> None:
    definition = {**NEW, "description": "{DESCRIPTION}", "sourceSpec": {"spec": {"query": "{SCHEDULE_QUERY}"}}}
    file = lab.folder / "it.yml"
    file.write_text(f"name: other\nproviderId: {BATCH_PROVIDER}\nattributes: {{category: {{key: {{CATEGORY}}}}}}\n")
    one = lab.one("connection_spec", {"definition": definition}, check=True)
    bulk = lab.one("connection_specs", {"definitions": [definition], "src": str(file)}, check=True)
    audit = lab.one("audit_info", {"connection_specs": [definition], "connection_specs_src": str(file)})
    assert ["{DESCRIPTION} at description" in warning for warning in one.warnings] == [True]
    for outcome in (bulk, audit):
        first, second = [warning for warning in outcome.warnings if "still holds" in warning]
        assert "{DESCRIPTION} at description" in first
        assert "SCHEDULE_QUERY" not in first
        assert f"{file} still holds" in second
        assert "{CATEGORY} at attributes.category.key" in second


@pytest.mark.parametrize(("live", "new"), [("Caf\u00e9", "Cafe\u0301"), ("Cafe\u0301", "Caf\u00e9")])
def test_a_name_that_looks_like_another_is_told(lab: Lab, live: str, new: str) -> None:
    spec_id = lab.store(CONNECTION_SPECS, name=live)
    for check in (True, False):
        outcome = lab.one("connection_spec", {"name": new, "provider_id": BATCH_PROVIDER}, check=check)
        assert [spec_id in warning and "NFC" in warning for warning in outcome.warnings] == [True]
    bulk = lab.one("connection_specs", {"definitions": [{**NEW, "name": "Ünique"}, {**NEW, "name": live}]})
    assert "warnings" not in bulk.result
    lab.store(FLOW_SPECS, name=live)
    bulk = lab.one("flow_specs", {"definitions": [{**NEW, "name": new}]}, check=True)
    assert ["NFC" in warning for warning in bulk.warnings] == [True]


@pytest.mark.real
def test_a_relative_file_is_looked_for_as_ansible_does(lab: Lab) -> None:
    tasks = lab.folder / "roles" / "mine" / "tasks"
    for folder in (lab.folder / "files", tasks, tasks.parent / "files"):
        folder.mkdir(parents=True)
    (lab.folder / "files" / "of-play.yml").write_text(yaml.safe_dump({**NEW, "name": "of-play"}))
    (tasks.parent / "files" / "of-role.yml").write_text(yaml.safe_dump({**NEW, "name": "of-role"}))
    (lab.folder / "here.yml").write_text(yaml.safe_dump({**NEW, "name": "here"}))
    (lab.folder / "files" / "here.yml").write_text(yaml.safe_dump({**NEW, "name": "not-here"}))
    (tasks / "main.yml").write_text(yaml.safe_dump([task("role", "connection_spec", src="of-role.yml", check=True)]))
    run = lab.play(
        task("play", "connection_spec", src="of-play.yml", check=True),
        task("directory first", "connection_spec", src="here.yml", check=True),
        {"name": "of role", "ansible.builtin.include_role": {"name": "mine"}},
        task("nowhere", "connection_spec", src="sub/nowhere.yml") | {"ignore_errors": True},
        task("no directory", "audit_info", flow_specs_src="nowhere") | {"ignore_errors": True},
    )
    assert run["play"].connection_spec["name"] == "of-play"
    assert run["role"].connection_spec["name"] == "of-role"
    assert run["directory first"].connection_spec["name"] == "here"
    assert run["nowhere"].failed
    for place in (lab.folder / "sub" / "nowhere.yml", lab.folder / "files" / "sub" / "nowhere.yml"):
        assert str(place) in run["nowhere"].msg
    assert "Could not read flow_specs_src" in run["no directory"].msg


@pytest.mark.real
def test_a_file_that_is_encrypted_is_decrypted_on_the_controller_and_told_elsewhere(lab: Lab) -> None:
    password, file, folder = lab.folder / "password", lab.folder / "secret.yml", lab.folder / "specs"
    folder.mkdir()
    password.write_text("for this test")
    command = [str(Path(PLAYBOOK).with_name("ansible-vault"))]
    for path in (file, folder / "it.yml"):
        path.write_text(yaml.safe_dump({**NEW, "name": path.stem}))
        subprocess.run(
            [*command, "encrypt", "--vault-password-file", str(password), str(path)],
            check=True,
            capture_output=True,
            env=lab.environment(),
        )
    tasks = [
        task("one", "connection_spec", src=str(file), check=True) | {"ignore_errors": True},
        task("many", "connection_specs", src=str(folder), check=True) | {"ignore_errors": True},
    ]
    run = lab.play(*tasks, arguments=("--vault-password-file", str(password)))
    if lab.runs_in_worker:
        assert run["one"].connection_spec["name"] == "secret"
        assert [result["name"] for result in run["many"].results] == ["it"]
        run = lab.play(*tasks)
    for name, path in (("one", file), ("many", folder / "it.yml")):
        assert run[name].failed
        assert f"ansible-vault has encrypted the file {path}" in run[name].msg
        assert "Next step: " in run[name].msg
