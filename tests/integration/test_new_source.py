# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook new_source: each shape passes the checks, and the source that it defines can be verified."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.aep.flow_service.plugins.module_utils._checks.run import check_file
from lab import CONNECTION_SPECS, FLOW_SPECS, GENERIC_STREAMING, REST_STORAGE, Lab, Run
from lab.dataflows import DATASET, SCHEMA
from lab.verifications import role

pytestmark = pytest.mark.real("worker")

SECRETS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "oauth2": (
        {"clientId": "c", "accessTokenUrl": "https://x"},
        {"clientSecret": "s3cr3t-1", "accessToken": "s3cr3t-2", "refreshToken": "s3cr3t-3"},
    ),
    "basic": ({"username": "u"}, {"password": "s3cr3t-4"}),
    "api_key": ({}, {"authKey1": "s3cr3t-5"}),
    "streaming": ({}, {}),
}


def write(lab: Lab, file: Path, **answers: str) -> Run:
    given = {
        "shape": "basic",
        "name": "acme: orders",
        "host": "https://api.acme.example",
        "path": "/stores/${storeId}/orders",
        "records": "$.orders",
        "file": str(file),
        **answers,
    }
    variables = {f"new_source_{name}": value for name, value in given.items()}
    return lab.run_playbook("aep.flow_service.new_source", "-e", json.dumps(variables))


@pytest.mark.parametrize("shape", SECRETS)
def test_each_shape_passes_the_checks_and_can_be_verified(lab: Lab, tmp_path: Path, shape: str) -> None:
    file = tmp_path / "source.yml"
    written = write(lab, file, shape=shape)
    assert written.status == 0, written.output
    assert lab.requests() == []
    assert check_file(str(file)) == (1, [])
    definition = yaml.safe_load(file.read_text("utf-8"))
    is_streaming = shape == "streaming"
    spec_id = lab.store(CONNECTION_SPECS, **definition)
    flow_spec = lab.spec(FLOW_SPECS, GENERIC_STREAMING if is_streaming else REST_STORAGE)
    lab.store(FLOW_SPECS, **{**flow_spec, "sourceConnectionSpecIds": [spec_id]})
    lab.put_state("rows", spec_id, {"rows": [{"id": 1}]})
    lab.switch(run_delay=0.0, run_time=0.0)
    plain, secrets = SECRETS[shape]
    variables: dict[str, t.Any] = {
        "connection_spec": spec_id,
        "auth_params": plain,
        "auth_secrets": secrets,
        "source_params": {} if is_streaming else {"storeId": "1"},
        "dataset_id": DATASET,
        "schema_id": SCHEMA,
        "mappings": [{"source": "id", "destination": "_id"}],
        "record": {"id": "1"} if is_streaming else {},
        "wait_interval": 0.1,
        "wait_timeout": 30,
    }
    run = lab.play(role(variables))
    assert run.status == 0, run.output
    report = run["Judge the steps"].ansible_facts["verify_report"]
    assert report["summary"]["result"] == "passed", report


def test_an_answer_that_cannot_be_used_writes_nothing(lab: Lab, tmp_path: Path) -> None:
    file = tmp_path / "source.yml"
    for answers in ({"shape": "soap"}, {"host": "api.acme.example/"}, {"records": "orders"}):
        run = write(lab, file, **answers)
        assert run.status == 2
        assert not file.exists()
    file.write_text("mine", encoding="utf-8")
    assert write(lab, file).status == 2
    assert file.read_text("utf-8") == "mine"
