# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""extensions/awx: its data configure an AWX by the modules of awx.awx, and its jobs do what they say."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import fcntl
import importlib
import json
import os
import pickle
import re
import shutil
import typing as t
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.aep.flow_service.plugins.module_utils._http.settings import Settings
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.options import connection_options
from lab import CONNECTION_SPECS, REST_STORAGE, Lab, Run, task, verifications
from lab.awx import TOKEN, Awx, Jobs, Object, as_extra_variables, injected, rendered, running_awx
from lab.dataflows import World
from lab.starts import AWX_COLLECTIONS

pytestmark = [pytest.mark.real("worker"), pytest.mark.slow]

AWX = Path(__file__).parents[2] / "extensions" / "awx"
PROJECT = AWX / "project"
FILES = ["settings.yml", *sorted(f"vars/{path.name}" for path in (AWX / "vars").glob("*.yml"))]

PLAYBOOKS = {path.name for path in PROJECT.glob("*.yml") if ".aep_sandboxes." not in path.name}

# As in infra.aap_configuration 3: its variables, and the module of awx.awx that each is for.
MODULES = {
    "aap_organizations": "organization",
    "controller_credential_types": "credential_type",
    "controller_credentials": "credential",
    "controller_credential_input_sources": "credential_input_source",
    "controller_execution_environments": "execution_environment",
    "controller_notifications": "notification_template",
    "controller_projects": "project",
    "controller_inventories": "inventory",
    "controller_hosts": "host",
    "controller_groups": "group",
    "controller_labels": "label",
    "controller_inventory_sources": "inventory_source",
    "aap_teams": "team",
    "controller_roles": "role",
    "controller_templates": "job_template",
    "controller_workflows": "workflow_job_template",
    "controller_schedules": "schedule",
}
# What the credential does not inject. The README says why.
NOT_INJECTED = {
    "AEP_SANDBOX_NAME",
    "AEP_VALIDATE_CERTS",
    "AEP_CLIENT_CERT",
    "AEP_CLIENT_KEY",
    "AEP_TIMEOUT",
    "AEP_RETRIES",
    "AEP_RETRY_DEADLINE",
    "AEP_SETTLE_TIME",
    "AEP_TOKEN_CACHE",
}
INPUTS = {"client_id": "of-awx", "client_secret": "s3cr3t-of-awx", "org_id": "1@AdobeOrg"}
SETTINGS: Object = {
    "aep_awx_scm_url": "https://git.example.com/definitions.git",
    "aep_awx_execution_environment_image": "registry.example.com/flow-service-ee:latest",
    "aep_awx_credential_inputs": INPUTS,
    "aep_awx_inventory_source": True,
    "aep_awx_source_credentials": {
        "acme": {"auth_params": {"username": "reader"}, "auth_secrets": {"password": verifications.SECRET}}
    },
    "aep_awx_sandbox_groups": {
        "prod": {"hosts": ["prod"], "inputs": {**INPUTS, "client_id": "of-prod", "client_secret": "s3cr3t-of-prod"}}
    },
    "aep_awx_webhook_service": "gitlab",
    "aep_awx_webhook_launch_credential": "launcher",
    "aep_awx_webhook_status_credential": "status",
    "aep_awx_timeout": 3600,
    "aep_awx_labels": ["adobe"],
    "aep_awx_teams": {
        "leads": ["approve", "audit"],
        "operators": ["audit", "remediate", "use_credential"],
        "partners": ["verify", "use_source_credentials"],
    },
    "aep_awx_notification_configuration": {
        "url": "https://chat.example.com/hook",
        "http_method": "POST",
        "headers": {},
        "username": "",
        "password": "",
        "disable_ssl_verification": False,
    },
}
VAULT = {"input_field_name": "access_token", "source_credential": "vault", "metadata": {"path": "aep"}}


@pytest.fixture(scope="module")
def collections() -> str:
    """The collections path, with awx.awx in it."""
    if not AWX_COLLECTIONS.exists():
        pytest.skip("SKIPPED: no collection awx.awx; make test-full fetches it")
    return f"{os.environ['ANSIBLE_COLLECTIONS_PATH']}{os.pathsep}{AWX_COLLECTIONS}"


def data(lab: Lab, **settings: t.Any) -> dict[str, list[Object]]:
    """The data as they come out of the templates, by their variables."""
    show: Object = {"ansible.builtin.debug": {"msg": {name: f"{{{{ {name} }}}}" for name in MODULES}}}
    files = {"vars_files": [str(AWX / file) for file in FILES]}
    run = lab.play({"name": "show", **show}, play=files, arguments=("-e", json.dumps({**SETTINGS, **settings})))
    return t.cast(dict[str, list[Object]], run["show"].msg)


def configure(lab: Lab, awx: Awx, collections: str, *arguments: str, data_of: Path = AWX, **settings: t.Any) -> Run:
    """Run the playbook against this AWX, with the data in this folder, its modules in forks of a warm process."""
    python = copy.copy(lab).as_modules().python
    return lab.run_playbook(
        str(data_of / "configure.yml"),
        "-e",
        json.dumps({**SETTINGS, "ansible_python_interpreter": python, **settings}),
        *arguments,
        CONTROLLER_HOST=awx.url,
        CONTROLLER_OAUTH_TOKEN=TOKEN,
        # Before each request, even without TLS, awx.awx would read all certificates of the system.
        SSL_CERT_FILE=os.devnull,
        ANSIBLE_COLLECTIONS_PATH=collections,
    )


