# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A test's own corner of an emulator, and playbooks run against it by ansible-playbook."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import importlib.util
import json
import os
import re
import subprocess
import sys
import typing as t
import uuid
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import requests
import yaml

from lab.starts import (
    MODULE_RUNS,
    PLAYBOOK,
    TASK,
    WarmAnsible,
    count,
    run_playbook,
    usual_environment,
    warm_ansible,
    write_interpreter,
)

Spec = dict[str, t.Any]
Task = dict[str, t.Any]

HERE = Path(__file__).parent
FIXTURES = HERE.parents[1] / "fixtures"
EMULATOR = HERE.parents[2] / "extensions" / "emulator"
FLOW_SPECS, CONNECTION_SPECS = "flowSpecs", "connectionSpecs"

REST_STORAGE = "6499120c-0b15-42dc-936e-847ea3c24d72"
GENERIC_STREAMING = "e77fde5a-22a8-11ed-861d-0242ac120002"
BATCH_PROVIDER = "0ed90a81-07f4-4586-8190-b40eccef1c5a"
SECRET = "s3cr3t-of-the-lab/+=%"
_COLLECTION = "aep.flow_service."
# What a task may have to be carried out without a play around it.
_PLAIN_KEYS = frozenset(("name", "check_mode", "ignore_errors", "register"))
_TEMPLATE = re.compile(r"\{[{%#]")

Way = t.Literal["process", "worker", "module"]


@dataclasses.dataclass(frozen=True)
class Outcome:
    """The outcome of one task."""

    status: str
    task: str
    host: str
    result: dict[str, t.Any]

    @property
    def failed(self) -> bool:
        return self.status == "failed"

    def __getattr__(self, name: str) -> t.Any:
        """What the task returned under this name."""
        if name.startswith("__"):
            # Of a copy that is being made, which has no result yet.
            raise AttributeError(name)
        try:
            return self.result[name]
        except KeyError:
            raise AttributeError(f"the task returned no {name}: {self.result}") from None


@dataclasses.dataclass(frozen=True)
class Run:
    """A run of tasks: its exit status, what it printed, and the outcome of each task by its name."""

    status: int
    printed: str | None
    """None of tasks without a play around them, which print nothing."""
    outcomes: list[Outcome]
    stats: dict[str, t.Any]
    """What was handed on by set_stats."""

    @property
    def output(self) -> str:
        """What it printed; a test that looks at it needs a real play."""
        assert self.printed is not None, f"no play has run, only {self.outcomes}: mark the test as real"
        return self.printed

    def __getitem__(self, task: str) -> Outcome:
        """The outcome of the task of this name, the last one if it ran several times."""
        found = [outcome for outcome in self.outcomes if outcome.task == task]
        assert found, f"no task {task!r} has run:\n{self.printed or self.outcomes}"
        return found[-1]

    @property
    def items(self) -> list[dict[str, t.Any]]:
        """The results of the items of the only looping task."""
        return next(outcome.result["results"] for outcome in self.outcomes if "results" in outcome.result)


