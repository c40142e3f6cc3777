# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Promise 7: secrets stay secret."""

from __future__ import annotations

import json
import ssl
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import BATCH_PROVIDER, REST_STORAGE, SECRET, Lab, Spec, Task, task
from lab.secrets import echoes, forms, run_everything
from lab.servers import Server, answering, make_certificate

GET = ("GET", f"flowSpecs/{REST_STORAGE}")
READ = {"id": REST_STORAGE}


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that signs itself, with its key."""
    return make_certificate(tmp_path)[0]


@pytest.fixture
def tls(certificate: Path) -> Iterator[Server]:
    """A server behind TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.parent / "key.pem")
    with answering(context) as server:
        yield server


def test_certificates_are_checked(lab: Lab, tls: Server, certificate: Path) -> None:
    arguments = {**READ, "base_url": f"https://{tls.place}", "access_token": "a-token"}
    assert lab.one("flow_spec_info", arguments).failed
    assert tls.asked == [], "nothing is sent to a server that nobody vouches for"
    run = lab.play(
        task("unknown", "flow_spec_info", **arguments) | {"ignore_errors": True},
        task("trusted", "flow_spec_info", **arguments, ca_path=str(certificate)),
        task("unchecked", "flow_spec_info", **arguments, validate_certs=False),
        task("no such file", "flow_spec_info", **arguments, ca_path="/not/there.pem") | {"ignore_errors": True},
    )
    assert run["unknown"].failed
    assert "TLS" in run["unknown"].msg
    assert "ca_path" in run["unknown"].msg
    assert run["trusted"].count == run["unchecked"].count == 1
    assert run["no such file"].failed
    assert "/not/there.pem" in run["no such file"].msg
    # A bundle in the environment is trusted, but does not turn the check on again.
    assert lab.one("flow_spec_info", arguments, REQUESTS_CA_BUNDLE=str(certificate)).count == 1
    other = lab.one("flow_spec_info", {**arguments, "validate_certs": False}, REQUESTS_CA_BUNDLE="/etc/hostname")
    assert other.count == 1


def test_without_a_check_of_certificates_there_is_one_warning(lab: Lab, tls: Server) -> None:
    """One of ours in the whole run, which names the server, and none of the libraries."""
    arguments = {**READ, "base_url": f"https://{tls.place}", "access_token": "a-token", "validate_certs": False}
    run = lab.play(
        task("loop", "flow_spec_info", **arguments) | {"loop": [1, 2, 3]},
        task("once more", "flow_spec_info", **arguments),
    )
    assert run.status == 0, run.output
    assert len(tls.asked) == 4
    words = " ".join(run.output.split())
    assert words.count("is not checked, because validate_certs is false") == 1
    assert f"The certificate of {tls.place} is not checked" in words
    assert words.count("[WARNING]") == 1
    assert "InsecureRequestWarning" not in words
    assert "stderr" not in words
    assert len(run["once more"].warnings) == 1
    # Where there is no certificate, there is none to check.
    assert "warnings" not in lab.one("flow_spec_info", {**READ, "validate_certs": False}).result


@pytest.fixture
def proxy() -> Iterator[tuple[str, list[str]]]:
    """A proxy that answers itself, and the URLs it is asked for."""
    with answering() as server:
        yield f"http://{server.place}", server.asked


def test_a_proxy_is_used(lab: Lab, proxy: tuple[str, list[str]]) -> None:
    url, asked = proxy
    arguments = {**READ, "base_url": "http://127.0.0.3:9", "access_token": "a-token"}
    run = lab.play(
        task("option", "flow_spec_info", **arguments, proxy=url),
        task("not there", "flow_spec_info", **arguments, proxy="http://user:pr0xy-pass@127.0.0.1:1", retries=1)
        | {"ignore_errors": True},
    )
    assert run["option"].count == 1
    assert run["not there"].failed
    assert "proxy" in run["not there"].msg
    assert "pr0xy-pass" not in run["not there"].msg
    assert lab.one("flow_spec_info", arguments, AEP_PROXY=url).count == 1
    assert lab.one("flow_spec_info", arguments, HTTP_PROXY=url, http_proxy=url).count == 1
    assert lab.one("flow_spec_info", {**arguments, "retries": 1}, http_proxy=url, NO_PROXY="127.0.0.3").failed
    assert len(asked) == 3
    assert all(one.startswith("http://127.0.0.3:9/") for one in asked)


def test_a_proxy_for_https_sees_no_secret(lab: Lab) -> None:
    with answering() as proxy:
        arguments = {**READ, "base_url": "https://127.0.0.3:9", "access_token": "a-token", "retries": 1}
        outcome = lab.one("flow_spec_info", {**arguments, "proxy": f"http://{proxy.place}"})
    assert outcome.failed
    assert proxy.asked == ["127.0.0.3:9"]
    assert "a-token" not in str(proxy.headers)
    assert not {"authorization", "x-api-key"} & proxy.headers[0].keys()


