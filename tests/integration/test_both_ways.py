# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every module does the same in Ansible's worker process as in a process of its own: the results are equal, whole."""

from __future__ import annotations

import json
import re
import typing as t
from pathlib import Path

import pytest

from ansible_collections.aep.flow_service.plugins.module_utils._tasks.registry import OPERATIONS
from lab import BATCH_PROVIDER, CONNECTION_SPECS, FLOW_SPECS, REST_STORAGE, SECRET, Lab, Run, Task, task
from lab.flows import put_flow, put_run
from lab.plays import is_plain

pytestmark = pytest.mark.real("worker")

NAMED = {"provider_id": BATCH_PROVIDER, "version": "1.0"}
TAKEN, TWIN, LOSSY, BROKEN = (f"00000000-0000-4000-8000-00000000000{digit}" for digit in range(4))
DATAFLOW = {
    "name": "flow",
    "connection_id": TAKEN,
    "source": {"params": {"listId": "1"}},
    "target": {"dataset_id": "5e8e0a1bf2d5b718f4cc0001"},
    "schedule": {"frequency": "minute", "interval": 15, "start_time": "2100-01-01T00:00:00Z"},
}
DEFINITION = {"providerId": BATCH_PROVIDER, "version": "1.0"}
FIELD, EXPRESSION = {"source": "a", "destination": "person.name"}, {"type": "expression"}
MAPPING = {"schema_id": "https://ns.adobe.com/tenant/schemas/1", "mappings": [FIELD]}
TABLE = {"object_type": "table", "path": "customers"}
LINK = {"flow_spec_id": REST_STORAGE, "connection_spec_ids": [TAKEN, TWIN]}

SOURCE = "00000000-0000-4000-8000-000000000004"
AUTH_SPEC = {
    "name": "Basic Authentication",
    "spec": {"properties": {"username": {}, "password": {"format": "password"}}, "required": ["username", "password"]},
}
ACCOUNT = {
    "name": "Acme",
    "connection_spec_id": SOURCE,
    "auth_params": {"username": "reader"},
    "auth_secrets": {"password": "geheim-und-lang"},
}


def writer(module: str) -> list[Task]:
    """A life of one spec, by the module for one."""
    return [
        task("predict create", module, check=True, name="new", **NAMED),
        task("create", module, name="new", **NAMED),
        task("unchanged", module, name="new", **NAMED),
        task("predict update", module, check=True, name="new", version="2.0"),
        task("update", module, name="new", version="2.0", attributes={"date": "2026-01-01", "text": "{{ 'a' ~ 1 }}"}),
        task("alias and option", module, name="new", api_key="{{ lookup('env', 'AEP_CLIENT_ID') }}", client_id="x"),
        task("normalised", module, id=TWIN, version="3.0", attributes={"padded": "x "}),
        task("absent", module, name="new", state="absent"),
        task("unknown id", module, id="nobody", version="2.0"),
        task("ambiguous", module, name="namesake", version="2.0"),
        task("unknown option", module, nmae="new"),
        task("wrong type", module, name="new", attributes="no mapping"),
        task("nothing", module),
        task("both", module, definition={"name": "x"}, src="x"),
        task("no file", module, src="/nowhere/at-all.yml"),
        task("refused", module, id=BROKEN, version="2.0"),
        task("lost", module, id=LOSSY, attributes={"gone": 1}),
    ]


def bulk(module: str) -> list[Task]:
    """The same for many at once."""
    first = [{"name": f"bulk-{number}", **DEFINITION} for number in range(3)]
    second = [{**first[0], "version": "2.0"}, first[1], {"version": "1.0"}, {"name": "namesake"}, {"name": 5}]
    return [
        task("predict create", module, check=True, definitions=first),
        task("create", module, definitions=first),
        task("unchanged", module, definitions=first),
        task("predict update", module, check=True, definitions=second),
        task("update", module, definitions=second),
        task("fail fast", module, definitions=[*second, {**first[2], "version": "9"}], fail_fast=True),
        task("twice", module, definitions=[first[0], first[0]]),
        task("refused", module, definitions=[{"id": BROKEN, "version": "2.0"}, {**first[2], "version": "3.0"}]),
        task("too many", module, definitions=[], concurrency=100),
        task("none", module),
        task("no folder", module, src="/nowhere/at-all"),
        task("empty", module, definitions=[]),
    ]


