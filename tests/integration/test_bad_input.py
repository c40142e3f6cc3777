# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bad input is refused with a sentence that names it, before any request where that is possible."""

from __future__ import annotations

import typing as t

import pytest

from lab import BATCH_PROVIDER, FLOW_SPECS, REST_STORAGE, Lab, task

NAMED = {"name": "x", "provider_id": BATCH_PROVIDER}

WITHOUT_A_REQUEST: dict[str, tuple[str, dict[str, t.Any], str]] = {
    "no spec": ("flow_spec", {}, "one of the following is required: id, name, definition, src"),
    "no spec in definition": ("flow_spec", {"definition": {"version": "1"}}, "neither an ID nor a name is set"),
    "unknown option": ("flow_spec", {**NAMED, "nmae": "x"}, "nmae"),
    "empty name": ("flow_spec", {"name": ""}, "name is empty"),
    "blank name in definition": ("flow_spec", {"definition": {"name": " "}}, "definition, name: the name is empty"),
    "name is no string": (
        "flow_spec",
        {"definition": {"name": ["x"]}},
        "definition, name: it is of type list, and must be of type str",
    ),
    "id with a slash": ("flow_spec", {"id": "a/b"}, "Could not use id: 'a/b' is not an ID"),
    "id of dots": ("connection_spec", {"id": ".."}, "Could not use id: '..' is not an ID"),
    "empty id": ("connection_spec", {"id": ""}, "Could not use id: the ID is empty"),
    "id with a query": ("flow_spec_info", {"id": "x?y=z"}, "Could not use id: 'x?y=z' is not an ID"),
    "id in definition with a slash": (
        "flow_spec",
        {"definition": {"id": "a/b", "name": "x"}},
        "Could not use definition, id: 'a/b' is not an ID",
    ),
    "two ids": (
        "flow_spec",
        {"id": "a", "definition": {"id": "b"}},
        "the option id is 'a', and definition has 'b'",
    ),
    "two contents": ("flow_spec", {"definition": {"name": "x"}, "src": "y"}, "mutually exclusive: definition|src"),
    "definition is a list": ("flow_spec", {"definition": [1]}, "definition"),
    "items of two": ("flow_spec", {"definition": {"items": [{"name": "a"}, {"name": "b"}]}}, "and is a list of 2"),
    "items of none": ("flow_spec", {"definition": {"items": []}}, "and is a list of 0"),
    "two spellings": (
        "flow_spec",
        {"definition": {"name": "x", "transformationSpec": [], "transformationSpecs": [{"name": "M"}]}},
        "transformationSpecs under two names",
    ),
    "state absent of a flow spec": ("flow_spec", {**NAMED, "state": "absent"}, "Could not delete the flow spec"),
    "state absent of a connection spec": (
        "connection_spec",
        {**NAMED, "state": "absent"},
        "Could not delete the connection spec",
    ),
    "bad path": ("flow_spec", {**NAMED, "ignore_paths": ["a..b"]}, "ignore_paths: 'a..b'"),
    "no flow spec": ("flow_spec_source_link", {"connection_spec_ids": ["x"]}, "flow_spec_id, flow_spec_name"),
    "two flow specs": (
        "flow_spec_source_link",
        {"flow_spec_id": "a", "flow_spec_name": "b", "connection_spec_ids": ["x"]},
        "mutually exclusive",
    ),
    "no connection spec": ("flow_spec_source_link", {"flow_spec_id": "a"}, "connection_spec_ids"),
    "connection spec id with a slash": (
        "flow_spec_source_link",
        {"flow_spec_id": "a", "connection_spec_ids": ["x/y"]},
        "Could not use connection_spec_ids[0]: 'x/y' is not an ID",
    ),
    "http": (
        "flow_spec_info",
        {"base_url": "http://platform.example"},
        "base_url is http://platform.example, and http would send the token unencrypted",
    ),
    "http to ims": ("flow_spec_info", {"ims_url": "http://10.0.0.1"}, "ims_url is http://10.0.0.1, and http would"),
    "no url": ("flow_spec_info", {"base_url": "platform"}, "base_url is not a URL"),
    "credentials in url": ("flow_spec_info", {"base_url": "https://user:pa55@host"}, "base_url must be a plain URL"),
    "no tries": ("flow_spec_info", {"retries": 0}, "retries must be at least 1"),
    "negative time": ("flow_spec_info", {"settle_time": -1}, "settle_time must be"),
    "no time": ("flow_spec_info", {"timeout": 0}, "timeout must be"),
    "line break in a header": ("flow_spec_info", {"org_id": "a\r\nb: c"}, "org_id has a character"),
    "no scopes": ("flow_spec_info", {"scopes": []}, "scopes is empty"),
    "key without certificate": ("flow_spec_info", {"client_key": "/x"}, "client_key is given without client_cert"),
}