# No part of these is to be shown, whatever a library makes of the URL that they are in.
PASSWORDS = ("s3cr3t#Passw0rd", "s3cr3t/Passw0rd", "s3cr3t?Passw0rd", "s3cr3t@Passw0rd", "s3cr3t Passw0rd")
HALVES = ("s3cr3t", "Passw0rd")
PROXIES = [
    *(f"http://svc:{password}@127.0.0.1:1" for password in PASSWORDS),
    *("svc:s3cr3tPassw0rd@127.0.0.1:1", "svc:s3cr3t#Passw0rd@127.0.0.1:1", "http://svc:s3cr3tPassw0rd"),
    *("http://svc:s3cr3t%23Passw0rd@127.0.0.1:1", "http://svc:12/s3cr3tPassw0rd@127.0.0.1:1"),
    *("ftp://svc:s3cr3tPassw0rd@127.0.0.1:1", "http://svc:s3cr3tPassw0rd@127.0.0.1:99999"),
]


def test_no_part_of_a_proxy_password_is_shown(lab: Lab) -> None:
    """Neither in the message nor in the invocation; and the message names what the proxy comes from."""
    given = {f"PROXY_{number}": url for number, url in enumerate(PROXIES)}
    read = {**READ, "retries": 1, "base_url": "http://127.0.0.3:9", "access_token": "a-token"}
    off = {"ignore_errors": True}
    # Ansible shows the environment of a task that it runs as a module, and lines of a playbook: only names are there.
    tasks = [task(name, "flow_spec_info", **read, proxy=f"{{{{ lookup('env', '{name}') }}}}") | off for name in given]
    bad = task("bad type", "flow_spec_info", **read, proxy="{{ lookup('env', 'PROXY_0') }}") | off
    bad["aep.flow_service.flow_spec_info"]["timeout"] = "soon"
    as_url = "{{ lookup('env', 'PROXY_5') }}"
    urls = [task(option, "flow_spec_info", **{**read, option: as_url}) | off for option in ("base_url", "ims_url")]
    shown: dict[str, t.Any] = {**given, "ANSIBLE_INJECT_INVOCATION": "1", "NO_PROXY": "", "no_proxy": ""}
    run = lab.play(*tasks, bad, *urls, arguments=("-vvv",), **shown)
    assert len(run.outcomes) == len(given) + 3, run.output
    for outcome in run.outcomes:
        assert outcome.failed
        assert outcome.task in outcome.msg or "option proxy" in outcome.msg or outcome.task == "bad type"
        assert outcome.result.get("invocation"), "the arguments are not shown, so this proves nothing"
    assert [half for half in HALVES if half in run.output + json.dumps([one.result for one in run.outcomes])] == []

    variables = ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "AEP_PROXY")
    from_environment = [
        task(f"{variable} {name}", "flow_spec_info", **read)
        | off
        | {"environment": {variable: f"{{{{ lookup('env', '{name}') }}}}"}}
        for variable, name in zip(variables * len(given), given, strict=False)
    ]
    run = lab.play(*from_environment, **shown)
    assert len(run.outcomes) == len(given)
    for outcome in run.outcomes:
        assert outcome.failed
        assert outcome.task.split()[0] in outcome.msg
    assert [half for half in HALVES if half in run.output + json.dumps([one.result for one in run.outcomes])] == []


def test_credentials_in_links_of_the_service_are_neither_shown_nor_used(lab: Lab) -> None:
    with answering() as elsewhere:
        lab.fault(*GET, type="redirect", status=302, location=f"http://svc:s3cr3tPassw0rd@{elsewhere.place}/x")
        outcome = lab.one("flow_spec_info", READ)
    assert f"redirect to http://********@{elsewhere.place}/x" in outcome.msg
    place = lab.url.removeprefix("http://")
    link = f"http://svc:s3cr3tPassw0rd@{place}/data/foundation/flowservice/flowSpecs?property=id==none"
    lab.fault("GET", "flowSpecs$", type="replace_body", body={"items": [], "_links": {"next": {"href": link}}})
    outcome = lab.one("flow_spec_info", {"properties": ["id==none"]})
    assert outcome.count == 0
    assert len(lab.requests()) == 3
    assert "Basic" not in str(lab.requests()[-1]["headers"])
    assert lab.requests()[-1]["status"] == 200


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(lab: Lab, status: int) -> None:
    with answering() as elsewhere:
        lab.fault(*GET, type="redirect", status=status, location=f"http://{elsewhere.place}/elsewhere")
        outcome = lab.one("flow_spec_info", READ)
    assert outcome.failed
    assert f"redirect to http://{elsewhere.place}/elsewhere, which is not followed" in outcome.msg
    assert len(lab.requests()) == 1
    assert elsewhere.asked == []


def test_a_token_is_not_sent_after_a_redirect_of_ims(lab: Lab) -> None:
    with answering() as elsewhere:
        lab.fault("POST", "/ims/token", type="redirect", status=307, location=f"http://{elsewhere.place}/elsewhere")
        outcome = lab.one("flow_spec_info", READ)
    assert outcome.failed
    assert "which is not followed" in outcome.msg
    assert elsewhere.asked == []