def info(module: str) -> list[Task]:
    """Looking up."""
    return [
        task("all", module),
        task("by id", module, id=TWIN),
        task("unknown", module, ids=["nobody", TWIN]),
        task("by name", module, name="namesake"),
        task("id with a slash", module, id="a/b"),
        task("both", module, id="a", ids=["b"]),
        task("refused", module, id=BROKEN),
    ]


FLOW, DAILY, DONE_RUN, FAILED_RUN = (f"00000000-0000-4000-8000-00000000001{digit}" for digit in range(4))
WINDOW = {"window_start": "2026-01-01T00:00:00Z", "window_end": 1767312000}
RUNS: dict[str, list[Task]] = {
    "dataflow_run": [
        task("predict", "dataflow_run", check=True, dataflow_id=FLOW, **WINDOW),
        task("start", "dataflow_run", dataflow_id=FLOW, **WINDOW, delta_column="updated"),
        task("wait", "dataflow_run", dataflow_name="acme", wait=True, wait_interval=0.1),
        task("predict retry", "dataflow_run", check=True, retry_id=FAILED_RUN),
        task("retry", "dataflow_run", retry_id=FAILED_RUN, wait=True, wait_interval=0.1),
        task("not to be retried", "dataflow_run", retry_id=DONE_RUN),
        task("daily", "dataflow_run", dataflow_id=DAILY),
        task("unknown", "dataflow_run", dataflow_id="nobody"),
        task("no time", "dataflow_run", dataflow_id=FLOW, start_time="soon"),
        task("half a window", "dataflow_run", dataflow_id=FLOW, window_start=1),
        task("both", "dataflow_run", dataflow_id=FLOW, retry_id=FAILED_RUN),
        task("nothing", "dataflow_run"),
    ],
    "dataflow_run_info": [
        task("of a dataflow", "dataflow_run_info", dataflow_id=FLOW),
        task("by name", "dataflow_run_info", dataflow_name="acme", flow_spec_name="CRMToAEP", limit=1, show_run=True),
        task("by id", "dataflow_run_info", id=FAILED_RUN),
        task("by ids", "dataflow_run_info", ids=[FAILED_RUN, "nobody", DONE_RUN]),
        task("unknown", "dataflow_run_info", id="nobody"),
        task("done", "dataflow_run_info", id=DONE_RUN, wait="done"),
        task("no wait", "dataflow_run_info", id=DONE_RUN, wait=False),
        task("failed", "dataflow_run_info", id=FAILED_RUN, wait="done"),
        task("no patience", "dataflow_run_info", dataflow_id=DAILY, wait="done", wait_timeout=0),
        task("no limit", "dataflow_run_info", dataflow_id=DAILY, limit=0),
        task("nothing", "dataflow_run_info"),
    ],
}
SCENARIOS: dict[str, list[Task]] = {
    **RUNS,
    **{module: writer(module) for module in ("flow_spec", "connection_spec")},
    **{module: bulk(module) for module in ("flow_specs", "connection_specs")},
    **{module: info(module) for module in ("flow_spec_info", "connection_spec_info")},
    "flow_spec_source_link": [
        task("predict", "flow_spec_source_link", check=True, **LINK),
        task("link", "flow_spec_source_link", **LINK),
        task("again", "flow_spec_source_link", **LINK),
        task("unlink", "flow_spec_source_link", **LINK, state="absent"),
        task("unknown source", "flow_spec_source_link", flow_spec_id=REST_STORAGE, connection_spec_id="nobody"),
        task("unknown flow spec", "flow_spec_source_link", flow_spec_id="nobody", connection_spec_id=TAKEN),
        task("ambiguous", "flow_spec_source_link", flow_spec_name="namesake", connection_spec_id=TAKEN),
        task("refused", "flow_spec_source_link", flow_spec_id=BROKEN, connection_spec_id=TAKEN),
        task("nothing", "flow_spec_source_link", flow_spec_id=REST_STORAGE),
        task("both", "flow_spec_source_link", **LINK, flow_spec_name="x"),
    ],
    "connection": [
        task("predict", "connection", check=True, **ACCOUNT),
        task("create", "connection", **ACCOUNT),
        task("again", "connection", **ACCOUNT),
        task("update", "connection", **{**ACCOUNT, "auth_params": {"username": "other"}}),
        task("rotate", "connection", **ACCOUNT, update_secrets="always"),
        task("secret in the wrong option", "connection", **{**ACCOUNT, "auth_params": {"password": "geheim-und-lang"}}),
        task("unknown auth spec", "connection", **{**ACCOUNT, "auth_spec_name": "none"}),
        task("delete", "connection", name="Acme", connection_spec_id=SOURCE, state="absent"),
        task("gone", "connection", name="Acme", connection_spec_id=SOURCE, state="absent"),
        task("nothing", "connection"),
    ],
    "connection_info": [
        task("create", "connection", **ACCOUNT),
        task("all", "connection_info"),
        task("by name", "connection_info", name="Acme", connection_spec_id=SOURCE),
        task("unknown", "connection_info", ids=["nobody"]),
        task("both", "connection_info", connection_spec_id="a", connection_spec_name="b"),
    ],
    "dataflow": [
        task("predict", "dataflow", check=True, **DATAFLOW),
        task("create", "dataflow", **DATAFLOW),
        task("again", "dataflow", **DATAFLOW),
        task("update", "dataflow", **DATAFLOW, description="for reports", labels=["core/C12"]),
        task("other source", "dataflow", **{**DATAFLOW, "source": {"params": {"listId": "2"}}}),
        task("replace", "dataflow", **{**DATAFLOW, "source": {"params": {"listId": "2"}}}, on_replace="replace"),
        task("disable", "dataflow", name="flow", enabled=False),
        task("unknown dataset", "dataflow", **{**DATAFLOW, "name": "x", "target": {"dataset_id": "nobody"}}),
        task("unknown account", "dataflow", **{**DATAFLOW, "name": "x", "connection_id": "nobody"}),
        task("not linked", "dataflow", **DATAFLOW, flow_spec_id=TAKEN),
        task("too often", "dataflow", **{**DATAFLOW, "schedule": {"frequency": "minute", "interval": 5}}),
        task("delete", "dataflow", name="flow", state="absent"),
        task("gone", "dataflow", name="flow", state="absent"),
        task("unknown id", "dataflow", id="nobody", description="x"),
        task("nothing", "dataflow"),
    ],
    "dataflow_info": [
        task("create", "dataflow", **DATAFLOW),
        task("all", "dataflow_info"),
        task("by name", "dataflow_info", name="flow", enabled=True, last_run="none"),
        task("unknown", "dataflow_info", ids=["nobody"]),
        task("both", "dataflow_info", id="a", ids=["b"]),
    ],
    "connection_explore_info": [
        task("skipped", "connection_explore_info", check=True, connection_name="account"),
        task("check mode", "connection_explore_info", check=True, connection_name="account", run_in_check_mode=True),
        task("by name", "connection_explore_info", connection_name="account", connection_spec_name="source"),
        task("rows", "connection_explore_info", connection_id=TAKEN, **TABLE, source_params={"a": [1]}, show_rows=True),
        task("unknown", "connection_explore_info", connection_id="nobody"),
        task("unknown name", "connection_explore_info", connection_name="nobody"),
        task("ambiguous", "connection_explore_info", connection_name="namesake"),
        task("refused", "connection_explore_info", connection_id=BROKEN),
        task("no path", "connection_explore_info", connection_id=TAKEN, object_type="table"),
        task("nothing", "connection_explore_info"),
        task("both", "connection_explore_info", connection_id=TAKEN, connection_name="account"),
    ],
    "mapping_set": [
        task("predict", "mapping_set", check=True, name="new", **MAPPING),
        task("create", "mapping_set", name="new", **MAPPING),
        task("again", "mapping_set", name="new", **MAPPING),
        task("other", "mapping_set", name="new", schema_id="_tenant.schemas.1", mappings=[{**FIELD, "source": "b"}]),
        task("invalid", "mapping_set", name="bad", schema_id="s", mappings=[{**FIELD, "source": "(", **EXPRESSION}]),
        task("unknown id", "mapping_set", id="nobody", **MAPPING),
        task("twice", "mapping_set", name="new", schema_id="s", mappings=[FIELD, FIELD]),
        task("empty", "mapping_set", name="new", schema_id="s", mappings=[]),
        task("wrong type", "mapping_set", name="new", schema_id="s", mappings=[{**FIELD, "type": "x"}]),
        task("nothing", "mapping_set"),
    ],
    "audit_info": [
        task("links alone", "audit_info"),
        task(
            "definitions",
            "audit_info",
            flow_specs=[{"id": TWIN, "version": "2.0"}, {"name": "namesake"}, {"name": "new"}],
        ),
        task("rules", "audit_info", ignore_rules=[{"spec": "*", "reason": "x"}], label="here", fail_on=["unmanaged"]),
        task("bad rule", "audit_info", ignore_rules=[{"spec": "*"}]),
        task("bad finding", "audit_info", fail_on=["drift"]),
        task("no folder", "audit_info", flow_specs_src="/nowhere/at-all"),
    ],
    "spec_export": [
        task("predict", "spec_export", check=True, dest="~/exported"),
        task("export", "spec_export", dest="~/exported"),
        task("again", "spec_export", dest="~/exported"),
        task(
            "as JSON", "spec_export", dest="~/exported", format="json", kinds=["flow_specs"], with_connection_specs=True
        ),
        task("cannot be written", "spec_export", dest="/dev/null"),
        task("nothing", "spec_export"),
    ],
}
# What fails before or beneath all that, for any module.
FAILURES: dict[str, dict[str, str]] = {
    "no credentials": {"AEP_CLIENT_SECRET": ""},
    "no organization": {"AEP_ORG_ID": ""},
    "refused by IMS": {"AEP_CLIENT_SECRET": "wrong-secret"},
    "nobody listens": {"AEP_BASE_URL": "http://127.0.0.1:9", "AEP_RETRIES": "1"},
    "bad number": {"AEP_TIMEOUT": "soon"},
    "plain http": {"AEP_BASE_URL": "http://platform.example"},
    "bad certificate": {"AEP_CA_PATH": "/nowhere/at-all.pem", "AEP_BASE_URL": "https://127.0.0.1:9"},
}