FILES: dict[str, tuple[str, bytes, str]] = {
    "not JSON": ("bad.json", b'{"name": ', "not valid JSON or YAML"),
    "not YAML": ("bad.yml", b"name: [x\nother: y", "not valid JSON or YAML"),
    "a list": ("list.json", b"[1, 2]", "it is of type list, and must be of type dict"),
    "a text": ("text.yml", b"just words", "it is of type str, and must be of type dict"),
    "empty": ("empty.yml", b"", "it is of type null, and must be of type dict"),
    "no text": ("binary.yml", b"\xff\xfe\x00\x01", "is not UTF-8 text"),
    "a key twice in JSON": ("twice.json", b'{"name": "a", "name": "b"}', "'name' stands twice"),
    "a key twice in YAML": ("twice.yml", b"name: a\nname: b\n", "'name' stands twice"),
    "a key that is no string": ("key.yml", b"name: a\nattributes: {1: x}\n", "the key 1 is no string"),
    "infinity": ("inf.yml", b"name: a\nattributes: {x: .inf}\n", "attributes.x: it is inf"),
    "not a number": ("nan.json", b'{"name": "a", "attributes": {"x": NaN}}', "NaN is not JSON"),
    "two documents": ("two.yml", b"name: a\n---\nname: b\n", "2 YAML documents"),
    "a tag": ("tag.yml", b"name: !!python/object:os.system a\n", "has no meaning in JSON"),
    "itself": ("loop.yml", b"name: a\nattributes: &a {self: *a}\n", "contains itself"),
}


def test_bad_options_and_definitions(lab: Lab) -> None:
    run = lab.play(
        *(
            task(name, module, **arguments) | {"ignore_errors": True}
            for name, (module, arguments, _words) in WITHOUT_A_REQUEST.items()
        )
    )
    for name, (_module, _arguments, words) in WITHOUT_A_REQUEST.items():
        assert run[name].failed, name
        assert words.lower() in run[name].msg.lower(), name
    assert lab.requests() == []
    assert lab.requests("ims") == []


def test_bad_files(lab: Lab) -> None:
    for file, content, _words in FILES.values():
        (lab.folder / file).write_bytes(content)
    run = lab.play(
        *(
            task(name, "connection_spec", src=str(lab.folder / file)) | {"ignore_errors": True}
            for name, (file, _content, _words) in FILES.items()
        ),
        task("missing", "connection_spec", src="/not/there.yml") | {"ignore_errors": True},
        task("folder", "connection_spec", src=str(lab.folder)) | {"ignore_errors": True},
    )
    for name, (file, _content, words) in FILES.items():
        assert run[name].failed, name
        assert words in run[name].msg, run[name].msg
        assert file in run[name].msg or name == "infinity", name
        assert "Traceback" not in run[name].msg
    assert "/not/there.yml cannot be read: No such file or directory" in run["missing"].msg
    assert "cannot be read: Is a directory" in run["folder"].msg
    assert lab.requests() == []


def test_a_newcomer_is_told_all_that_is_missing(lab: Lab) -> None:
    for variable in ("AEP_CLIENT_ID", "AEP_ORG_ID", "AEP_CLIENT_SECRET"):
        del lab.variables[variable]
    told = lab.one("flow_spec_info", {}).msg
    for variable in ("AEP_CLIENT_ID", "AEP_ORG_ID", "AEP_CLIENT_SECRET", "AEP_ACCESS_TOKEN"):
        assert variable in told
    assert "Next step: export these" in told
    assert "Adobe Developer Console" in told
    assert "AEP_CLIENT_ID" not in lab.one("flow_spec_info", {"client_id": "somebody"}).msg


@pytest.mark.real("worker")
@pytest.mark.parametrize("is_twin", [False, True], ids=["worker", "module"])
def test_a_mistyped_option_is_told_with_those_that_there_are(lab: Lab, is_twin: bool) -> None:
    if is_twin:
        lab.as_modules()
    outcome = lab.one("flow_spec_info", {"nmae": "RestStorageToAEP"})
    assert outcome.failed
    assert "Unsupported parameters" in outcome.msg
    mistyped, supported = outcome.msg.split("Supported parameters include:")
    assert "nmae" in mistyped
    assert " name" in supported
    assert lab.requests() == []