@pytest.fixture
def arguments_of(collections: str, monkeypatch: pytest.MonkeyPatch) -> t.Any:
    """Gives the validator of a module's arguments: what it declares to Ansible when it starts."""
    monkeypatch.syspath_prepend(str(AWX_COLLECTIONS))

    class DeclaredError(Exception):
        pass

    def declare(argument_spec: Object, **rules: t.Any) -> t.NoReturn:
        raise DeclaredError(argument_spec, rules)

    def validator(module: str) -> ArgumentSpecValidator:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            loaded = importlib.import_module(f"ansible_collections.awx.awx.plugins.modules.{module}")
        monkeypatch.setattr(loaded, "ControllerAPIModule", declare)
        with pytest.raises(DeclaredError) as declared:
            loaded.main()
        spec, rules = declared.value.args
        return ArgumentSpecValidator(spec, **rules)

    return validator


def test_every_object_is_good_for_its_module(lab: Lab, arguments_of: t.Any) -> None:
    objects = data(lab, aep_awx_credential_input_sources=[VAULT], aep_awx_scm_credential="git")
    assert all(objects[variable] for variable in MODULES)
    checked = [(module, one) for variable, module in MODULES.items() for one in objects[variable]]
    for workflow in objects["controller_workflows"]:
        nodes = workflow.pop("simplified_workflow_nodes")
        checked += [("workflow_job_template_node", {**node, "workflow": workflow["name"]}) for node in nodes]
    for module, one in checked:
        assert arguments_of(module).validate(one).error_messages == [], (module, one)
    wrong = {"name": "a", "credential_type": "b", "organization": "c", "team": "d"}
    assert arguments_of("credential").validate(wrong).error_messages
    assert arguments_of("job_template").validate({"name": "a", "ask_for_job_type": True}).error_messages


def test_variables_are_those_of_infra_aap_configuration_or_our_own() -> None:
    class Loader(yaml.SafeLoader):
        """Knows what Ansible does not template."""

    Loader.add_constructor("!unsafe", lambda _loader, node: node.value)
    names: set[str] = set()
    for file in FILES:
        names |= yaml.load((AWX / file).read_text("utf-8"), Loader).keys()
    assert {name for name in names if not name.startswith("aep_awx_")} == set(MODULES)


# Configured for real.


@dataclasses.dataclass(frozen=True)
class Configured:
    """An AWX that was configured once, and how that went."""

    awx: Awx
    lab: Lab
    run: Run


@pytest.fixture(scope="module")
def configured(collections: str, emulator: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Configured]:
    """An AWX that was configured once, for all processes of the tests. Tests do not change it."""
    lab = Lab(emulator, tmp_path_factory.mktemp("configured"))
    shared = tmp_path_factory.getbasetemp().parent / "configured-awx.pickle"
    with shared.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not shared.exists():
            with prepared_awx() as awx:
                run = configure(lab, awx, collections)
            shared.write_bytes(pickle.dumps((awx, run)))
    awx, run = pickle.loads(shared.read_bytes())
    with running_awx(awx):
        yield Configured(awx, lab, run)


@contextlib.contextmanager
def prepared_awx() -> Iterator[Awx]:
    """An AWX with what its administrator made."""
    with running_awx(Awx(PLAYBOOKS)) as awx:
        awx.post(["execution_environments"], {"name": "AWX EE (latest)"})
        of_type: Object = {"name": "AWX", "inputs": {"fields": []}, "injectors": {"env": {}}}
        kind: t.Any = awx.post(["credential_types"], of_type)[1]
        for name in ("launcher", "status"):
            awx.post(["credentials"], {"name": name, "credential_type": kind["id"], "inputs": {}})
        awx.writes.clear()
        yield awx


def changes(run: Run) -> set[str]:
    """What the run says that it made or changed: the names of tasks."""
    return {one.task for one in run.outcomes if one.result.get("changed")}


def test_it_is_made_once(configured: Configured, collections: str) -> None:
    assert configured.run.status == 0, configured.run.output
    made = {f"Create the {one}" for one in ("nodes of workflows", "job templates", "hosts", "schedules", "credentials")}
    made.add("Link the nodes of workflows")
    assert made < changes(configured.run)
    writes = len(configured.awx.writes)
    again = configure(configured.lab, configured.awx, collections)
    assert again.status == 0, again.output
    assert changes(again) == set()
    assert not [one for one in again.outcomes if one.failed]
    assert len(configured.awx.writes) == writes
    for run in (configured.run, again):
        assert INPUTS["client_secret"] not in run.output
        assert INPUTS["client_secret"] not in json.dumps([one.result for one in run.outcomes])
    assert configured.awx.named("credentials", "AEP credential")["inputs"] == INPUTS
    assert verifications.SECRET not in configured.run.output + again.output


def test_check_mode_writes_nothing_and_says_what_it_cannot_see(lab: Lab, collections: str) -> None:
    with prepared_awx() as awx:
        run = configure(lab, awx, collections, "--check")
        assert run.status == 0, run.output
        assert awx.writes == []
    assert changes(run) == {"Create the organizations"}
    assert not [one for one in run.outcomes if one.failed]
    assert "Such tasks are skipped. Nothing was written." in run.output


