# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tokens and credentials, and where they come from."""

from __future__ import annotations

import json
import typing as t

import pytest

from lab import REST_STORAGE, Lab, task
from lab.starts import ANSIBLE

GET = ("GET", f"flowSpecs/{REST_STORAGE}")
READ = {"id": REST_STORAGE}


def test_the_token_request_is_as_documented(lab: Lab) -> None:
    assert lab.one("flow_spec_info", READ).count == 1
    (request,) = lab.requests("ims")
    assert (request["method"], request["path"], request["query"]) == ("POST", "/ims/token/v3", "")
    assert request["body"]["grant_type"] == "client_credentials"
    assert (
        request["body"]["scope"] == "openid,session,AdobeID,read_organizations,additional_info.projectedProductContext"
    )
    assert "secret" not in json.dumps(request["headers"])


def test_scopes_from_the_environment(lab: Lab) -> None:
    assert lab.one("flow_spec_info", READ, AEP_SCOPES="openid, AdobeID").count == 1
    assert lab.requests("ims")[0]["body"]["scope"] == "openid,AdobeID"


def test_a_token_that_is_given_is_used_and_none_is_fetched(lab: Lab) -> None:
    outcome = lab.one("flow_spec_info", {**READ, "access_token": "emulator-token"})
    assert outcome.count == 1
    assert lab.requests("ims") == []
    outcome = lab.one("flow_spec_info", READ, AEP_ACCESS_TOKEN="out-of-date")
    assert outcome.failed
    assert outcome.code == "401013"
    assert "get a new access_token" in outcome.msg
    assert len(lab.requests()) == 2


@pytest.mark.proof("promise 8")
@pytest.mark.parametrize("status", [400, 401])
def test_wrong_credentials(lab: Lab, status: int) -> None:
    lab.switch(ims_error_status=status)
    outcome = lab.one("flow_spec_info", {**READ, "client_secret": "wrong-secret-of-mine"})
    assert outcome.failed
    assert "invalid_client" in outcome.msg
    assert "check client_id and client_secret" in outcome.msg
    assert len(lab.requests("ims")) == 1
    assert lab.requests() == []


def test_a_failure_of_ims_is_never_an_answer_of_the_service(lab: Lab) -> None:
    lab.fault("POST", "/ims/token", times=None, type="status", status=404, body={"message": "no such page"})
    outcome = lab.one("flow_spec_info", {"id": "not-there"})
    assert outcome.failed
    assert "Could not get an access token" in outcome.msg
    assert lab.requests() == []


@pytest.mark.parametrize("lifetime", [{}, {"expires_in": "x"}, {"expires_in": 10**400}], ids=["none", "text", "huge"])
def test_a_token_of_unknown_lifetime_is_used(lab: Lab, lifetime: dict[str, object]) -> None:
    answer = {"access_token": "emulator-token", **lifetime}
    lab.fault("POST", "/ims/token", times=None, type="replace_body", body=answer)
    outcome = lab.one("flow_spec", {**READ, "version": "2"})
    assert outcome.changed
    assert len(lab.requests("ims")) == 1


@pytest.mark.parametrize("answer", ["<html>", {}, [], {"access_token": 5}, {"access_token": "a\nb"}], ids=str)
def test_an_answer_of_ims_without_a_token(lab: Lab, answer: t.Any) -> None:
    lab.fault("POST", "/ims/token", times=None, type="replace_body", body=answer)
    outcome = lab.one("flow_spec_info", READ)
    assert outcome.failed
    assert "without a usable access_token" in outcome.msg


def test_a_wrong_path_is_not_taken_for_a_spec_that_is_not_there(lab: Lab) -> None:
    outcome = lab.one("flow_spec_info", {"id": "not-there", "base_url": f"{lab.url}/wrong"})
    assert outcome.failed
    assert "check the id, sandbox_name and base_url" in outcome.msg


@pytest.mark.real
def test_a_missing_library_is_named_with_the_command_to_install_it(lab: Lab) -> None:
    (lab.folder / "hidden").mkdir()
    (lab.folder / "hidden" / "requests.py").write_text("raise ImportError('hidden')\n")
    outcome = lab.one("flow_spec_info", READ, PYTHONPATH=str(lab.folder / "hidden"))
    assert outcome.failed
    assert "python -m pip install requests" in outcome.msg
    assert str(ANSIBLE) in outcome.msg


@pytest.mark.real
def test_module_defaults_with_the_group(lab: Lab) -> None:
    options = {name.removeprefix("AEP_").lower(): value for name, value in lab.variables.items()}
    lab.variables = {}
    run = lab.play(
        task("flow spec", "flow_spec_info", **READ),
        task("flow spec write", "flow_spec", **READ, check=True),
        task("connection spec", "connection_spec_info"),
        task("connection spec write", "connection_spec", check=True, name="x", provider_id="y"),
        task("link", "flow_spec_source_link", check=True, flow_spec_id=REST_STORAGE, connection_spec_ids=[]),
        play={"module_defaults": {"group/aep.flow_service.all": options}},
    )
    assert run.status == 0, run.output
    assert len(run.outcomes) == 5