# Only tasks of these names are among the quick tests.
FIRST = {
    *("predict create", "create", "update", "link", "unlink", "start", "export"),
    *("by name", "definitions", "refused", "both", "none", "nothing", "bad rule"),
}


def test_every_module_is_compared() -> None:
    # There is one way to check definitions, on the controller.
    assert set(SCENARIOS) == set(OPERATIONS) - {"definition_check"}
    for scenario, tasks in SCENARIOS.items():
        assert len(FIRST & {each["name"] for each in tasks}) > 1, f"too few tasks of {scenario} are among the first"


def prepare(lab: Lab) -> None:
    """The same specs and faults in each lab."""
    for kind in (FLOW_SPECS, CONNECTION_SPECS):
        for spec_id, name in ((TAKEN, "namesake"), (TWIN, "namesake"), (LOSSY, "lossy"), (BROKEN, "broken")):
            lab.store(kind, id=spec_id, name=name, version="1.0", attributes={})
    lab.switch(run_time=0.0)
    for flow_id, name, frequency in ((FLOW, "acme", "once"), (DAILY, "daily", "day")):
        put_flow(lab, id=flow_id, name=name, scheduleParams={"startTime": 1, "frequency": frequency})
    put_run(lab, "success", id=DONE_RUN, flowId=FLOW)
    put_run(lab, "failed-notification", id=FAILED_RUN, flowId=FLOW)
    refusal: dict[str, t.Any] = {
        "type": "status",
        "status": 403,
        "body": {"title": "no", "report": {"detailed-message": "not you"}},
    }
    lab.source("source", REST_STORAGE, id=SOURCE, authSpec=[AUTH_SPEC])
    account = {"name": "account", "state": "enabled", "connectionSpec": {"id": SOURCE, "version": "1.0"}}
    lab.put_state("connections", TAKEN, account)
    for account_id in ("namesake-1", "namesake-2"):
        lab.put_state("connections", account_id, {**account, "name": "namesake"})
    # A run would change a flow.
    lab.switch(run_outcome="never")
    lab.fault("PUT", BROKEN, times=None, **refusal)
    lab.fault("GET", f"{BROKEN}$", times=None, **refusal)
    lab.fault("GET", LOSSY, skip=1, times=None, type="status", status=500, body="<html>down</html>")


