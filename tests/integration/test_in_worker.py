# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""In Ansible's worker process, the keywords of a task mean what they mean for any module."""

from __future__ import annotations

import json
import os
import typing as t

import pytest

from lab import BATCH_PROVIDER, CONNECTION_SPECS, FLOW_SPECS, REST_STORAGE, SECRET, Lab, Task, task
from lab.starts import ANSIBLE, PYTHON

pytestmark = pytest.mark.real("worker")

LOOK = task("look", "flow_spec_info", id=REST_STORAGE)
# A host that nothing but a delegated task can work on.
UNREACHABLE = "web1 ansible_host=192.0.2.1 ansible_connection=ssh\nweb2 ansible_host=192.0.2.1 ansible_connection=ssh\n"


@pytest.fixture
def watched(lab: Lab) -> Lab:
    """A lab in which every module that was really packed and run leaves its file."""
    lab.variables |= {"ANSIBLE_KEEP_REMOTE_FILES": "true", "ANSIBLE_REMOTE_TEMP": str(lab.folder / "remote")}
    return lab


def packed(lab: Lab) -> list[str]:
    """The modules that were packed and run."""
    return sorted({path.name for path in lab.folder.glob("remote/**/AnsiballZ_*.py")})


def inventory(lab: Lab, text: str) -> tuple[str, ...]:
    """The arguments for an inventory."""
    file = lab.folder / "hosts.ini"
    file.write_text(text)
    return ("-i", str(file))


def test_nothing_is_packed_on_the_controller(watched: Lab) -> None:
    run = watched.play(LOOK, play={"vars": {}})
    assert run.status == 0, run.output
    assert run["look"].count == 1
    assert packed(watched) == []


@pytest.mark.parametrize("python", ["auto_silent", "python3", "{{ ansible_playbook_python }}", "{{ omit }}"])
def test_this_python_by_any_name_is_no_other(watched: Lab, python: str) -> None:
    """The folder of this Python comes first in PATH, as in an activated environment."""
    path = f"{ANSIBLE}{os.pathsep}{os.environ['PATH']}"
    run = watched.play(LOOK, play={"vars": {"ansible_python_interpreter": python}}, PATH=path)
    assert run.status == 0, run.output
    assert packed(watched) == []


ELSEWHERE: dict[str, tuple[Task, Task]] = {
    "connection": ({"vars": {"ansible_connection": "elsewhere"}}, {}),
    "become": ({"become": True, "become_method": "pretend"}, {}),
    "async": ({"async": 30, "poll": 1}, {}),
    "python": ({"vars": {"ansible_python_interpreter": "{{ lookup('env', 'OTHER_PYTHON') }}"}}, {}),
}


@pytest.mark.parametrize("way", ELSEWHERE)
def test_it_steps_aside_for_the_module(watched: Lab, way: str) -> None:
    keywords, play = ELSEWHERE[way]
    other = watched.folder / "other-python"
    other.write_text(f'#!/bin/sh\nexec "{PYTHON}" "$@"\n')
    other.chmod(0o755)
    run = watched.play({**LOOK, **keywords}, play=play, OTHER_PYTHON=str(other))
    assert run.status == 0, run.output
    assert run["look"].count == 1
    assert "AnsiballZ_flow_spec_info.py" in packed(watched)


def test_python_from_the_configuration_is_on_purpose_too(watched: Lab) -> None:
    run = watched.play(LOOK, play={"vars": {}}, ANSIBLE_PYTHON_INTERPRETER="/nowhere/python")
    # An implicit localhost has the Python of the playbook; a host of the inventory has what is configured.
    assert run.status == 0, run.output
    hosts = inventory(watched, "here ansible_connection=local\n")
    run = watched.play(
        LOOK, play={"hosts": "here", "vars": {}}, arguments=hosts, ANSIBLE_PYTHON_INTERPRETER="/nowhere/python"
    )
    assert run.status != 0
    assert "/nowhere/python" in run.output


def test_environment_is_that_of_each_item_and_gone_after_it(lab: Lab) -> None:
    items = ["dev", "", "stage", ""]
    environment = "{{ {'AEP_SANDBOX_NAME': item, 'AEP_TIMEOUT': 30} if item else {} }}"
    run = lab.play(
        {**LOOK, "loop": items, "environment": environment},
        {**LOOK, "environment": {"AEP_SANDBOX_NAME": "qa"}},
        LOOK,
        play={"environment": {"AEP_ORG_ID": "play@AdobeOrg"}},
    )
    assert run.status == 0, run.output
    headers = [request["headers"] for request in lab.requests()]
    sandboxes = [header["x-sandbox-name"] for header in headers]
    assert sandboxes == ["dev", "prod", "stage", "prod", "qa", "prod"]
    assert {header["x-gw-ims-org-id"] for header in headers} == {"play@AdobeOrg"}


def test_environment_is_gone_after_a_failure(lab: Lab) -> None:
    environment = "{{ {'AEP_ORG_ID': item} if item else {} }}"
    run = lab.play({**LOOK, "loop": ["é", ""], "environment": environment, "ignore_errors": True})
    first, second = run.items
    assert "org_id has a character" in first["msg"]
    assert second["count"] == 1