def test_a_mistyped_sandbox_is_told_and_nothing_is_written(lab: Lab) -> None:
    lab.switch(sandboxes=["prod", "dev"])
    new = {"name": "acme", "providerId": BATCH_PROVIDER, "version": "1.0"}
    connection = {"sandbox_name": "porduction"}
    tasks = [
        task("create", "connection_spec", definition=new, **connection),
        task("update", "flow_spec", id=REST_STORAGE, version="2.0", **connection),
        task("look", "flow_spec_info", id=REST_STORAGE, **connection),
        task("many", "connection_specs", definitions=[new], **connection),
        task("link", "flow_spec_source_link", flow_spec_id=REST_STORAGE, connection_spec_id="x", **connection),
    ]
    run = lab.play(*({**one, "ignore_errors": True} for one in tasks))
    for one in tasks:
        told = run[one["name"]]
        assert told.failed
        assert "FLOW-2101-404" in told.msg
        assert "'porduction'" in told.msg
        assert "check sandbox_name" in told.msg
    assert lab.writes() == []
    assert lab.one("flow_spec_info", {"id": REST_STORAGE, "sandbox_name": "dev"}).count == 1


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("AEP_CLIENT_ID", "client_id is not set"),
        ("AEP_ORG_ID", "org_id is not set"),
        ("AEP_CLIENT_SECRET", "there are no credentials"),
    ],
)
def test_missing_credentials(lab: Lab, missing: str, words: str) -> None:
    del lab.variables[missing]
    outcome = lab.one("flow_spec_info", {})
    assert outcome.failed
    assert words in outcome.msg
    assert missing in outcome.msg
    assert lab.requests("ims") == lab.requests() == []


def test_two_live_specs_of_one_name(lab: Lab) -> None:
    ids = [lab.store(FLOW_SPECS, name="double") for _copy in range(2)]
    run = lab.play(
        task("spec", "flow_spec", name="double", version="2") | {"ignore_errors": True},
        task("check", "flow_spec", check=True, name="double", version="2") | {"ignore_errors": True},
        task("link", "flow_spec_source_link", flow_spec_name="double", connection_spec_ids=["x"])
        | {"ignore_errors": True},
    )
    for outcome in run.outcomes:
        assert outcome.failed
        assert outcome.ids == ids
        assert all(spec_id in outcome.msg for spec_id in ids)
        assert "No changes were made" in outcome.msg
    assert lab.writes() == []


def test_a_spec_that_cannot_be_created(lab: Lab) -> None:
    run = lab.play(
        task("no provider", "flow_spec", name="new") | {"ignore_errors": True},
        task("no provider in check mode", "flow_spec", check=True, name="new") | {"ignore_errors": True},
        task("id of one's choice", "flow_spec", id="not-there", **NAMED) | {"ignore_errors": True},
        task("id only in the definition", "flow_spec", definition={"id": "not-there"}) | {"ignore_errors": True},
    )
    assert "set provider_id" in run["no provider"].msg
    assert run["no provider"].msg == run["no provider in check mode"].msg
    assert "find the flow spec with ID not-there" in run["id of one's choice"].msg
    assert "find the flow spec with ID not-there" in run["id only in the definition"].msg
    assert all(outcome.failed for outcome in run.outcomes)
    assert lab.writes() == []


@pytest.mark.real
def test_a_definition_of_another_sandbox_makes_a_spec_of_its_own_id(lab: Lab) -> None:
    definition = {"id": "of-elsewhere", "name": "moved", "providerId": BATCH_PROVIDER}
    run = lab.play(task("first", "flow_spec", definition=definition), task("again", "flow_spec", definition=definition))
    assert run["first"].changed
    assert run["first"].id != "of-elsewhere"
    assert "of-elsewhere" in " ".join(run["first"].warnings)
    assert not run["again"].changed
    assert run["again"].id == run["first"].id


def test_a_state_that_does_not_exist_is_refused(lab: Lab) -> None:
    outcome = lab.one("flow_spec", {"id": REST_STORAGE, "state": "removed"})
    assert outcome.failed
    assert "present, absent" in outcome.msg