def canonical(lab: Lab, run: Run) -> list[t.Any]:
    """The results, with what cannot be the same in two runs named by its order of appearance."""
    text = json.dumps([[outcome.task, outcome.status, outcome.result] for outcome in run.outcomes], sort_keys=True)
    text = text.replace(lab.org, "ORG").replace(lab.client_id, "CLIENT").replace(str(lab.folder), "FOLDER")
    seen: dict[str, str] = {}

    def name(match: re.Match[str]) -> str:
        return seen.setdefault(match[0], f"1{len(seen):05}")

    ids = r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b01[0-9A-F]{24}\b|\b[0-9a-f]{32}\b"
    text = re.sub(ids, name, text)
    # Two objects are created in one millisecond or not.
    text = re.sub(r"\b1[0-9]{12}\b", "1000", text)
    text = re.sub(r'"(?:audited|started)_at": "[^"]+"|"seconds": [0-9.]+', '"when": "some"', text)
    results = json.loads(text)
    for _task, _status, result in results:
        asked = result.get("api", {})
        # Random, and in no certain order where several requests are under way at once.
        asked["request_ids"] = len(asked.get("request_ids", ()))
        for name in [name for name in result if name in ("request_id", "ansible_facts")]:
            result[name] = "some"
        result["msg"] = re.sub(r"Request ID: \S+", "Request ID: some.", str(result.get("msg")))
        for entry in result.get("results", ()):
            entry["msg"] = re.sub(r"Request ID: \S+", "Request ID: some.", entry["msg"])
            entry.pop("request_id", None)
    return t.cast(list[t.Any], results)