def test_what_leaves_the_settings_ends(configured: Configured, lab: Lab, collections: str) -> None:
    with running_awx(configured.awx.twin()) as awx:
        of_source = awx.post(["hosts"], {**awx.named("hosts", "prod"), "name": "listed"})[1]
        assert of_source
        awx.named("hosts", "listed")["has_inventory_sources"] = True
        less: dict[str, t.Any] = {
            "aep_awx_sandboxes": {"dev": {"aep_sandbox_name": "dev"}},
            "aep_awx_schedule": "",
            "aep_awx_teams": {"leads": ["audit"]},
            "aep_awx_sandbox_groups": {},
        }
        check = configure(lab, awx, collections, "--check", **less)
        assert check.status == 0, check.output
        run = configure(lab, awx, collections, **less)
        assert run.status == 0, run.output
        ended = {"Disable the hosts that left the settings", "Create the schedules", "Grant the roles"}
        ended.add("Remove the groups that left the settings")
        assert changes(check) == changes(run) >= ended
        assert awx.all("groups") == []
        assert {one["name"] for one in awx.all("hosts") if one["enabled"]} == {"dev", "listed"}
        assert {one["name"] for one in awx.all("schedules") if one["enabled"]} == {"AEP dataflow runs"}
        assert awx.granted("workflow_job_templates", "AEP drift", "approval") == []
        assert "leads" in awx.granted("job_templates", "AEP audit", "execute")
        assert changes(configure(lab, awx, collections, **less)) == set()


# What the data name, and AWX stores by its ID.
NAMED = {
    "organization": "organizations",
    "credential_type": "credential_types",
    "project": "projects",
    "source_project": "projects",
    "inventory": "inventories",
    "execution_environment": "execution_environments",
    "credential": "credentials",
    "webhook_credential": "credentials",
}
NOT_STORED = {"simplified_workflow_nodes", "wait", "update_secrets"}


def is_stored(awx: Awx, kind: str, one: Object, key: str) -> bool:
    """Whether a value of the data is what AWX stores, or has associated."""
    stored, value = awx.named(kind, one["name"]), one[key]
    if key in ("credentials", "labels", "instance_groups", "hosts") or key.startswith("notification_templates_"):
        return bool(awx.associated(kind, one["name"], key) == value)
    if key == "unified_job_template":
        return value in {
            one["name"]
            for one in awx.all("workflow_job_templates") + awx.all("job_templates")
            if one["id"] == stored[key]
        }
    if key == "survey_spec":
        return bool(awx.survey(one["name"]) == value)
    if key in NAMED and key in stored:
        return bool(stored[key] == awx.named(NAMED[key], value)["id"])
    if key in NAMED:
        # The organization of an inventory source is that of its inventory.
        return (kind, key) == ("inventory_sources", "organization")
    return bool((json.loads(stored[key]) if key in {"extra_vars", "variables"} else stored[key]) == value)


def test_what_is_stored_is_what_the_data_say(configured: Configured, lab: Lab) -> None:
    objects = data(lab)
    kinds = {variable: f"{module}s" for variable, module in MODULES.items() if module != "role"}
    kinds["controller_inventories"] = "inventories"
    for variable, kind in kinds.items():
        for one in objects[variable]:
            for key in one.keys() - NOT_STORED:
                assert is_stored(configured.awx, kind, one, key), (kind, one["name"], key)


def test_a_team_may_do_what_the_settings_say_and_nothing_else(configured: Configured, lab: Lab) -> None:
    awx = configured.awx
    for name, role, teams in (
        ("AEP drift", "approval", ["leads"]),
        ("AEP drift", "execute", ["leads", "operators"]),
        ("AEP audit", "execute", ["leads", "operators"]),
        ("AEP remediate", "execute", ["operators"]),
        ("AEP apply", "execute", ["operators"]),
        ("AEP promote", "execute", ["operators"]),
        ("AEP dataflow runs", "execute", ["leads", "operators"]),
        ("AEP verify", "execute", ["partners"]),
        ("AEP source acme", "use", ["partners"]),
        ("AEP audit report", "execute", []),
        ("AEP credential", "use", ["operators"]),
        ("AEP credential", "admin", []),
    ):
        kinds = {
            "AEP drift": "workflow_job_templates",
            "AEP credential": "credentials",
            "AEP source acme": "credentials",
        }
        kind = kinds.get(name, "job_templates")
        assert sorted(awx.granted(kind, name, role)) == teams, (name, role)
    registry = data(lab, aep_awx_registry_credential="quay")["controller_execution_environments"]
    assert registry[0]["credential"] == "quay"


def test_users_are_asked_what_they_have_to_decide(configured: Configured) -> None:
    awx = configured.awx
    templates = {one["name"]: one for one in awx.all("job_templates")}
    for name in ("apply", "audit", "promote"):
        assert templates[f"AEP {name}"]["ask_job_type_on_launch"], name
    # What writes does not write by a slip; what writes in the workflow does so after an approval.
    assert {name for name, one in templates.items() if one["job_type"] == "run"} == {
        "AEP verify",
        "AEP dataflow runs",
        "AEP audit",
        "AEP audit report",
        "AEP remediate",
        "AEP webhook",
    }
    assert templates["AEP audit"]["job_slice_count"] == 2
    questions = {one["variable"]: one for one in awx.survey("AEP promote")["spec"]}
    assert questions["aep_promote_from"]["choices"] == ["dev", "prod"]
    fields = awx.named("credential_types", "AEP credential")["inputs"]["fields"]
    secrets = {field["id"] for field in fields if field.get("secret")}
    of_verify = {one["variable"]: one for one in awx.survey("AEP verify")["spec"]}
    assert not [name for name in {**questions, **of_verify} if name in secrets or "secret" in name]
    assert "password" not in {one["type"] for one in [*questions.values(), *of_verify.values()]}


def test_nothing_is_written_before_an_approval(configured: Configured) -> None:
    awx = configured.awx
    assert awx.graph() == {
        ("audit", "always"): ["report"],
        ("report", "failure"): ["approve"],
        ("approve", "success"): ["remediate"],
        ("remediate", "success"): ["audit-again"],
        ("audit-again", "always"): ["report-again"],
    }
    assert awx.runs()["approve"] == "AEP remediate drift?"
    (approval,) = awx.all("workflow_approval_templates")
    assert approval["timeout"] == 43200