@pytest.mark.parametrize("link", ["http://{place}/next", "//{place}/next", "http://user@{place}/next"])
def test_a_next_page_elsewhere_is_not_followed(lab: Lab, link: str) -> None:
    with answering() as elsewhere:
        page = {"items": [], "_links": {"next": {"href": link.format(place=elsewhere.place)}}}
        lab.fault("GET", "flowSpecs$", type="replace_body", body=page)
        outcome = lab.one("flow_spec_info", {})
    assert outcome.failed
    assert "not followed" in outcome.msg
    assert elsewhere.asked == []


def test_netrc_does_not_replace_the_token(lab: Lab) -> None:
    (lab.folder / ".netrc").write_text("machine 127.0.0.1 login a password b\n")
    (lab.folder / ".netrc").chmod(0o600)
    assert lab.one("flow_spec_info", READ, HOME=str(lab.folder), NETRC=str(lab.folder / ".netrc")).count == 1


def role(definition: Spec) -> Task:
    """Have the role make a source."""
    return {
        "ansible.builtin.include_role": {"name": "aep.flow_service.source"},
        "vars": {"source_definitions": [{"definition": definition}]},
    }


GIVEN = "given-token-that-is-secret/+=="


@pytest.mark.real
def test_no_secret_is_told(lab: Lab, record_property: t.Any) -> None:
    """A run of everything, good and bad, as AWX runs it, at the highest verbosity: no secret is left anywhere."""
    store = lab.folder / "of-the-user"
    store.mkdir()
    (store / "secret").write_text(SECRET)
    (store / "token").write_text(GIVEN)
    del lab.variables["AEP_CLIENT_SECRET"]
    # The service tells what it was given; a task can only hide the secrets that it knows.
    told = echoes(SECRET)
    body = {"message": str(echoes(SECRET, GIVEN))}
    lab.fault("GET", "of-the-given", times=None, type="status", status=400, body=body)
    for method, path in (("PUT", REST_STORAGE), ("POST", "connectionSpecs$"), ("GET", "connectionSpecs")):
        lab.fault(method, path, skip=1, type="status", status=400, body={"message": str(told)})
    secret = {"client_secret": f"{{{{ lookup('file', '{store}/secret') }}}}"}
    token = {"access_token": f"{{{{ lookup('file', '{store}/token') }}}}"}
    new = {"providerId": BATCH_PROVIDER, "version": "1", "type": "generic-rest"}
    tasks = [
        task("fetch", "flow_spec_info", **READ),
        task("update", "flow_spec", **READ, version="3"),
        task("update refused", "flow_spec", **READ, version="4"),
        task("create", "connection_spec", definition={**new, "name": "made"}),
        task("create refused", "connection_spec", definition={**new, "name": "refused"}),
        task("link", "flow_spec_source_link", flow_spec_id=REST_STORAGE, connection_spec_id="no-such"),
        task("many", "flow_specs", definitions=[{"id": REST_STORAGE, "version": "5"}]),
        task("many more", "connection_specs", definitions=[{**new, "name": f"many-{n}"} for n in range(3)]),
        task("audit", "audit_info", flow_specs=[{"id": REST_STORAGE, "version": "6"}]),
        task("export", "spec_export", dest=str(lab.folder / "exported"), kinds=["flow_specs"]),
        task("bad input", "flow_spec", id="a/b", version="1"),
        task("unknown option", "flow_spec", id="a", no_such="1"),
        task("given", "connection_spec_info", **token, id="of-the-given"),
        task("given, and refused", "flow_spec", **token, **READ, version="9"),
        task("elsewhere", "flow_spec_info", **READ, base_url="http://127.0.0.1:1", retries=1),
        task("IMS refuses", "flow_spec_info", **READ, token_cache=False),
        role({**new, "name": "of-a-role"}),
        role({**new, "name": ""}),
    ]
    refusal = {"error": "x", "error_description": str(told)}
    lab.fault("POST", "/ims/token", skip=1, type="status", status=400, body=refusal)
    secrets = forms(SECRET) | forms(GIVEN)
    found = run_everything(lab, tasks, secrets, store, module_defaults={"group/aep.flow_service.all": secret})
    outcomes = found.outcomes
    failed = {outcome["task"] for outcome in outcomes if outcome["status"] == "failed"}
    fine = {"fetch", "update", "create", "many", "many more", "audit", "export"}
    expected = {one["name"] for one in tasks if "name" in one} - fine
    assert expected <= failed, outcomes
    cached = {
        json.loads(file.read_text())["access_token"]
        for file in (lab.folder / "cache" / "aep.flow_service" / "tokens").iterdir()
        if file.suffix != ".lock"
    }
    assert len(cached) == 1
    secrets |= {form for one in cached for form in forms(one)}
    assert found.told(secrets) == set()
    assert "refused ********" in json.dumps(outcomes)
    record_property("texts searched for secrets", len(found.texts))