def test_delegation_and_run_once(watched: Lab) -> None:
    hosts = inventory(watched, UNREACHABLE)
    once = {**task("once", "flow_spec_info", name="{{ wanted }}"), "run_once": True}
    run = watched.play(
        {**LOOK, "delegate_to": "localhost"},
        {**once, "delegate_to": "localhost"},
        play={"hosts": "all", "vars": {"wanted": "RestStorageToAEP"}},
        arguments=hosts,
    )
    assert run.status == 0, run.output
    assert len([outcome for outcome in run.outcomes if outcome.task == "look"]) == 2
    assert run["once"].count == 1
    assert packed(watched) == []
    assert len(watched.requests()) == 3
    assert len(watched.requests("ims")) == 1


def test_the_interpreter_of_the_delegated_host_counts(watched: Lab) -> None:
    hosts = inventory(watched, "web1 ansible_connection=ssh ansible_python_interpreter=/nowhere/python\n")
    run = watched.play({**LOOK, "delegate_to": "localhost"}, play={"hosts": "all", "vars": {}}, arguments=hosts)
    assert run.status == 0, run.output
    assert packed(watched) == []


def test_retries_and_until(lab: Lab) -> None:
    lab.fault("GET", REST_STORAGE, type="status", status=500)
    again = {**LOOK, "until": "look.count | default(0) == 1", "retries": 2, "delay": 0, "register": "look"}
    run = lab.play(again, AEP_RETRIES="1")
    assert run.status == 0, run.output
    assert run["look"].attempts == 2
    assert len(lab.requests()) == 2


def test_loops_vars_and_conditions(lab: Lab) -> None:
    make = task(
        "make", "connection_spec", name="{{ prefix }}-{{ item }}", provider_id=BATCH_PROVIDER, version="{{ 1 }}"
    )
    run = lab.play(
        {**make, "loop": ["a", "b", "c"], "vars": {"prefix": "looped"}, "when": "item != 'b'", "register": "made"},
        task(
            "find", "connection_spec_info", ids="{{ made.results | selectattr('id', 'defined') | map(attribute='id') }}"
        ),
    )
    assert run.status == 0, run.output
    assert [spec["name"] for spec in run["find"].connection_specs] == ["looped-a", "looped-c"]
    assert run["find"].connection_specs[0]["version"] == "1"


def test_check_mode_and_diff_of_play_and_task(lab: Lab) -> None:
    change = task("change", "flow_spec", id=REST_STORAGE, version="9")
    run = lab.play(change, arguments=("--check", "--diff"))
    assert run["change"].changed
    assert "+version: '9'" in run.output
    assert lab.writes() == []
    run = lab.play({**change, "check_mode": False}, arguments=("--check",))
    assert run["change"].changed
    assert len(lab.writes()) == 1


@pytest.mark.proof("promise 7")
def test_no_log(lab: Lab) -> None:
    run = lab.play(
        {**LOOK, "no_log": True}, task("fail", "flow_spec_info", name=" ") | {"no_log": True}, arguments=("-vvv",)
    )
    assert run.status == 2
    assert "RestStorageToAEP" not in run.output
    assert run.output.count("censored") == 2


@pytest.mark.proof("promise 7")
def test_secrets_of_arguments_are_censored(lab: Lab) -> None:
    secret = SECRET
    del lab.variables["AEP_CLIENT_SECRET"]
    run = lab.play(
        task("given", "flow_spec_info", id=REST_STORAGE, client_secret="{{ lookup('env', 'GIVEN') }}"),
        task("bad", "flow_spec_info", id="a/b", client_secret="{{ lookup('env', 'GIVEN') }}") | {"ignore_errors": True},
        arguments=("-vvvv",),
        GIVEN=secret,
        ANSIBLE_INJECT_INVOCATION="true",
    )
    assert run.status == 0, run.output
    assert run["given"].invocation["module_args"]["client_secret"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
    assert run["bad"].invocation["module_args"]["client_secret"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
    assert secret not in run.output + json.dumps([outcome.result for outcome in run.outcomes])


def test_a_task_that_takes_too_long_is_stopped(lab: Lab) -> None:
    lab.fault("GET", REST_STORAGE, type="delay", seconds=5)
    run = lab.play(
        {**LOOK, "timeout": 1, "ignore_errors": True}, task("after", "flow_spec_info", name="RestStorageToAEP")
    )
    assert run.status == 0, run.output
    assert run["look"].failed
    assert run["after"].count == 1
    # The answer would have taken five seconds.
    stopped, after = (request["time"] for request in lab.requests())
    assert after - stopped < 4


def test_values_come_as_a_module_gets_them(lab: Lab) -> None:
    """Dates, templates and numbers of a playbook, without Ansible's own types around them."""
    attributes = {"text": "{{ 'a' ~ 1 }}", "list": "{{ [1, 2] }}", "none": None, "deep": {"yes": True, "float": 1.5}}
    definition = {"name": "typed", "providerId": BATCH_PROVIDER, "attributes": attributes}
    run = lab.play(task("make", "flow_spec", definition=definition), task("again", "flow_spec", definition=definition))
    assert run.status == 0, run.output
    (stored,) = lab.named(FLOW_SPECS, "typed")
    assert stored["attributes"] == {"text": "a1", "list": [1, 2], "none": None, "deep": {"yes": True, "float": 1.5}}
    assert not run["again"].changed


def test_a_loop_shares_its_connection(lab: Lab) -> None:
    """One connection for all items of a loop: its client port is the same."""
    names = [lab.store(CONNECTION_SPECS, name=f"item-{number}") for number in range(5)]
    run = lab.play({**task("look", "connection_spec_info", id="{{ item }}"), "loop": names})
    assert run.status == 0, run.output
    ports: set[t.Any] = {request["client_port"] for request in lab.requests()}
    assert len(lab.requests()) == 5
    assert len(ports) == 1
