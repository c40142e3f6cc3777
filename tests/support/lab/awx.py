# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An AWX to configure, as far as the modules of awx.awx go, and its jobs and workflows, as far as playbooks can tell.

What it refuses is what AWX refuses, as far as the data of extensions/awx could get it wrong. It keeps what it is asked
to launch, and runs nothing: tests do that.
"""

from __future__ import annotations

import contextlib
import copy
import http.server
import json
import re
import threading
import typing as t
import urllib.parse
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from lab.plays import Lab, Run
from lab.slices import sliced

Object = dict[str, t.Any]

TOKEN = "token-of-awx"
ENCRYPTED = "$encrypted$"
ROOT = "/api/v2/"
# The roles that can be granted on an object of a kind.
ROLES = {
    "job_templates": ("admin", "execute", "read"),
    "workflow_job_templates": ("admin", "execute", "read", "approval"),
    "credentials": ("admin", "use", "read"),
}
TEMPLATES = ("job_templates", "workflow_job_templates", "projects")
QUESTIONS = ("text", "textarea", "multiplechoice", "multiselect", "integer", "float")
WEBHOOK = {"url", "http_method", "headers", "username", "password", "disable_ssl_verification"}


# What a message of a notification can refer to: AWX renders it with these once before it accepts it.
SAMPLE_JOB: Object = {
    "job": {"id": 42, "name": "Sample", "status": "failed", "artifacts": {}},
    "url": "https://awx/#/42",
}
SAMPLE_APPROVAL: Object = {
    "approval_status": "approved",
    "approval_node_name": "Approve Me",
    "workflow_url": "https://awx/#/7",
}
EVENTS = ("started", "success", "error")
APPROVALS = ("running", "approved", "timed_out", "denied")


class RefusedError(Exception):
    """What was sent is no such object."""

    status = 400


class ForbiddenError(RefusedError):
    """What was sent changes what nobody may change."""

    status = 403


class Namespace:
    """What templates know as C(tower)."""

    filename: t.Any


class Awx:
    """The objects of an AWX, by their kind and id."""

    def __init__(self, playbooks: set[str]) -> None:
        self.url = ""
        self.playbooks = playbooks
        """The playbooks that its projects have."""
        self.writes: list[str] = []
        """The requests so far that write, as method and kind."""
        self.launches: list[tuple[str, Object]] = []
        """The job templates that requests launched, each with the answers to its prompts."""
        self.status = "successful"
        """How the jobs of these launches end."""
        self._objects: dict[str, dict[int, Object]] = {}
        self._associations: dict[tuple[str, int, str], list[int]] = {}
        self._surveys: dict[int, Object] = {}
        self._ids = 0

    # For tests.

    def twin(self) -> Awx:
        """Another AWX with the same objects."""
        return copy.deepcopy(self)

    def all(self, kind: str) -> list[Object]:
        """The objects of a kind, as they are stored, with their secrets."""
        return list(self._objects.get(kind, {}).values())

    def named(self, kind: str, name: str) -> Object:
        """The object of this name."""
        (found,) = (one for one in self.all(kind) if one["name"] == name)
        return found

    def survey(self, name: str) -> Object:
        """The survey of a job template."""
        return self._surveys[self.named("job_templates", name)["id"]]

    def associated(self, kind: str, name: str, association: str) -> list[str]:
        """The names of what is associated."""
        ids = self._associations.get((kind, self.named(kind, name)["id"], association), [])
        return [self._by_id(association_kind(association), one)["name"] for one in ids]

    def granted(self, kind: str, name: str, role: str) -> list[str]:
        """The names of the teams that have a role on an object."""
        number = self.named(kind, name)["id"] * 10 + ROLES[kind].index(role)
        return [self._by_id("teams", one)["name"] for one in self._associations.get(("roles", number, "teams"), [])]

    def graph(self) -> dict[tuple[str, str], list[str]]:
        """The links of the workflow nodes, by identifier and kind of link."""
        nodes = self._objects.get("workflow_job_template_nodes", {})
        return {
            (nodes[node]["identifier"], association.removesuffix("_nodes")): [nodes[one]["identifier"] for one in ids]
            for (kind, node, association), ids in self._associations.items()
            if kind == "workflow_job_template_nodes" and association.endswith("_nodes")
        }

    def runs(self) -> dict[str, str]:
        """What each workflow node runs, by its identifier."""
        kinds = (*TEMPLATES, "workflow_approval_templates")
        names = {one["id"]: one["name"] for kind in kinds for one in self.all(kind)}
        nodes = self.all("workflow_job_template_nodes")
        return {node["identifier"]: names[node["unified_job_template"]] for node in nodes}

    # For the modules.

    def get(self, path: list[str], query: Mapping[str, str]) -> Object:
        """Answer a GET."""
        match path:
            case ["unified_job_templates"]:
                return self._listing([self._shown(kind, one) for kind in TEMPLATES for one in self.all(kind)], query)
            case [kind]:
                return self._listing([self._shown(kind, one) for one in self.all(kind)], query)
            case ["jobs" | "project_updates" as kind, number]:
                status = self.status if kind == "jobs" else "successful"
                return {"id": number, "status": status, "finished": "now", "failed": status != "successful"}
            case [kind, number]:
                return self._shown(kind, self._by_id(kind, int(number)))
            case [_, number, "survey_spec"]:
                return self._surveys.get(int(number), {})
            case [kind, number, association]:
                ids = self._associations.get((kind, int(number), association), [])
                return self._listing([{"id": one} for one in ids], {})
        raise RefusedError(f"nothing is at {path}")

    def post(self, path: list[str], sent: Object) -> tuple[int, Object | None]:
        """Answer a POST."""
        self.writes.append(f"POST {path[-1]}")
        match path:
            case [kind]:
                return 201, self._store(kind, sent)
            case [_, number, "survey_spec"]:
                self._surveys[int(number)] = _checked_survey(sent)
                return 200, None
            case ["job_templates", number, "launch"]:
                self.launches.append((self._by_id("job_templates", int(number))["name"], sent))
                return 201, {"id": len(self.launches), "status": "pending", "url": f"{ROOT}jobs/{len(self.launches)}/"}
            case ["workflow_job_template_nodes", number, "create_approval_template"]:
                approval = self._store("workflow_approval_templates", sent)
                self._by_id("workflow_job_template_nodes", int(number))["unified_job_template"] = approval["id"]
                return 201, approval
            case [kind, number, association]:
                ids = self._associations.setdefault((kind, int(number), association), [])
                self._by_id(association_kind(association), sent["id"])
                if sent.get("disassociate"):
                    ids.remove(sent["id"])
                else:
                    ids.append(sent["id"])
                return 204, None
        raise RefusedError(f"nothing is made at {path}")

    def patch(self, path: list[str], sent: Object) -> Object:
        """Answer a PATCH."""
        kind, number = path
        self.writes.append(f"PATCH {kind}")
        stored = self._by_id(kind, int(number))
        in_use = {one["credential_type"] for one in self.all("credentials")}
        if (
            kind == "credential_types"
            and stored["id"] in in_use
            and sent.get("inputs", stored["inputs"]) != stored["inputs"]
        ):
            raise ForbiddenError("Modifications to inputs are not allowed for credential types that are in use")
        stored.update(self._checked(kind, {**stored, **sent}))
        return self._shown(kind, stored)

    def delete(self, path: list[str]) -> None:
        """Answer a DELETE."""
        kind, number = path
        self.writes.append(f"DELETE {kind}")
        del self._objects[kind][int(number)]

    def _store(self, kind: str, sent: Object) -> Object:
        self._ids += 1
        stored = {**self._checked(kind, sent), "id": self._ids}
        if kind == "projects":
            stored["scm_revision"] = "r1"
        if kind == "hosts":
            stored["has_inventory_sources"] = False
        self._objects.setdefault(kind, {})[self._ids] = stored
        return self._shown(kind, stored)

    def _by_id(self, kind: str, number: int) -> Object:
        try:
            return self._objects[kind][number]
        except KeyError:
            raise RefusedError(f"no {kind} {number}") from None

    def _checked(self, kind: str, sent: Object) -> Object:
        match kind:
            case "credential_types":
                _check_credential_type(sent)
            case "credentials":
                fields = {field["id"] for field in self._fields(sent)}
                if not set(sent["inputs"]) <= fields:
                    raise RefusedError(f"inputs are {fields}")
            case "job_templates":
                if sent["playbook"] not in self.playbooks:
                    raise RefusedError(f"Playbook not found for project: {sent['playbook']}")
            case "notification_templates":
                # AWX fills in what is not sent, and the next run would find a difference.
                if sent["notification_type"] == "webhook" and set(sent["notification_configuration"]) != WEBHOOK:
                    raise RefusedError(f"a webhook has {WEBHOOK}")
                _check_messages(sent["messages"], has_json=sent["notification_type"] == "webhook")
        return sent

    def _fields(self, credential: Object) -> list[Object]:
        return t.cast(list[Object], self._by_id("credential_types", credential["credential_type"])["inputs"]["fields"])

    def _shown(self, kind: str, stored: Object) -> Object:
        url = f"{ROOT}{kind}/{stored['id']}/"
        related = {"survey_spec": f"{url}survey_spec/", "launch": f"{url}launch/"}
        if kind == "workflow_job_template_nodes" and "unified_job_template" in stored:
            # Only approvals are looked up this way.
            number = stored["unified_job_template"]
            related["unified_job_template"] = f"{ROOT}workflow_approval_templates/{number}/"
        summary: Object = {"current_update": {"id": 1}} if kind == "projects" else {}
        if kind in ROLES:
            roles = {f"{role}_role": {"id": stored["id"] * 10 + place} for place, role in enumerate(ROLES[kind])}
            summary = {**summary, "object_roles": roles}
        shown = {**stored, "type": kind.removesuffix("s"), "url": url, "related": related, "summary_fields": summary}
        if kind == "credentials":
            secret = {field["id"] for field in self._fields(stored) if field.get("secret")}
            inputs = stored["inputs"]
            shown["inputs"] = {name: ENCRYPTED if name in secret else inputs[name] for name in inputs}
        if kind == "notification_templates" and stored["notification_configuration"].get("password"):
            shown["notification_configuration"] = {**stored["notification_configuration"], "password": ENCRYPTED}
        return shown

    def _listing(self, objects: list[Object], query: Mapping[str, str]) -> Object:
        wanted = {name: value for name, value in query.items() if not name.startswith("or__")}
        either = {name.removeprefix("or__"): value for name, value in query.items() if name.startswith("or__")}
        found = [
            one
            for one in objects
            if all(str(one.get(name)) == value for name, value in wanted.items())
            and (not either or any(str(one.get(name)) == value for name, value in either.items()))
        ]
        return {"count": len(found), "next": None, "results": found}


def association_kind(association: str) -> str:
    """The kind of what can be associated under this name."""
    if association.endswith("_nodes"):
        return "workflow_job_template_nodes"
    return "notification_templates" if association.startswith("notification_templates") else association


def _check_credential_type(sent: Object) -> None:
    """As AWX does: every template has to work with the fields that there are, and with nothing else."""
    fields = sent["inputs"]["fields"]
    known = {"id", "label", "type", "format", "choices", "secret", "multiline", "default", "help_text"}
    if any(not set(field) <= known or not re.fullmatch("[a-zA-Z_]+[a-zA-Z0-9_]*", field["id"]) for field in fields):
        raise RefusedError(f"a field has {known}")
    namespace: Object = {field["id"]: "EXAMPLE" for field in fields}
    namespace["tower"] = tower = Namespace()
    tower.filename = Namespace()
    for name in sent["injectors"].get("file", {}):
        setattr(tower.filename, name.removeprefix("template."), "EXAMPLE")
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
    for injector in sent["injectors"].values():
        for template in injector.values():
            environment.from_string(template).render(namespace)
    if any(name.startswith("ANSIBLE_") or not re.fullmatch("[A-Z_]+", name) for name in sent["injectors"]["env"]):
        raise RefusedError("such variables cannot be injected")


def _check_messages(messages: Object, has_json: bool) -> None:
    """As AWX does: every template is rendered once, and the body of a webhook is a mapping in JSON."""
    if not set(messages) <= {*EVENTS, "workflow_approval"}:
        raise RefusedError(f"events are {EVENTS} and workflow_approval")
    if not set(messages.get("workflow_approval", {})) <= set(APPROVALS):
        raise RefusedError(f"events of an approval are {APPROVALS}")
    texts = [(messages[event], SAMPLE_JOB) for event in EVENTS if event in messages]
    texts += [(one, SAMPLE_APPROVAL) for one in messages.get("workflow_approval", {}).values()]
    for message, context in texts:
        if not set(message) <= {"message", "body"} or "\n" in message["message"]:
            raise RefusedError("a message has a text on one line, and a body")
        rendered(message["message"], context)
        if has_json and not isinstance(json.loads(rendered(message["body"], context)), dict):
            raise RefusedError("the body of a webhook is a mapping")


def rendered(template: str, context: Object) -> str:
    """A message of a notification."""
    return ImmutableSandboxedEnvironment(undefined=StrictUndefined).from_string(template).render(context)


class _Unsafe(str):
    """A text that AWX does not let Ansible template."""


class _Dumper(yaml.SafeDumper):
    """Writes extra variables as AWX does."""


_Dumper.add_representer(_Unsafe, lambda dumper, text: dumper.represent_scalar("!unsafe", str(text), style="'"))


def as_extra_variables(variables: Object, safe: t.Collection[str] = ()) -> str:
    """A file of extra variables as AWX writes it: every text is unsafe, but for those that the job template defines."""

    def marked(value: t.Any) -> t.Any:
        if isinstance(value, dict):
            return {marked(name): marked(one) for name, one in value.items()}
        if isinstance(value, list):
            return [marked(one) for one in value]
        return _Unsafe(value) if isinstance(value, str) else value

    return "".join(
        yaml.dump({_Unsafe(name): value if name in safe else marked(value)}, Dumper=_Dumper)
        for name, value in variables.items()
    )


def _checked_survey(sent: Object) -> Object:
    if not (isinstance(sent["name"], str) and isinstance(sent["description"], str) and sent["spec"]):
        raise RefusedError("a survey has a name, a description and questions")
    for question in sent["spec"]:
        if question["type"] not in QUESTIONS or not isinstance(question["required"], bool):
            raise RefusedError(f"no such question: {question}")
        if question["type"].startswith("multi") and not question["choices"]:
            raise RefusedError(f"a choice of nothing: {question}")
    return sent


def injected(credential_type: Object, inputs: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The environment that AWX makes of a credential with these inputs; its files go to the folder."""
    environment = ImmutableSandboxedEnvironment()
    namespace: Object = {name: value for name, value in inputs.items() if value}
    namespace["tower"] = tower = Namespace()
    tower.filename = Namespace()
    for name, template in credential_type["injectors"].get("file", {}).items():
        path = folder / name
        path.write_text(environment.from_string(template).render(**namespace), encoding="utf-8")
        setattr(tower.filename, name.removeprefix("template."), str(path))
    variables = credential_type["injectors"]["env"].items()
    return {name: environment.from_string(template).render(**namespace) for name, template in variables}


