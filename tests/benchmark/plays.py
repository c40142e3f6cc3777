# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks that are measured: ours, those that a user would write without us, and the floor."""

from __future__ import annotations

import typing as t

Play = dict[str, t.Any]

# What a user without this collection writes: get a token, and call the API with it.
_URI: Play = {
    "service": "{{ lookup('env', 'AEP_BASE_URL') }}/data/foundation/flowservice",
    "headers": {
        "Authorization": "Bearer {{ ims.json.access_token }}",
        "x-api-key": "{{ lookup('env', 'AEP_CLIENT_ID') }}",
        "x-gw-ims-org-id": "{{ lookup('env', 'AEP_ORG_ID') }}",
        "x-sandbox-name": "prod",
    },
}
_GET_TOKEN: Play = {
    "name": "Get a token",
    "ansible.builtin.uri": {
        "url": "{{ lookup('env', 'AEP_IMS_URL') }}/ims/token/v3",
        "method": "POST",
        "body_format": "form-urlencoded",
        "body": {
            "grant_type": "client_credentials",
            "client_id": "{{ lookup('env', 'AEP_CLIENT_ID') }}",
            "client_secret": "{{ lookup('env', 'AEP_CLIENT_SECRET') }}",
            "scope": "openid",
        },
    },
    "register": "ims",
}


def play(*tasks: Play, hosts: str = "localhost", **more: t.Any) -> list[Play]:
    """A playbook of one play."""
    return [{"hosts": hosts, "gather_facts": False, **more, "tasks": list(tasks)}]


def debug(items: int | None, **more: t.Any) -> list[Play]:
    """The floor: the same play with the cheapest task there is."""
    return play({"ansible.builtin.debug": {"msg": "{{ item | default('') }}"}, **_loop(items)}, **more)


def debug_that_waits(items: int) -> list[Play]:
    """The floor for what waits for a service: the cheapest task there is, after waiting as long."""
    return play({"ansible.builtin.debug": {"msg": "{{ item | wait }}"}, **_loop(items)})


def _loop(items: t.Any) -> Play:
    if items is None:
        return {}
    return {"loop": list(range(items)) if isinstance(items, int) else items}


def link_in_a_loop(flow_spec: str, ids: list[str]) -> list[Play]:
    """One task for each source."""
    return play(
        {
            "aep.flow_service.flow_spec_source_link": {"flow_spec_id": flow_spec, "connection_spec_id": "{{ item }}"},
            **_loop(ids),
        }
    )


def link_as_a_list(flow_spec: str, ids: list[str]) -> list[Play]:
    """One task for all sources."""
    return play({"aep.flow_service.flow_spec_source_link": {"flow_spec_id": flow_spec, "connection_spec_ids": ids}})


def link_on_hosts(flow_spec: str) -> list[Play]:
    """On every host, its source into the flow spec of its sandbox."""
    link = {
        "sandbox_name": "{{ aep_sandbox_name }}",
        "flow_spec_id": flow_spec,
        "connection_spec_id": "{{ source }}",
    }
    return play({"aep.flow_service.flow_spec_source_link": link}, hosts="all")


def link_by_uri(flow_spec: str, ids: list[str], included: str) -> list[Play]:
    """For each source, read the flow spec and write it back where the source is missing."""
    link = {"ansible.builtin.include_tasks": included, **_loop(ids), "loop_control": {"loop_var": "source"}}
    return play(_GET_TOKEN, link, vars={**_URI, "flow_spec": flow_spec})


LINK_BY_URI: t.Final[list[Play]] = [
    {
        "name": "Read the flow spec",
        "ansible.builtin.uri": {"url": "{{ service }}/flowSpecs/{{ flow_spec }}", "headers": "{{ headers }}"},
        "register": "read",
    },
    {
        "name": "Write it back with the source in it",
        "vars": {"spec": "{{ read.json['items'][0] }}"},
        "ansible.builtin.uri": {
            "url": "{{ service }}/flowSpecs/{{ flow_spec }}",
            "method": "PUT",
            "headers": "{{ headers }}",
            "body_format": "json",
            "body": "{{ spec | combine({'sourceConnectionSpecIds': spec.sourceConnectionSpecIds + [source]}) }}",
        },
        "when": "source not in spec.sourceConnectionSpecIds",
    },
]


def audit(folder: str) -> list[Play]:
    """All definitions of a folder in one task."""
    return play({"aep.flow_service.connection_specs": {"src": folder}, "check_mode": True})


def check(folder: str) -> list[Play]:
    """All definitions of a folder checked in one task."""
    return play({"aep.flow_service.definition_check": {"src": folder, "fail_on": "never"}})


def audit_in_a_loop(files: list[str]) -> list[Play]:
    """One task for each definition."""
    return play({"aep.flow_service.connection_spec": {"src": "{{ item }}"}, "check_mode": True, **_loop(files)})


def audit_by_uri(ids: list[str]) -> list[Play]:
    """One request for each definition; comparing what it brings is left out."""
    read = {"url": "{{ service }}/connectionSpecs/{{ item }}", "headers": "{{ headers }}"}
    return play(_GET_TOKEN, {"ansible.builtin.uri": read, **_loop(ids)}, vars=_URI)


def hosts_of_ours(spec_id: str) -> list[Play]:
    """One task on every host."""
    return play({"aep.flow_service.connection_spec_info": {"id": spec_id}}, hosts="all")


def hosts_by_uri(spec_id: str) -> list[Play]:
    """One request on every host, with one token."""
    read = {"url": "{{ service }}/connectionSpecs/{{ spec_id }}", "headers": "{{ headers }}"}
    token = {**_GET_TOKEN, "run_once": True}
    return play(token, {"ansible.builtin.uri": read}, hosts="all", vars={**_URI, "spec_id": spec_id})


def dataflow(options: Play) -> list[Play]:
    """One task for the three objects of a dataflow."""
    return play({"aep.flow_service.dataflow": options})


def dataflow_by_uri(objects: dict[str, Play], name: str) -> list[Play]:
    """Look for the flow by its name, and create the three objects where there is none. Nothing is checked."""

    def post(kind: str, body: Play) -> Play:
        send = {"url": f"{{{{ service }}}}/{kind}", "method": "POST", "headers": "{{ headers }}", "body_format": "json"}
        task = {"ansible.builtin.uri": {**send, "body": body, "status_code": 201}, "register": kind}
        return {**task, "when": "not found.json['items']"}

    look = {"url": f"{{{{ service }}}}/flows?property=name=={name}", "headers": "{{ headers }}"}
    ids = {
        "sourceConnectionIds": ["{{ sourceConnections.json.id }}"],
        "targetConnectionIds": ["{{ targetConnections.json.id }}"],
    }
    return play(
        _GET_TOKEN,
        {"ansible.builtin.uri": look, "register": "found"},
        *(post(kind, body) for kind, body in objects.items() if kind != "flows"),
        post("flows", {**objects["flows"], **ids}),
        vars=_URI,
    )