@pytest.mark.proof(*(f"module {module}" for module in SCENARIOS))
@pytest.mark.parametrize("part", ["first tasks", pytest.param("all tasks", marks=pytest.mark.slow)])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_same_results_in_the_worker_and_as_a_module(
    lab: Lab, tmp_path_factory: t.Any, scenario: str, part: str
) -> None:
    tasks: list[Task] = [
        {**each, "ignore_errors": True} for each in SCENARIOS[scenario] if part == "all tasks" or each["name"] in FIRST
    ]
    twin = lab.twin(tmp_path_factory.mktemp("twin"))
    results = {}
    for each in (lab, twin):
        prepare(each)
        # A read that is older than half of it is repeated, and then the numbers of requests differ.
        each.variables |= {"AEP_RETRIES": "2", "AEP_SETTLE_TIME": "0.8"}
        variables = {"ansible_python_interpreter": each.python, "ansible_inject_invocation": True}
        run = each.play(*tasks, play={"vars": variables})
        assert len(run.outcomes) == len(tasks), run.output
        results[each] = canonical(each, run)
    for here, there in zip(results[lab], results[twin], strict=True):
        assert here == there
    assert SECRET not in json.dumps(results[lab])
    assert lab.module_runs == 0
    assert twin.module_runs == len(tasks)
    requests = [[(one["method"], one["query"]) for one in each.requests()] for each in (lab, twin)]
    assert len(requests[0]) == len(requests[1])