class Jobs:
    """Runs what an AWX has, on a checkout of its project, with the credentials of a lab."""

    def __init__(self, awx: Awx, lab: Lab, project: Path) -> None:
        self.lab = lab
        self.project = project
        self.revision = "r1"
        """The revision of the project."""
        self.runs: dict[str, list[Run]] = {}
        """The runs of the latest job of each job template."""
        self.lost: set[int] = set()
        """The slices of jobs whose node dies before it does anything."""
        self.awx = awx

    def launch(self, name: str, extra: Object | None = None, **prompts: t.Any) -> tuple[bool, Object]:
        """Run a job, in slices if it has them; whether it is successful, and what it hands on."""
        template = self.awx.named("job_templates", name)
        for prompt in prompts:
            assert template[f"ask_{prompt.removesuffix('s')}_on_launch"], prompt
        credentials = [
            self.awx.named("credentials", one) for one in prompts.pop("credentials", self._credentials(name))
        ]
        types = [one["credential_type"] for one in credentials]
        assert len(types) == len(set(types)), "a job has one credential of a type"
        of_template_types = {self.awx.named("credentials", one)["credential_type"] for one in self._credentials(name)}
        assert of_template_types <= set(types), "Removing a credential at launch time is not supported"
        chosen = {**template, **prompts}
        inventory = self.awx.named("inventories", name.split(maxsplit=1)[0] + " sandboxes")
        of_groups: dict[str, Object] = {}
        for group in self.awx.all("groups"):
            for host in self.awx.associated("groups", group["name"], "hosts"):
                of_groups.setdefault(host, {}).update(json.loads(group["variables"]))
        hosts = {
            one["name"]: {
                **json.loads(inventory["variables"]),
                **of_groups.get(one["name"], {}),
                **json.loads(one["variables"]),
            }
            for one in self.awx.all("hosts")
            if one["enabled"] and one["inventory"] == template["inventory"] == inventory["id"]
        }
        of_template = json.loads(template.get("extra_vars", "{}"))
        variables = {**of_template, **(extra or {}), "awx_project_revision": self.revision}
        file = self.lab.folder / "extra-variables.yml"
        file.write_text(as_extra_variables(variables, safe=of_template.keys() - (extra or {}).keys()), encoding="utf-8")
        arguments = [str(self.project / template["playbook"]), "-e", f"@{file}"]
        arguments += ["--check"] if chosen["job_type"] == "check" else []
        arguments += ["--diff"] if template["diff_mode"] else []
        arguments += ["--limit", chosen["limit"]] if chosen.get("limit") else []
        lab = copy.copy(self.lab)
        lab.variables = self._environment(credentials)
        runs = []
        count = min(chosen["job_slice_count"], len(hosts))
        for number in range(count):
            slice_of = sliced(dict(sorted(hosts.items())), number, count)
            if count == 1 or number not in self.lost:
                runs.append(lab.run_playbook(*arguments, "-i", lab.inventory(slice_of)))
        self.runs[name] = runs
        handed_on = {key: value for run in runs for key, value in run.stats.items()}
        return len(runs) == count and all(run.status == 0 for run in runs), handed_on

    def survey(self, name: str) -> set[str]:
        """The variables that the survey of a job template asks for."""
        return {question["variable"] for question in self.awx.survey(name)["spec"]}

    def follow(self, workflow: str, approve: bool) -> dict[str, bool]:
        """Run a workflow, and approve what waits for approval, or deny it; what each node comes to."""
        assert self.awx.named("workflow_job_templates", workflow)
        graph, names = self.awx.graph(), self.awx.runs()
        led_to = {one for nodes in graph.values() for one in nodes}
        approvals = {one["name"] for one in self.awx.all("workflow_approval_templates")}
        results: dict[str, bool] = {}
        waiting: list[tuple[str, Object]] = [(node, {}) for node in names if node not in led_to]
        while waiting:
            node, handed_on = waiting.pop(0)
            more: Object = {}
            if names[node] in approvals:
                results[node] = approve
            else:
                results[node], more = self.launch(names[node], handed_on)
            for link in ("success" if results[node] else "failure", "always"):
                waiting += [(one, {**handed_on, **more}) for one in graph.get((node, link), [])]
        return results

    def _credentials(self, template: str) -> list[str]:
        return self.awx.associated("job_templates", template, "credentials")

    def _environment(self, credentials: list[Object]) -> dict[str, str]:
        """What credentials inject, once they are those of the lab."""
        variables: dict[str, str] = {}
        for stored in credentials:
            types = self.awx.all("credential_types")
            (of_type,) = (one for one in types if one["id"] == stored["credential_type"])
            of_lab = {"org_id": self.lab.org}
            if not stored["inputs"].get("client_id", "").startswith(self.lab.client_id):
                of_lab["client_id"] = self.lab.client_id
            urls = {"base_url": self.lab.url, "ims_url": self.lab.url}
            variables |= injected(of_type, {**stored["inputs"], **of_lab, **urls}, self.lab.folder)
        return variables


@contextlib.contextmanager
def running_awx(awx: Awx) -> Iterator[Awx]:
    """Serve the objects of an AWX on a free port, which ends with its use."""
    lock = threading.Lock()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size)) if size else {}
            url = urllib.parse.urlsplit(self.path)
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                return self._answer(401, {"detail": "no"})
            path = url.path.removeprefix(ROOT).strip("/").split("/")
            query = dict(urllib.parse.parse_qsl(url.query))
            with lock:
                try:
                    match self.command:
                        case "GET":
                            answer: tuple[int, Object | None] = (200, awx.get(path, query))
                        case "POST":
                            answer = awx.post(path, body)
                        case "PATCH":
                            answer = (200, awx.patch(path, body))
                        case _:
                            awx.delete(path)
                            answer = (204, None)
                except RefusedError as refusal:
                    answer = (refusal.status, {"__all__": [str(refusal)], "error": str(refusal)})
            return self._answer(*answer)

        do_GET = do_POST = do_PATCH = do_DELETE = _serve  # noqa: N815 - the names that http.server looks for

        def _answer(self, status: int, content: Object | None) -> None:
            body = b"" if content is None else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: t.Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        awx.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield awx
        finally:
            server.shutdown()
            thread.join()