@contextlib.contextmanager
def running_emulator(package: Path = EMULATOR) -> Iterator[str]:
    """The URL of an emulator on a free port, which ends with its use."""
    command = [sys.executable, "-m", "aep_emulator", "serve", "--port", "0"]
    environment = {**os.environ, "PYTHONPATH": str(package)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            words = process.stdout.readline().split()
            assert words, "the emulator did not start"
            yield words[-1]
        finally:
            process.terminate()
            process.wait(timeout=10)


class Lab:
    """A client id, an organization and folders of its own: nothing is shared with another test."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder
        unique = uuid.uuid4().hex[:12]
        self.client_id = f"client-{unique}"
        self.org = f"{unique}@AdobeOrg"
        self.sandbox = "prod"
        self.variables = {
            "AEP_BASE_URL": url,
            "AEP_IMS_URL": url,
            "AEP_CLIENT_ID": self.client_id,
            "AEP_CLIENT_SECRET": SECRET,
            "AEP_ORG_ID": self.org,
            "AEP_SETTLE_TIME": "0.4",
            "AEP_RETRY_DEADLINE": "30",
        }
        self.python = "{{ ansible_playbook_python }}"
        self.way: Way = "worker"
        self._session = requests.Session()
        self._session.trust_env = False

    def twin(self, folder: Path) -> Lab:
        """Another lab at the same emulator, whose tasks all run as modules."""
        return Lab(self.url, folder).as_modules()

    def as_modules(self, *, afresh: bool = False) -> Lab:
        """The lab itself, whose tasks all run as modules from now on, in processes of their own.

        These are forks of a process that has imported what they need, unless a test says where to import from. Only
        one that starts ``afresh`` shows that Ansible has packed what it imports.
        """
        self.python = write_interpreter(self.folder / "python", f'"{self.folder / MODULE_RUNS}"', afresh=afresh)
        self.way = "module"
        return self

    def controller(self, folder: Path) -> Lab:
        """The same lab from another controller: with a home, a cache and locks of its own."""
        folder.mkdir(parents=True)
        controller = copy.copy(self)
        controller.folder = folder
        return controller

    def in_sandbox(self, name: str) -> Lab:
        """The same lab, looking into another sandbox of its organization."""
        other = copy.copy(self)
        other.sandbox = name
        other.variables = {**self.variables, "AEP_SANDBOX_NAME": name}
        return other

    @property
    def runs_in_worker(self) -> bool:
        """Whether tasks run in the worker process of Ansible, or as they do there."""
        return self.way != "module"

    @property
    def module_runs(self) -> int:
        """How many modules have run in processes of their own, not counting those of Ansible itself."""
        runs = self.folder / MODULE_RUNS
        names = re.findall(r"AnsiballZ_(\w+)\.py", runs.read_text()) if runs.exists() else []
        return sum(importlib.util.find_spec(f"ansible.modules.{name}") is None for name in names)

    # The emulator, by its control API.

    def _control(self, method: str, path: str, content: t.Any = None, **params: str) -> t.Any:
        answer = self._session.request(method, f"{self.url}/_emulator/{path}", json=content, params=params, timeout=30)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def requests(self, service: str = "flow") -> list[dict[str, t.Any]]:
        """The requests so far, to the service or to IMS."""
        found = self._control("GET", "requests", client_id=self.client_id)["items"]
        return [request for request in found if request["service"] == service]

    def calls(self) -> list[str]:
        """The requests to the service so far, as method and kind."""
        return [f"{request['method']} {request['path'].split('/')[4]}" for request in self.requests()]

    def writes(self) -> list[dict[str, t.Any]]:
        """The requests so far that write."""
        return [request for request in self.requests() if request["method"] not in ("GET", "HEAD")]

    def forget_requests(self) -> None:
        self._control("DELETE", "requests", client_id=self.client_id)

    def switch(self, **switches: t.Any) -> None:
        """Set switches for this client."""
        self._control("PATCH", "switches", switches, client_id=self.client_id)

    def fault(
        self, method: str | None, path: str | None, times: int | None = 1, skip: int = 0, **action: t.Any
    ) -> None:
        """Have something go wrong with matching requests of this client."""
        fault = {"match": {"method": method, "path": path}, "times": times, "skip": skip, "action": action}
        self._control("POST", "faults", fault, client_id=self.client_id)

    def end_faults(self) -> None:
        self._control("DELETE", "faults", client_id=self.client_id)

    def revoke_tokens(self) -> None:
        self._control("DELETE", "tokens", client_id=self.client_id)

    def specs(self, kind: str) -> list[Spec]:
        """The specs as they are stored."""
        return t.cast(list[Spec], self._control("GET", f"state/{kind}", org=self.org, sandbox=self.sandbox)["items"])

    def named(self, kind: str, name: str) -> list[Spec]:
        """The stored specs of a name."""
        return [spec for spec in self.specs(kind) if spec["name"] == name]

    def spec(self, kind: str, spec_id: str) -> Spec:
        """One stored spec."""
        return next(spec for spec in self.specs(kind) if spec["id"] == spec_id)

    def store(self, kind: str, **spec: t.Any) -> str:
        """Store a spec just as it is, past the service; returns its id."""
        spec_id = spec.setdefault("id", str(uuid.uuid4()))
        content = {"providerId": BATCH_PROVIDER, **spec}
        self._control("PUT", f"state/{kind}/{spec_id}", content, org=self.org, sandbox=self.sandbox)
        return t.cast(str, spec_id)

    def source(self, name: str, *flow_specs: str, **more: t.Any) -> str:
        """Store a connection spec that these flow specs support; returns its id."""
        spec_id = self.store(CONNECTION_SPECS, **{"name": name, "version": "1.0", **more})
        for flow_spec in flow_specs:
            live = self.spec(FLOW_SPECS, flow_spec)
            live["sourceConnectionSpecIds"].append(spec_id)
            self.store(FLOW_SPECS, **live)
        return spec_id

    def remove(self, kind: str, spec_id: str) -> None:
        """Remove a stored spec, past the service."""
        self._control("DELETE", f"state/{kind}/{spec_id}", org=self.org, sandbox=self.sandbox)

    def put_state(self, kind: str, resource_id: str, content: Spec) -> None:
        """Store a resource of any kind just as it is, past the service."""
        self._control("PUT", f"state/{kind}/{resource_id}", content, org=self.org, sandbox=self.sandbox)

    def state(self, kind: str) -> list[Spec]:
        """The resources of any kind as they are stored."""
        return self.specs(kind)

    def seed(self, kind: str, count: int) -> None:
        """Store so many specs at once."""
        self._control("POST", "seed", {"kind": kind, "count": count}, org=self.org, sandbox=self.sandbox)

    # Ansible.

    def inventory(self, hosts: Mapping[str, Spec]) -> str:
        """An inventory of these hosts, each with its variables; returns its path."""
        file = self.folder / "inventory.yml"
        file.write_text(yaml.safe_dump({"all": {"hosts": dict(hosts)}}), encoding="utf-8")
        return str(file)

    def environment(self, **extra: str) -> dict[str, str]:
        """The environment for ansible-playbook: this lab, and nothing of the person who runs the tests."""
        return {
            **usual_environment(),
            "HOME": str(self.folder),
            "ANSIBLE_HOME": str(self.folder / "ansible"),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "ANSIBLE_ASYNC_DIR": str(self.folder / "async"),
            **self.variables,
            **extra,
        }

    def play(self, *tasks: Task, arguments: tuple[str, ...] = (), play: Task | None = None, **variables: t.Any) -> Run:
        """Run tasks in a play on localhost; the variables, texts all of them, go to the environment.

        The quick way carries plain tasks out without a play around them.
        """
        if self.way == "process" and arguments in ((), ("--diff",)) and not play and all(map(is_plain, tasks)):
            environment = self.environment(**variables)
            warm = warm_ansible(environment)
            if warm:
                return self._carry_out(tasks, warm, environment)
        return self.run_playbook(self.write_playbook(*tasks, play=play), *arguments, **variables)

    def _carry_out(self, tasks: Iterable[Task], warm: WarmAnsible, environment: Mapping[str, str]) -> Run:
        """Have the operation of each task called as its action would call it, until one fails."""
        outcomes: list[Outcome] = []
        for each in tasks:
            (module,) = each.keys() - _PLAIN_KEYS
            count(TASK)
            answer, _printed = warm.ask(
                "task",
                environment,
                self.folder,
                module=module.removeprefix(_COLLECTION),
                arguments=each[module] or {},
                check_mode=each.get("check_mode", False),
            )
            result = {"changed": False, **answer["result"]}
            status = "failed" if result.get("failed") else "skipped" if result.get("skipped") else "ok"
            outcomes.append(Outcome(status, each.get("name", module), "localhost", result))
            if status == "failed" and not each.get("ignore_errors"):
                return Run(2, None, outcomes, {})
        return Run(0, None, outcomes, {})

    def write_playbook(self, *tasks: Task, play: Task | None = None) -> str:
        """Write a playbook of one play, on localhost unless it says otherwise; returns its path."""
        whole = {
            "hosts": "localhost",
            "gather_facts": False,
            "vars": {"ansible_python_interpreter": self.python},
            **(play or {}),
            "tasks": list(tasks),
        }
        playbook = self.folder / f"play-{uuid.uuid4().hex[:8]}.yml"
        playbook.write_text(yaml.safe_dump([whole], sort_keys=False), encoding="utf-8")
        return str(playbook)

    def start(self, *tasks: Task) -> subprocess.Popen[bytes]:
        """Start ansible-playbook, the leader of a group of processes of its own, and leave it running."""
        return subprocess.Popen(
            [PLAYBOOK, self.write_playbook(*tasks)],
            env=self.environment(RECORD_FILE=str(self.folder / f"record-{uuid.uuid4().hex[:8]}.jsonl")),
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def run_playbook(self, *arguments: str, folder: Path | None = None, **variables: str) -> Run:
        """Run ansible-playbook, in another folder if one is given."""
        record = self.folder / f"record-{uuid.uuid4().hex[:8]}.jsonl"
        status, output = run_playbook(
            arguments, self.environment(RECORD_FILE=str(record), **variables), folder or self.folder
        )
        lines = record.read_text(encoding="utf-8").splitlines() if record.exists() else []
        outcomes = [Outcome(**json.loads(line)) for line in lines]
        stats = next((one.result for one in outcomes if one.status == "stats"), {})
        outcomes = [one for one in outcomes if one.status != "stats"]
        return Run(status, output, outcomes, stats)

    def one(self, module: str, arguments: Spec, *, check: bool = False, **variables: t.Any) -> Outcome:
        """Run one task of a module of the collection; its outcome, whether good or bad."""
        task = {"name": "it", f"aep.flow_service.{module}": arguments, "check_mode": check}
        return self.play(task, **variables)["it"]


def task(task_name: str, module: str, /, **arguments: t.Any) -> Task:
    """A task that calls a module of the collection; C(check=True) is for the task, the rest for the module."""
    check = {"check_mode": True} if arguments.pop("check", False) else {}
    return {"name": task_name, f"aep.flow_service.{module}": arguments, **check}


def is_plain(each: Task) -> bool:
    """Whether a task means the same without a play around it: a module of the collection, its arguments as they are."""
    modules = [key for key in each if key not in _PLAIN_KEYS]
    if (
        len(modules) != 1
        or not modules[0].startswith(_COLLECTION)
        or not all(isinstance(each.get(flag, False), bool) for flag in ("check_mode", "ignore_errors"))
    ):
        return False
    try:
        text = json.dumps([each.get("name"), each[modules[0]]])
    except TypeError:
        return False
    return not _TEMPLATE.search(text)