def test_settings_that_lack_something_are_refused(lab: Lab, collections: str) -> None:
    with running_awx(Awx(set())) as awx:
        run = configure(
            lab,
            awx,
            collections,
            aep_awx_scm_url="",
            aep_awx_credential_inputs={"client_id": "c", "client_secret": ""},
            aep_awx_sandboxes={"dev": {}},
        )
        assert run.status == 2
        assert awx.writes == []
    # It handles a secret, and is silent about its variables all the same.
    for name in ("scm_url", "credential_inputs.org_id", "client_secret (or access_token)", "dev.aep_sandbox_name"):
        assert name in run.output, run.output


# The credential.


@pytest.fixture
def credential_type(lab: Lab) -> Object:
    return data(lab)["controller_credential_types"][0]


def test_every_connection_option_is_injected_or_left_out_on_purpose(credential_type: Object) -> None:
    variables = {option["fallback"][1][0] for option in connection_options().values()}
    injectors = credential_type["injectors"]["env"].keys()
    assert injectors & NOT_INJECTED == set()
    assert injectors | NOT_INJECTED == variables
    readme = (AWX / "README.md").read_text("utf-8")
    for name in variables:
        assert f"`{name}`" in readme, name


def test_what_is_secret_for_the_modules_is_secret_for_awx(credential_type: Object) -> None:
    fields = {field["id"]: field.get("secret", False) for field in credential_type["inputs"]["fields"]}
    secret = {name for name, option in connection_options().items() if option.get("no_log")}
    assert {name for name, is_secret in fields.items() if is_secret} == secret | {"proxy"}
    assert set(credential_type["inputs"]["required"]) <= fields.keys()


def connection(variables: Mapping[str, str], monkeypatch: pytest.MonkeyPatch, **params: str) -> Settings:
    """The connection of a task with these parameters in this environment."""
    with monkeypatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AEP_")]:
            patch.delenv(name)
        for name, value in variables.items():
            patch.setenv(name, value)
        validation = ArgumentSpecValidator(connection_options()).validate(params)
    assert validation.error_messages == []
    return Settings.from_params(validation.validated_parameters)