@pytest.mark.slow
def test_what_a_module_imports_is_packed_with_it(lab: Lab, tmp_path: Path) -> None:
    """In all other tests, a module is run by a process that has imported what it needs."""
    tasks = [
        {**next(each for each in tasks if each["name"] in FIRST), "name": scenario, "ignore_errors": True}
        for scenario, tasks in SCENARIOS.items()
    ]
    afresh = Lab(lab.url, tmp_path).as_modules(afresh=True)
    results = []
    for each in (lab, afresh):
        prepare(each)
        run = each.play(*tasks, play={"vars": {"ansible_python_interpreter": each.python}})
        assert [outcome.task for outcome in run.outcomes] == list(SCENARIOS), run.output
        results.append([(outcome.task, outcome.status) for outcome in run.outcomes])
    assert results[0] == results[1]
    assert afresh.module_runs == len(tasks)


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.proof
def test_the_quick_way_gives_what_a_play_gives(lab: Lab, tmp_path_factory: t.Any, scenario: str) -> None:
    """Tasks that tests carry out without a play around them return what the same tasks return in one."""
    quick = Lab(lab.url, tmp_path_factory.mktemp("quick"))
    quick.way = "process"
    tasks: list[Task] = [{**each, "ignore_errors": True} for each in SCENARIOS[scenario] if is_plain(each)]
    results = {}
    for each in (lab, quick):
        prepare(each)
        each.variables |= {"AEP_RETRIES": "2", "AEP_SETTLE_TIME": "0.5"}
        run = each.play(*tasks)
        assert (run.printed is None) == (each is quick)
        for outcome in run.outcomes:
            # What Ansible adds or takes by itself, depending on its version.
            for added in ("invocation", "exception", "failed", "skipped", "_ansible_no_log"):
                outcome.result.pop(added, None)
        results[each] = canonical(each, run)
    assert len(results[lab]) == len(tasks)
    for here, there in zip(results[lab], results[quick], strict=True):
        assert here == there


@pytest.mark.proof
@pytest.mark.parametrize("module", ["flow_spec_info", pytest.param("flow_specs", marks=pytest.mark.slow)])
def test_the_same_failures_in_the_worker_and_as_a_module(lab: Lab, tmp_path_factory: t.Any, module: str) -> None:
    arguments: dict[str, t.Any] = {"definitions": []} if module == "flow_specs" else {}
    twin = lab.twin(tmp_path_factory.mktemp("twin"))
    results = {}
    for each in (lab, twin):
        tasks = [
            {**task(name, module, **arguments), "environment": variables, "ignore_errors": True}
            for name, variables in FAILURES.items()
        ]
        run = each.play(*tasks)
        results[each] = canonical(each, run)
        assert len(run.outcomes) == len(tasks), run.output
        assert [outcome.task for outcome in run.outcomes if not outcome.failed] == []
    assert results[lab] == results[twin]
    assert (lab.module_runs, twin.module_runs) == (0, len(FAILURES))


STUB = {
    "__init__": """
from requests import adapters, exceptions, utils
class Session:
    def __init__(self):
        raise ZeroDivisionError('nobody foresaw this')
""",
    "adapters": "HTTPAdapter = object",
    "exceptions": "RequestException = OSError",
    "utils": "def __getattr__(name): return lambda *_arguments, **_options: {}",
}


@pytest.mark.proof
@pytest.mark.parametrize("is_twin", [False, True])
def test_what_nobody_foresaw_is_a_failed_task(lab: Lab, tmp_path: Path, is_twin: bool) -> None:
    package = tmp_path / "stub" / "requests"
    package.mkdir(parents=True)
    for name, content in STUB.items():
        (package / f"{name}.py").write_text(content)
    subject = lab.twin(tmp_path) if is_twin else lab
    loop = {**task("loop", "flow_spec_info", id="{{ item }}"), "loop": ["a", "b"], "ignore_errors": True}
    after: Task = {"name": "after", "ansible.builtin.debug": {"msg": "still here"}}
    told: dict[str, str] = {}
    for verbosity in ("-v", "-vvv"):
        run = subject.play(loop, after, arguments=(verbosity,), PYTHONPATH=str(package.parent))
        assert run.status == 0, run.output
        assert run["after"].msg == "still here"
        assert run["loop"].failed
        for item in run["loop"].result["results"]:
            assert "ZeroDivisionError: nobody foresaw this" in item["msg"]
            assert "-vvv" in item["msg"]
        told[verbosity] = run.output
    assert "Traceback" not in told["-v"]
    assert "Traceback" in told["-vvv"]
    assert "transport.py" in told["-vvv"]
    assert subject.requests() == []
