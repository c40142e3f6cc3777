# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connection options as they come from the environment: empty, wrong, and pasted with what does not belong to them."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.aep.flow_service.plugins.module_utils._tasks.options import connection_options
from lab import REST_STORAGE, Lab, task
from lab.servers import answering

READ = {"id": REST_STORAGE}
REQUIRED = {"client_id", "client_secret", "org_id"}
# What the lab itself needs from the environment is given as an option here.
WHERE = ("base_url", "ims_url")


@pytest.fixture(params=["worker", pytest.param("module", marks=pytest.mark.slow)])
def each_way(request: pytest.FixtureRequest, lab: Lab) -> Lab:
    return lab.as_modules() if request.param == "module" else lab


def variable(option: str) -> str:
    return f"AEP_{option.upper()}"


@pytest.mark.parametrize("blank", ["", "  "])
def test_an_empty_variable_counts_as_not_set(each_way: Lab, blank: str) -> None:
    """All of them at once, of whatever type; AWX injects empty texts for the inputs of a credential left empty."""
    lab = each_way
    optional = [option for option in connection_options() if option not in (*REQUIRED, *WHERE)]
    given: dict[str, t.Any] = dict.fromkeys(map(variable, optional), blank)
    run = lab.play(
        task("module", "flow_spec_info", **READ),
        {
            "name": "lookup",
            "ansible.builtin.debug": {"msg": f"{{{{ lookup('aep.flow_service.flow_spec', '{REST_STORAGE}').id }}}}"},
        },
        {
            "name": "lookup with variables",
            "ansible.builtin.debug": {"msg": f"{{{{ lookup('aep.flow_service.flow_spec', '{REST_STORAGE}').id }}}}"},
            "vars": {f"aep_{option}": blank for option in optional},
        },
        **given,
    )
    assert run.status == 0, run.output
    assert run["module"].count == 1
    assert run["lookup"].msg == run["lookup with variables"].msg == REST_STORAGE
    assert {request["headers"]["x-sandbox-name"] for request in lab.requests()} == {"prod"}


def test_empty_urls_are_the_platform(lab: Lab) -> None:
    with answering() as proxy:
        given: dict[str, t.Any] = {variable(option): "" for option in WHERE} | {"AEP_PROXY": f"http://{proxy.place}"}
        outcome = lab.one("flow_spec_info", {**READ, "retries": 1}, **given)
        assert "https://ims-na1.adobelogin.com/ims/token/v3" in outcome.msg
        outcome = lab.one("flow_spec_info", {**READ, "retries": 1, "access_token": "a-token"}, **given)
        assert "https://platform.adobe.io/data/foundation/flowservice" in outcome.msg
    assert proxy.asked == ["ims-na1.adobelogin.com:443", "platform.adobe.io:443"]


WRONG = {
    "AEP_TIMEOUT": ("soon", "0", "-1", "inf"),
    "AEP_RETRIES": ("few", "0", "1.5"),
    "AEP_RETRY_DEADLINE": ("late", "nan"),
    "AEP_SETTLE_TIME": ("1s", "-0.1"),
    "AEP_VALIDATE_CERTS": ("perhaps",),
    "AEP_TOKEN_CACHE": ("2",),
    "AEP_BASE_URL": ("platform", "http://example.com", "https://svc:word@host", "https://h?x"),
    "AEP_IMS_URL": ("ims", "ftp://h"),
    "AEP_PROXY": ("http://", "ftp://h"),
    "AEP_SANDBOX_NAME": ("\u00e9",),
    "AEP_ORG_ID": ("a\tb",),
}


def test_a_wrong_value_is_named_with_its_variable(each_way: Lab) -> None:
    lab = each_way
    cases = [(name, value) for name, values in WRONG.items() for value in values]
    run = lab.play(
        *(
            task(f"{name} {value}", "flow_spec_info", **READ) | {"environment": {name: value}, "ignore_errors": True}
            for name, value in cases
        ),
        # An option that is wrong is not blamed on a variable.
        task("option", "flow_spec_info", **READ, timeout="soon") | {"ignore_errors": True},
        AEP_TIMEOUT="7",
    )
    assert len(run.outcomes) == len(cases) + 1, run.output
    for (name, value), outcome in zip(cases, run.outcomes, strict=False):
        assert outcome.failed, (name, value)
        assert name in outcome.msg, outcome.msg
        assert name.removeprefix("AEP_").lower() in outcome.msg
        assert "EnvironmentText" not in str(outcome.result)
    assert "AEP_TIMEOUT" not in run["option"].msg
    assert lab.requests() == lab.requests("ims") == []
    # The lab is there: what was refused would have got an answer.
    assert lab.one("flow_spec_info", READ).count == 1


def test_a_wrong_variable_of_a_lookup_is_named(lab: Lab) -> None:
    lookup = f"{{{{ lookup('aep.flow_service.flow_spec', '{REST_STORAGE}').id }}}}"
    run = lab.play({"name": "it", "ansible.builtin.debug": {"msg": lookup}}, AEP_RETRIES="few")
    assert run.status != 0
    assert "AEP_RETRIES" in run.output


def test_a_token_with_bearer_in_front(each_way: Lab) -> None:
    lab = each_way
    texts = ["Bearer emulator-token", "bearer  emulator-token", " BEARER\temulator-token ", "emulator-token"]
    run = lab.play(
        *(task(f"option {text}", "flow_spec_info", **READ, access_token=text) for text in texts),
        *(
            task(f"variable {text}", "flow_spec_info", **READ) | {"environment": {"AEP_ACCESS_TOKEN": text}}
            for text in texts
        ),
    )
    assert run.status == 0, run.output
    assert len({request["headers"]["authorization"] for request in lab.requests()}) == 1
    assert len(lab.requests()) == 2 * len(texts)
    assert lab.requests("ims") == []
    # Nothing but the word is no token.
    assert (
        "Could not authenticate: there are no credentials"
        in lab.one("flow_spec_info", {**READ, "access_token": "Bearer "}, AEP_CLIENT_SECRET="").msg
    )


def test_a_relative_cache_folder_is_ignored(each_way: Lab) -> None:
    """Two runs that start in two folders share the token, and leave nothing in them."""
    lab = each_way
    folders = [lab.folder / name for name in ("one", "other")]
    for folder in folders:
        folder.mkdir()
        playbook = lab.write_playbook(task("it", "flow_spec_info", **READ))
        run = lab.run_playbook(playbook, folder=folder, XDG_CACHE_HOME="cache", TMPDIR="tmp")
        assert run["it"].count == 1, run.output
        assert list(folder.iterdir()) == []
    assert len(lab.requests("ims")) == 1
    tokens = Path(lab.folder, ".cache", "aep.flow_service", "tokens")
    assert [file.suffix for file in sorted(tokens.iterdir())] == ["", ".lock"]