@pytest.mark.parametrize("secret", ["client_secret", "access_token"])
def test_a_field_left_empty_is_as_if_it_were_not_there(
    credential_type: Object, secret: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = {"client_id": "c", "org_id": "o@AdobeOrg", secret: "s"}
    variables = injected(credential_type, inputs, tmp_path)
    got = connection(variables, monkeypatch)
    # Of a path, nothing and an empty text are the same to what sends requests.
    assert dataclasses.replace(got, ca_path=got.ca_path or None) == connection({}, monkeypatch, **inputs)


def test_a_field_that_is_set_counts(credential_type: Object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = {
        **INPUTS,
        "base_url": "https://platform.example.com",
        "ims_url": "https://ims.example.com",
        "scopes": "openid,more",
        "proxy": "http://user:pass@proxy.example.com:3128",
        "ca_certificates": "-----BEGIN CERTIFICATE-----\n",
    }
    assert set(inputs) | {"access_token"} == {field["id"] for field in credential_type["inputs"]["fields"]}
    got = connection(injected(credential_type, inputs, tmp_path), monkeypatch)
    assert (got.base_url, got.ims_url, got.proxy) == (inputs["base_url"], inputs["ims_url"], inputs["proxy"])
    assert got.scopes == ("openid", "more")
    assert got.ca_path is not None
    assert Path(got.ca_path).read_text("utf-8") == inputs["ca_certificates"]


def test_a_job_gets_in_with_what_is_injected(lab: Lab, credential_type: Object) -> None:
    inputs = {"client_id": lab.client_id, "client_secret": "any", "org_id": lab.org}
    job = copy.copy(lab)
    job.variables = injected(credential_type, {**inputs, "base_url": lab.url, "ims_url": lab.url}, lab.folder)
    run = job.play(task("look", "flow_spec_info", id=REST_STORAGE))
    assert run["look"].count == 1
    assert all(request["status"] == 200 for request in [*lab.requests(), *lab.requests("ims")])


# The jobs, as AWX runs them.


@pytest.fixture
def jobs(configured: Configured, lab: Lab, tmp_path: Path) -> Jobs:
    shutil.copytree(PROJECT, tmp_path / "project")
    return Jobs(configured.awx, lab, tmp_path / "project")


def drift(lab: Lab, sandbox: str) -> None:
    """Have somebody change the source by hand."""
    there = lab.in_sandbox(sandbox)
    (spec,) = there.named(CONNECTION_SPECS, "acme-orders")
    there.store(CONNECTION_SPECS, **{**spec, "description": "By hand"})


def descriptions(lab: Lab) -> dict[str, list[str]]:
    """The descriptions of the source, by sandbox."""
    names = ("dev", "prod")
    return {
        one: [spec["description"] for spec in lab.in_sandbox(one).named(CONNECTION_SPECS, "acme-orders")]
        for one in names
    }


def failures(runs: list[Run]) -> str:
    return " ".join(str(one.result.get("msg")) for run in runs for one in run.outcomes if one.failed)


URL_OF_JOB = "https://awx.example.com/#/jobs/playbook/7"


def webhook(jobs: Jobs, artifacts: Object, job: str = "AEP audit report") -> Object:
    """What the notification sends of a failed job that has handed this on."""
    (template,) = jobs.awx.all("notification_templates")
    context = {"job": {"name": job, "artifacts": artifacts}, "url": URL_OF_JOB}
    return t.cast(Object, json.loads(rendered(template["messages"]["error"]["body"], context)))


AS_DEFINED = "Orders of Acme, read over its REST API"


def test_apply_begins_in_check_mode_and_then_an_audit_is_clean(jobs: Jobs) -> None:
    assert jobs.launch("AEP apply")[0]
    assert jobs.lab.writes() == []
    assert jobs.launch("AEP apply", job_type="run")[0]
    assert descriptions(jobs.lab) == {"dev": [AS_DEFINED], "prod": [AS_DEFINED]}
    assert jobs.follow("AEP drift", approve=True) == {"audit": True, "report": True}


def test_apply_keeps_what_it_replaces(jobs: Jobs) -> None:
    jobs.launch("AEP apply", job_type="run", limit="dev")
    drift(jobs.lab, "dev")
    there = jobs.lab.in_sandbox("dev")
    flow_spec = there.spec("flowSpecs", REST_STORAGE)
    there.store("flowSpecs", **{**flow_spec, "sourceConnectionSpecIds": []})
    folder = jobs.lab.folder / "backups"
    good, _data = jobs.launch("AEP apply", {"aep_backup_dir": str(folder)}, job_type="run", limit="dev")
    assert good, jobs.runs["AEP apply"][0].output
    kept = sorted(path.name.split("_")[0] for path in folder.iterdir())
    assert kept == ["connection", "flow"], "the connection spec, and the flow spec with its links"
    assert any("By hand" in path.read_text("utf-8") for path in folder.iterdir())


def test_drift_is_remediated_once_it_is_approved(jobs: Jobs) -> None:
    jobs.launch("AEP apply", job_type="run")
    drift(jobs.lab, "prod")
    jobs.lab.forget_requests()
    assert jobs.follow("AEP drift", approve=False) == {"audit": False, "report": False, "approve": False}
    assert jobs.lab.writes() == []
    # Both slices are in the report.
    assert len(jobs.runs["AEP audit"]) == 2
    (report,) = jobs.runs["AEP audit report"]
    assert report.stats["audit_summary"]["sandboxes"] == 2
    assert "1 drifted" in failures([report])
    # No slice passes a summary: AWX would keep that of the last one, which is clean.
    assert not [run for run in jobs.runs["AEP audit"] if "audit_summary" in run.stats]
    notification = webhook(jobs, report.stats)
    assert notification["summary"]["result"] == "findings"
    assert "prod: 1 drifted" in notification["text"]
    assert notification["url"] == URL_OF_JOB
    assert len(json.dumps(notification)) < 1000
    assert jobs.follow("AEP drift", approve=True) == {
        "audit": False,
        "report": False,
        "approve": True,
        "remediate": True,
        "audit-again": True,
        "report-again": True,
    }
    assert descriptions(jobs.lab) == {"dev": [AS_DEFINED], "prod": [AS_DEFINED]}


def test_a_slice_that_is_lost_is_no_clean_report(jobs: Jobs) -> None:
    jobs.launch("AEP apply", job_type="run")
    jobs.lost = {1}
    jobs.lab.forget_requests()
    assert jobs.follow("AEP drift", approve=False) == {"audit": False, "report": False, "approve": False}
    (report,) = jobs.runs["AEP audit report"]
    assert report.stats["audit_summary"]["not_audited"] == 1
    assert "Could not pass the audit of 2 sandboxes: 1 not audited." in failures([report])
    assert jobs.lab.writes() == []


def test_what_was_not_audited_is_not_applied(jobs: Jobs) -> None:
    jobs.launch("AEP apply", job_type="run", limit="dev")
    drift(jobs.lab, "dev")
    jobs.lab.forget_requests()
    good, handed_on = jobs.launch("AEP audit", limit="dev", job_slice_count=1)
    assert not good
    jobs.revision = "r2"
    for of_audit in (handed_on, {}):
        assert not jobs.launch("AEP remediate", of_audit)[0]
        assert "the audit read revision" in failures(jobs.runs["AEP remediate"])
    assert jobs.lab.writes() == []
    jobs.revision = "r1"
    ok = jobs.launch("AEP remediate", handed_on, limit="dev")[0]
    assert ok, jobs.runs["AEP remediate"][0].output
    assert descriptions(jobs.lab) == {"dev": [AS_DEFINED], "prod": []}


def test_a_survey_promotes(jobs: Jobs) -> None:
    jobs.launch("AEP apply", job_type="run", limit="dev")
    answers = {
        "aep_promote_from": "dev",
        "aep_promote_to": ["prod"],
        "aep_promote_connection_specs": " acme-orders \n\n",
        "aep_promote_flow_specs": "",
    }
    questions = jobs.survey("AEP promote")
    assert set(answers) == questions
    jobs.lab.forget_requests()
    good, _handed_on = jobs.launch("AEP promote", answers)
    assert good, jobs.runs["AEP promote"][0].output
    assert jobs.lab.writes() == []
    assert jobs.launch("AEP promote", answers, job_type="run")[0]
    assert descriptions(jobs.lab)["prod"] == [AS_DEFINED]
    assert jobs.launch("AEP audit")[0]


def test_a_source_is_verified_with_the_secrets_of_its_credential(jobs: Jobs) -> None:
    lab = jobs.lab.in_sandbox("dev")
    source = verifications.batch(lab)
    answers = {
        "aep_verify_sandbox": "dev",
        "aep_verify_connection_spec": source["connection_spec"],
        "aep_verify_dataset_id": source["dataset_id"],
        "aep_verify_auth_spec_name": "",
        "aep_verify_source_params": "listId: 10c097ca71\n",
        "aep_verify_schema_id": source["schema_id"],
        "aep_verify_mappings": "id: _id\n",
        "aep_verify_record": "",
        "aep_verify_flow_spec": "",
    }
    assert set(answers) == jobs.survey("AEP verify")
    soon = {"verify_wait_interval": 0.1, "verify_wait_timeout": 30}
    folder = {"aep_verify_report_folder": str(lab.folder / "report")}
    chosen = ["AEP credential", "AEP credential prod", "AEP source acme"]
    good, _data = jobs.launch("AEP verify", {**answers, **soon, **folder}, credentials=chosen)
    (run,) = jobs.runs["AEP verify"]
    assert good, run.output
    steps = run["Judge the steps"].ansible_facts["verify_results"]
    assert {step["verdict"] for step in steps} == {"passed"}
    assert (lab.folder / "report" / "verify-dev-acme-crm.html").exists()
    assert not [one for kind in verifications.CREATED for one in lab.state(kind)]
    written = "".join(path.read_text("utf-8") for path in (lab.folder / "report").iterdir())
    assert verifications.SECRET not in run.output + written + json.dumps([one.result for one in run.outcomes])
    # Without the credential of the source, the account cannot be created.
    assert not jobs.launch("AEP verify", {**answers, **soon})[0]
    for nowhere in ({**answers, "aep_verify_sandbox": ""}, {**answers, "aep_verify_sandbox": "staging"}):
        lab.forget_requests()
        assert not jobs.launch("AEP verify", nowhere, credentials=chosen)[0]
        assert "aep_verify_sandbox must name a host" in failures(jobs.runs["AEP verify"])
        assert lab.requests() == []


def test_a_failed_last_run_of_any_sandbox_is_in_the_notification(jobs: Jobs) -> None:
    assert jobs.launch("AEP dataflow runs")[0]
    lab = jobs.lab.in_sandbox("prod")
    world = World(lab)
    assert lab.one("dataflow", world.orders(name="bad")).status == "ok"
    (flow,) = lab.state("flows")
    run = world.put("runs", flowId=flow["id"], metrics={"statusSummary": {"status": "failed"}}, activities=[])
    lab.put_state("flows", flow["id"], {**flow, "lastRunDetails": {"id": run, "state": "failed"}})
    jobs.lab.forget_requests()
    good, handed_on = jobs.launch("AEP dataflow runs")
    assert not good
    assert jobs.lab.writes() == []
    assert handed_on["dataflow_runs_summary"] == {"failed": 1}
    notification = webhook(jobs, handed_on, "AEP dataflow runs")
    assert notification["text"].startswith("AEP dataflow runs failed: prod: Could not pass the last run of 1 dataflow")
    assert notification["summary"] == {"failed": 1}
    assert "dev" not in notification["text"]
    assert jobs.awx.associated("job_templates", "AEP dataflow runs", "notification_templates_error")


def test_a_group_of_sandboxes_has_a_credential_of_its_own(lab: Lab, collections: str, tmp_path: Path) -> None:
    ours = {"client_id": f"{lab.client_id}-prod", "client_secret": "s3cr3t-of-prod", "org_id": lab.org}
    groups = {"prod": {"hosts": ["prod"], "inputs": {**ours, "base_url": lab.url, "ims_url": lab.url}}}
    with prepared_awx() as awx:
        run = configure(lab, awx, collections, aep_awx_sandbox_groups=groups)
        assert run.status == 0, run.output
        assert ours["client_secret"] not in run.output
        shutil.copytree(PROJECT, tmp_path / "project")
        jobs = Jobs(awx, lab, tmp_path / "project")
        good, _data = jobs.launch("AEP apply", job_type="run")
        assert good, jobs.runs["AEP apply"][0].output
    of_prod = copy.copy(lab)
    of_prod.client_id = ours["client_id"]
    for client, sandbox in ((lab, "dev"), (of_prod, "prod")):
        assert {request["headers"]["x-sandbox-name"] for request in client.requests()} == {sandbox}
    assert descriptions(lab) == {"dev": [AS_DEFINED], "prod": [AS_DEFINED]}


# The webhook of the repository.


def of_github(action: str, repository: int | None = 1, target: str = "main") -> Object:
    head = {"sha": "c0ffee", "repo": None if repository is None else {"id": repository}}
    return {"action": action, "pull_request": {"head": head, "base": {"ref": target, "repo": {"id": 1}}}}


def of_gitlab(action: str, project: int = 1, target: str = "main") -> Object:
    ends = {"source_project_id": project, "target_project_id": 1, "target_branch": target}
    return {"object_attributes": {"action": action, "last_commit": {"id": "c0ffee"}, **ends}}


PREVIEW = [("AEP preview", {"scm_branch": "c0ffee"})]
APPLY = [("AEP apply", {"job_type": "run"})]
# What happened, and what is launched, or None if the job fails.
WEBHOOKS: dict[str, tuple[str, Object, list[tuple[str, Object]] | None]] = {
    "github, merge": ("push", {"ref": "refs/heads/main"}, APPLY),
    "github, branch": ("push", {"ref": "refs/heads/topic"}, []),
    "github, opened": ("pull_request", of_github("opened"), PREVIEW),
    "github, pushed again": ("pull_request", of_github("synchronize"), PREVIEW),
    "github, closed": ("pull_request", of_github("closed"), []),
    "github, fork": ("pull_request", of_github("opened", 2), None),
    "github, deleted fork": ("pull_request", of_github("opened", None), None),
    "github, other target": ("pull_request", of_github("opened", target="old"), []),
    "github, other event": ("star", {"action": "created"}, []),
    "gitlab, merge": ("Push Hook", {"ref": "refs/heads/main"}, APPLY),
    "gitlab, tag": ("Tag Push Hook", {"ref": "refs/tags/v1"}, []),
    "gitlab, opened": ("Merge Request Hook", of_gitlab("open"), PREVIEW),
    "gitlab, updated": ("Merge Request Hook", of_gitlab("update"), PREVIEW),
    "gitlab, merged": ("Merge Request Hook", of_gitlab("merge"), []),
    "gitlab, fork": ("Merge Request Hook", of_gitlab("open", 2), None),
    "gitlab, other target": ("Merge Request Hook", of_gitlab("open", target="old"), []),
}


def answer(configured: Configured, collections: str, lab: Lab, event: str, payload: Object) -> Run:
    """Run the webhook job with what AWX passes to it."""
    template = configured.awx.named("job_templates", "AEP webhook")
    sent = {"awx_webhook_event_type": event, "awx_webhook_payload": payload, "aep_webhook_interval": 0.1}
    file = lab.folder / "event.yml"
    file.write_text(as_extra_variables({**json.loads(template["extra_vars"]), **sent}), encoding="utf-8")
    configured.awx.launches.clear()
    return lab.run_playbook(
        str(PROJECT / template["playbook"]),
        *("-e", f"@{file}"),
        CONTROLLER_HOST=configured.awx.url,
        CONTROLLER_OAUTH_TOKEN=TOKEN,
        ANSIBLE_COLLECTIONS_PATH=collections,
    )


@pytest.mark.parametrize("case", WEBHOOKS)
def test_a_merge_request_is_previewed_and_a_merge_is_applied(
    configured: Configured, collections: str, lab: Lab, case: str
) -> None:
    event, payload, launched = WEBHOOKS[case]
    run = answer(configured, collections, lab, event, payload)
    assert (run.status, configured.awx.launches) == (2 if launched is None else 0, launched or []), run.output
    if launched is None:
        assert "Could not preview revision c0ffee: it is from a fork" in failures([run])


def test_the_webhook_job_fails_with_the_job_that_it_launched(
    configured: Configured, collections: str, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(configured.awx, "status", "failed")
    assert answer(configured, collections, lab, "push", {"ref": "refs/heads/main"}).status == 2
    assert configured.awx.launches == APPLY


def test_without_a_webhook_no_revision_can_be_chosen(lab: Lab) -> None:
    objects = data(lab, aep_awx_webhook_service="")
    assert not objects["controller_projects"][0]["allow_override"]
    assert not {one["name"] for one in objects["controller_templates"]} & {"AEP webhook", "AEP preview"}
    (preview,) = (one for one in data(lab)["controller_templates"] if one["name"] == "AEP preview")
    assert (preview["job_type"], preview["ask_job_type_on_launch"]) == ("check", False)


def test_a_host_without_a_sandbox_is_not_production(jobs: Jobs) -> None:
    inventory = jobs.lab.inventory({"dev": {}})
    run = jobs.lab.run_playbook(str(jobs.project / "apply.yml"), "-i", inventory)
    assert run.status == 2
    assert "aep_sandbox_name" in run.output
    assert jobs.lab.requests() == []


def test_the_project_has_the_playbooks_and_the_readme_names_everything(configured: Configured) -> None:
    awx = configured.awx
    readme = (AWX / "README.md").read_text("utf-8")
    kinds = (
        "credentials",
        "projects",
        "inventories",
        "job_templates",
        "workflow_job_templates",
        "notification_templates",
    )
    names = {one["name"] for kind in kinds for one in awx.all(kind)}
    playbooks = {one["playbook"] for one in awx.all("job_templates")}
    made_by_hand = {"launcher", "status"}
    for name in (names | playbooks | set(MODULES)) - made_by_hand:
        assert f"`{name.replace('AEP credential prod', 'AEP credential GROUP')}`" in readme, name
    settings = yaml.safe_load((AWX / "settings.yml").read_text("utf-8"))
    named = set(re.findall(r"`(aep_awx_\w+)`", readme))
    # What a version of the collection sets is not a setting.
    assert named - {"aep_awx_credential_version"} <= settings.keys()
    used = "".join((AWX / file).read_text("utf-8") for file in [*FILES[1:], "configure.yml"])
    for name in settings:
        assert name in used, name
    assert playbooks == PLAYBOOKS


# Extra variables, as AWX writes them: an answer left empty is !unsafe '', which Ansible loads as null.


@pytest.mark.parametrize("empty", ["", None], ids=["text", "null"])
def test_an_answer_left_empty_is_no_answer(jobs: Jobs, empty: str | None) -> None:
    jobs.launch("AEP apply", job_type="run", limit="dev")
    chosen = {"aep_promote_from": "dev", "aep_promote_to": "prod"}
    names = {"aep_promote_connection_specs": "acme-orders", "aep_promote_flow_specs": empty}
    good, _data = jobs.launch("AEP promote", {**chosen, **names})
    assert good, jobs.runs["AEP promote"][0].output
    for refused in (
        {**chosen, "aep_promote_connection_specs": empty, "aep_promote_flow_specs": empty},
        {**chosen, **names, "aep_promote_to": empty},
        {**chosen, **names, "aep_promote_from": empty},
    ):
        jobs.lab.forget_requests()
        assert not jobs.launch("AEP promote", refused)[0]
        said = failures(jobs.runs["AEP promote"])
        assert "Next step:" in said, said
        assert "NoneType" not in said
        assert jobs.lab.writes() == []


OF_HOSTS = ("aep_org_id", "aep_client_id", "aep_client_secret", "aep_access_token", "aep_base_url", "aep_ims_url")
OF_AUDITS = (
    "audit_hosts",
    "audit_flow_specs_src",
    "audit_ignore_rules_src",
    "audit_report_folder",
    "audit_report_name",
    "audit_report_title",
    "audit_report_page",
)


def test_what_is_empty_in_an_audit_is_not_set(jobs: Jobs) -> None:
    jobs.launch("AEP apply", job_type="run")
    extra = dict.fromkeys((*OF_HOSTS, *OF_AUDITS), "")
    good, handed_on = jobs.launch("AEP audit", extra)
    assert good, jobs.runs["AEP audit"][0].output
    good, _data = jobs.launch("AEP audit report", {**handed_on, **extra, "audit_slices": ""})
    assert good, jobs.runs["AEP audit report"][0].output
    folder = jobs.lab.folder / "report"
    good, _data = jobs.launch("AEP audit report", {**handed_on, **extra, "audit_report_folder": str(folder)})
    assert good, jobs.runs["AEP audit report"][0].output
    assert {path.name for path in folder.iterdir()} == {"audit.html", "audit.json", "audit.md", "audit.xml"}


def test_what_is_empty_in_an_export_is_not_set(lab: Lab) -> None:
    variables = {"export_provider_id": "", "export_connection_spec_id": "", "export_names": ["RestStorageToAEP"]}
    file = lab.folder / "extra.yml"
    file.write_text(as_extra_variables({**variables, "export_dest": str(lab.folder / "specs")}), encoding="utf-8")
    run = lab.play(
        {"name": "it", "ansible.builtin.import_role": {"name": "aep.flow_service.export"}}, arguments=("-e", f"@{file}")
    )
    assert run.status == 0, run.output
    assert (lab.folder / "specs" / "flow_specs" / "RestStorageToAEP.yml").exists()


def test_an_empty_sandbox_is_not_production(jobs: Jobs) -> None:
    assert not jobs.launch("AEP apply", {"aep_sandbox_name": ""}, job_type="run")[0]
    assert "aep_sandbox_name" in jobs.runs["AEP apply"][0].output
    assert jobs.lab.requests() == []


# Upgrades.

INPUTS_OF_TYPES = Path(__file__).parents[1] / "fixtures" / "awx"


def edited(folder: Path, version: int | None) -> Path:
    """Another release of the data: a help text of the credential type has changed, with a new version or without."""
    shutil.copytree(AWX, folder)
    file = folder / "vars" / "credentials.yml"
    text = file.read_text("utf-8").replace("help_text: Ends with @AdobeOrg.", "help_text: It ends with @AdobeOrg.")
    if version:
        text = text.replace("aep_awx_credential_version: 1", f"aep_awx_credential_version: {version}")
    file.write_text(text, encoding="utf-8")
    return folder


def test_an_upgrade_leaves_the_inputs_of_a_type_in_use_alone(
    configured: Configured, lab: Lab, collections: str, tmp_path: Path
) -> None:
    with running_awx(configured.awx.twin()) as awx:
        # As AWX does, the inputs of a type that is in use cannot change.
        refused = configure(lab, awx, collections, data_of=edited(tmp_path / "without", None))
        assert refused.status == 2
        assert "403" in refused.output
        upgrade = edited(tmp_path / "with", 2)
        upgraded = configure(lab, awx, collections, data_of=upgrade)
        assert upgraded.status == 0, upgraded.output
        kept = {"AEP credential", "AEP credential prod", "AEP source acme", "launcher", "status"}
        added = {"AEP credential 2", "AEP credential 2 prod", "AEP source 2 acme"}
        assert {one["name"] for one in awx.all("credentials")} == kept | added
        for name in ("AEP apply", "AEP audit", "AEP remediate", "AEP promote"):
            credentials = set(awx.associated("job_templates", name, "credentials"))
            assert credentials == {"AEP credential 2", "AEP credential 2 prod"}
        assert changes(configure(lab, awx, collections, data_of=upgrade)) == set()


def test_changed_inputs_of_the_credential_type_have_another_version(lab: Lab) -> None:
    types = data(lab)["controller_credential_types"]
    for defined, kind in zip(types, ("inputs", "inputs-source", "inputs-group"), strict=True):
        file = INPUTS_OF_TYPES / f"{kind}-{credential_version()}.json"
        assert json.loads(file.read_text("utf-8")) == defined["inputs"], (
            "raise aep_awx_credential_version, and add its files"
        )


def credential_version() -> int:
    """The version of the credential type."""
    found = re.search(r"^aep_awx_credential_version: (\d+)$", (AWX / "vars/credentials.yml").read_text("utf-8"), re.M)
    assert found
    return int(found[1])


def test_texts_of_notifications_can_be_set(lab: Lab, collections: str) -> None:
    texts = {"error": {"message": "Look: {{ url }}"}}
    file = lab.folder / "settings.yml"
    file.write_text("aep_awx_notification_messages:\n  error: {message: !unsafe 'Look: {{ url }}'}\n", encoding="utf-8")
    slack: Object = {"aep_awx_notification_type": "slack", "aep_awx_notification_configuration": {"channels": ["#aep"]}}
    with prepared_awx() as awx:
        run = configure(lab, awx, collections, "-e", f"@{file}", **slack)
        assert run.status == 0, run.output
        assert awx.named("notification_templates", "AEP notification")["messages"] == texts
        run = configure(lab, awx, collections, **slack)
        messages = awx.named("notification_templates", "AEP notification")["messages"]
    assert set(messages) == {"started", "success", "error", "workflow_approval"}
    assert not [one for one in messages.values() if "body" in one]
