# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulator serves accounts, source and target connections, flows, runs, and the services around them."""

from __future__ import annotations

import base64
import json
import time
import typing as t
import urllib.parse
from collections.abc import Callable

import pytest
import requests

from lab import BATCH_PROVIDER, CONNECTION_SPECS, FLOW_SPECS, GENERIC_STREAMING, Lab

PREFIX = "/data/foundation/"
FLOW_SERVICE = f"{PREFIX}flowservice"
SALESFORCE = "cfc0fee1-7dc0-40ef-b73e-d8b134c436f5"
AMAZON_S3 = "ecadc60c-7455-4d87-84dc-2a0e293d997b"
HTTP_API = "bc7b00d6-623a-4dfc-9fdb-f1240aeadaeb"
DATA_LAKE = "c604ff05-7f1a-43c0-8e18-33bf874cb11c"
CRM = "14518937-270c-4525-bdec-c2ba7cce3860"
CLOUD_STORAGE = "9753525b-82c7-4dce-8a9b-5ccfce2b9876"
GENERIC_SOURCE = "e77fd9d2-22a8-11ed-861d-0242ac120002"
DATASET = "5e8e0a1bf2d5b718f4cc0001"
SCHEMA = "https://ns.adobe.com/emulator/schemas/customers"
FULL = "application/vnd.adobe.xed-full+json;version=1"
SECRET = "of-the-test"

Content = dict[str, t.Any]


class Client:
    """A plain client of the services."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.headers = {
            "Authorization": "Bearer emulator-token",
            "x-api-key": lab.client_id,
            "x-gw-ims-org-id": lab.org,
            "x-sandbox-name": "prod",
        }

    def __call__(self, method: str, path: str, prefix: str = FLOW_SERVICE, **content: t.Any) -> requests.Response:
        headers = {**self.headers, **content.pop("headers", {})}
        return requests.request(method, f"{self.lab.url}{prefix}/{path}", headers=headers, timeout=30, **content)

    def new(self, path: str, body: Content, prefix: str = FLOW_SERVICE) -> str:
        answer = self("POST", path, prefix, json=body)
        assert answer.ok, answer.text
        return t.cast(str, answer.json()["id"])

    def one(self, path: str, object_id: str) -> Content:
        answer = self("GET", f"{path}/{object_id}")
        assert answer.ok, answer.text
        (found,) = answer.json()["items"]
        return t.cast(Content, found)

    def patch(self, path: str, object_id: str, *operations: Content, etag: str | None = None) -> requests.Response:
        headers = {"If-Match": etag or self.one(path, object_id)["etag"]}
        return self("PATCH", f"{path}/{object_id}", headers=headers, json=list(operations))

    # What a dataflow needs.

    def account(self, **changes: t.Any) -> str:
        params = {"username": "ada", "password": SECRET, "securityToken": SECRET}
        auth = {"specName": "Basic Authentication", "params": params}
        spec = {"id": SALESFORCE, "version": "1.0"}
        return self.new("connections", {"name": "account", "connectionSpec": spec, "auth": auth, **changes})

    def source(self, account: str, **changes: t.Any) -> str:
        body = {"name": "source", "baseConnectionId": account, "connectionSpec": {"id": SALESFORCE, "version": "1.0"}}
        return self.new("sourceConnections", {**body, "data": {"format": "json"}, "params": {}, **changes})

    def target(self, **changes: t.Any) -> str:
        body = {
            "name": "target",
            "connectionSpec": {"id": DATA_LAKE, "version": "1.0"},
            "data": {"format": "parquet_xdm", "schema": {"id": SCHEMA, "version": FULL}},
            "params": {"dataSetId": DATASET},
        }
        return self.new("targetConnections", {**body, **changes})

    def mapping(self) -> str:
        return self.new("mappingSets", MAPPING_SET, f"{PREFIX}conversion")

    def flow_body(self, **changes: t.Any) -> Content:
        return {
            "name": "flow",
            "flowSpec": {"id": CRM, "version": "1.0"},
            "sourceConnectionIds": [self.source(self.account())],
            "targetConnectionIds": [self.target()],
            "transformations": [{"name": "Mapping", "params": {"mappingId": self.mapping(), "mappingVersion": 0}}],
            "scheduleParams": {"startTime": int(time.time()) + 60, "frequency": "once"},
            **changes,
        }

    def flow(self, **changes: t.Any) -> str:
        return self.new("flows", self.flow_body(**changes))

    def runs(self, flow: str) -> list[Content]:
        answer = self("GET", f"runs?property=flowId=={flow}&orderby=-createdAt")
        assert answer.ok, answer.text
        return t.cast(list[Content], answer.json()["items"])

    def ended_run(self, flow: str, after: int = 0) -> Content:
        """The newest run of a flow, when more runs than so many have ended."""
        return eventually(lambda: ended[0] if len(ended := [*filter(has_ended, self.runs(flow))]) > after else None)


MAPPING_SET: Content = {
    "outputSchema": {"schemaRef": {"id": SCHEMA, "contentType": FULL}},
    "mappings": [{"sourceType": "ATTRIBUTE", "source": "id", "destination": "_id"}],
}
Found = t.TypeVar("Found")


def eventually(look: Callable[[], Found | None]) -> Found:
    """What is found at last."""
    deadline = time.monotonic() + 30
    while (found := look()) is None:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def has_ended(run: Content) -> bool:
    return t.cast(str, run["metrics"]["statusSummary"]["status"]) != "inProgress"


@pytest.fixture
def client(lab: Lab) -> Client:
    lab.switch(run_delay=0.0, run_time=0.0)
    return Client(lab)


def code(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rsplit("/", 1)[-1]


def op(name: str, path: str, value: t.Any = None) -> Content:
    return {"op": name, "path": path, "value": value}


# Objects in common


KINDS = ["connections", "sourceConnections", "targetConnections", "flows"]


def new_object(client: Client, kind: str) -> str:
    if kind == "flows":
        client.lab.switch(run_outcome="never")
        return client.flow()
    if kind == "sourceConnections":
        return client.source(client.account())
    return client.account() if kind == "connections" else client.target()


@pytest.mark.parametrize("kind", KINDS)
def test_the_life_of_an_object(client: Client, kind: str) -> None:
    object_id = new_object(client, kind)
    found = client.one(kind, object_id)
    assert found["state"] == "enabled"
    assert found["etag"] == found["version"]
    assert found["etag"][0] == found["etag"][-1] == '"'
    assert (found["sandboxName"], found["imsOrgId"]) == ("prod", client.lab.org)
    answer = client.patch(kind, object_id, op("add", "/description", "new"), op("REPLACE", "/name", "renamed"))
    assert answer.status_code == 200
    patched = client.one(kind, object_id)
    assert answer.json() == {"id": object_id, "etag": patched["etag"]}
    assert (patched["description"], patched["name"]) == ("new", "renamed")
    assert patched["etag"] != found["etag"]
    assert patched["updatedAt"] > found["updatedAt"]
    # The operations of an account would show its secrets.
    assert patched.get("lastOperation", {}).get("operation") == (None if kind == "connections" else "update")
    deleted = client("DELETE", f"{kind}/{object_id}")
    assert (deleted.status_code, deleted.content) == (204, b"")
    gone = client("GET", f"{kind}/{object_id}")
    assert code(gone) == (404, "FLOW-1439-404")
    assert gone.json()["report"]["type"] == kind
    assert client("DELETE", f"{kind}/{object_id}").status_code == 404


@pytest.mark.parametrize("kind", KINDS)
def test_if_match_has_the_quotes_and_is_required(client: Client, kind: str) -> None:
    object_id = new_object(client, kind)
    etag = client.one(kind, object_id)["etag"]
    change = op("add", "/description", "x")
    assert code(client("PATCH", f"{kind}/{object_id}", json=[change])) == (400, "FLOW-1403-400")
    for wrong in (etag.strip('"'), "*", '"another"'):
        assert code(client.patch(kind, object_id, change, etag=wrong)) == (412, "FLOW-1404-412")
    assert client.patch(kind, object_id, change, etag=etag).status_code == 200
    assert code(client.patch(kind, object_id, change, etag=etag)) == (412, "FLOW-1404-412")
    # A change of nothing is a change.
    assert client.patch(kind, object_id, change).json()["etag"] != etag


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ({"op": "move", "path": "/name", "from": "/x"}, "FLOW-1434-400"),
        ({"op": "add", "path": "/name"}, "FLOW-1455-400"),
        ({"path": "/name", "value": 1}, "FLOW-1455-400"),
        (op("replace", "name", 1), "CONNECTOR-1365-400"),
        (op("replace", "/no/such", 1), "CONNECTOR-1365-400"),
        (op("remove", "/no"), "CONNECTOR-1365-400"),
        (op("replace", "/etag", "x"), "CONNECTOR-1365-400"),
        (op("replace", "/state", "disabled"), "FLOW-1410-400"),
        (op("replace", "/connectionSpec/id", AMAZON_S3), "FLOW-1414-400"),
    ],
)
def test_bad_patches_change_nothing(client: Client, operation: Content, expected: str) -> None:
    account = client.account()
    before = client.one("connections", account)
    assert code(client.patch("connections", account, op("replace", "/name", "x"), operation)) == (400, expected)
    assert client.one("connections", account) == before


def test_a_patch_of_one_operation_without_a_list(client: Client) -> None:
    account = client.account()
    headers = {"If-Match": client.one("connections", account)["etag"]}
    body = op("ADD", "/description", "x")
    assert client("PATCH", f"connections/{account}/", headers=headers, json=body).status_code == 200
    assert client.one("connections", account)["description"] == "x"


def test_lists_are_filtered_sorted_counted_and_paged(client: Client) -> None:
    for name in ("b", "c", "a"):
        client.account(name=name)
    listed = client("GET", "connections").json()
    assert [each["name"] for each in listed["items"]] == ["b", "c", "a"]
    assert listed["_links"] == {}
    for query, names in (
        ("orderby=name", ["a", "b", "c"]),
        ("orderby=-name", ["c", "b", "a"]),
        ("property=name==c", ["c"]),
        (f"property=connectionSpec.id=={SALESFORCE}&property=name==a,b", ["b", "a"]),
        ("property=auth.params.username==nobody", []),
        ("limit=2&count=false&start=1", ["c", "a"]),
    ):
        items = client("GET", f"connections?{query}").json()["items"]
        assert [each["name"] for each in items] == names, query
    assert client("GET", "connections?property=name==a&count=true").json() == {"count": 1}
    assert code(client("GET", "connections?limit=1&count=true")) == (400, "FLOW-1401-400")
    first = client("GET", "connections?limit=2&orderby=name").json()
    following = client("GET", first["_links"]["next"]["href"].removeprefix("/")).json()
    assert [each["name"] for each in first["items"] + following["items"]] == ["a", "b", "c"]
    found = client("POST", "connections/search", json={"queryString": "name==a"}).json()["items"]
    assert [each["name"] for each in found] == ["a"]
    assert client("POST", "flows/search", json={"count": True}).json() == {"count": 0}
    assert client("POST", "sourceConnections/search", json={}).status_code == 405


def test_answers_and_states_when_switched(client: Client) -> None:
    account = client.account()
    client.lab.switch(write_answers="id", wrap_answers="both", etags="header")
    answer = client.patch("connections", account, op("add", "/description", "x"))
    assert answer.json() == {"items": [{"id": account}]}
    assert client("GET", f"connections/{account}").headers["ETag"] == client.one("connections", account)["etag"]
    client.lab.switch(update_time=0.3, deletion_time=0.3, unique_names=True)
    client.patch("connections", account, op("add", "/description", "y"))
    assert client.one("connections", account)["state"] == "updating"
    assert code(client.patch("connections", account, op("add", "/description", "z"))) == (400, "FLOW-1420-400")
    assert code(client("DELETE", f"connections/{account}")) == (400, "FLOW-1458-400")
    eventually(lambda: client.one("connections", account)["state"] == "enabled" or None)
    auth = client.one("connections", account)["auth"]
    body = {"name": "account", "connectionSpec": {"id": SALESFORCE, "version": "1.0"}, "auth": auth}
    assert code(client("POST", "connections", json=body)) == (400, "FLOW-1400-400")
    assert client("DELETE", f"connections/{account}").status_code == 202
    assert client.one("connections", account)["state"] == "delete-finalizing"
    eventually(lambda: client("GET", f"connections/{account}").status_code == 404 or None)
    client.lab.switch(write_permission=False)
    assert code(client("POST", "connections", json=body)) == (403, "FLOW-2120-403")


def test_drafts(client: Client) -> None:
    spec = {"id": SALESFORCE, "version": "1.0"}
    account = client.new("connections?mode=draft", {"name": "draft", "connectionSpec": spec})
    assert client.one("connections", account)["state"] == "draft"
    # What is missing is found when the draft is published.
    assert code(client("POST", f"connections/{account}/action?op=publish")) == (400, "FLOW-1415-400")
    params = {"username": "ada", "password": "x", "securityToken": "x"}
    auth = {"specName": "Basic Authentication", "params": params}
    assert client.patch("connections", account, op("add", "/auth", auth)).status_code == 200
    answer = client("POST", f"connections/{account}/action?op=PUBLISH").json()
    published = client.one("connections", account)
    assert published["state"] == "enabled"
    assert answer == {"id": account, "etag": published["etag"]}
    assert code(client("POST", f"connections/{account}/action?op=publish")) == (400, "FLOW-1422-400")
    assert code(client("POST", f"connections/{account}/action?op=FINALIZE_UPDATE")) == (400, "FLOW-1402-400")
    body = {"name": "draft", "connectionSpec": {"id": AMAZON_S3, "version": "1.0"}}
    assert code(client("POST", "connections?mode=draft", json=body)) == (400, "CONNECTOR-1368-400")
    body = {"name": "draft", "flowSpec": {"id": GENERIC_STREAMING, "version": "1.0"}}
    assert code(client("POST", "flows?mode=draft", json=body)) == (400, "CONNECTOR-1368-400")
    # What an object points to is published before it.
    waiting = client.new("connections?mode=draft", {"name": "waiting", "connectionSpec": spec})
    source = {"name": "x", "baseConnectionId": waiting, "connectionSpec": spec, "data": {"format": "json"}}
    assert code(client("POST", "sourceConnections", json=source)) == (400, "FLOW-1422-400")
    flow = client.new("flows?mode=draft", {"name": "draft", "flowSpec": {"id": CRM, "version": "1.0"}})
    assert client.runs(flow) == []
    assert client.one("flows", flow)["lastOperation"]["operation"] == "draft_create"
    whole = client.flow_body()
    changes = (op("add", f"/{name}", value) for name, value in whole.items() if name not in ("name", "flowSpec"))
    assert client.patch("flows", flow, *changes).status_code == 200
    client.lab.switch(enable_time=0.1)
    assert client("POST", f"flows/{flow}/action?op=publish").status_code == 200
    assert client.ended_run(flow)["flowId"] == flow
    assert client.one("flows", flow)["inheritedAttributes"]["sourceConnections"]


# Accounts


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": " "}, (400, "CONNECTOR-1304-400")),
        ({"connectionSpec": None}, (400, "CONNECTOR-1304-400")),
        ({"connectionSpec": {"id": SALESFORCE}}, (422, "FLOW-1400-422")),
        ({"connectionSpec": {"id": "no-such", "version": "1.0"}}, (400, "FLOW-1413-400")),
        ({"auth": {"specName": "basic authentication", "params": {}}}, (400, "FLOW-1415-400")),
        ({"auth": {"specName": "Basic Authentication", "params": {"username": "x"}}}, (400, "CONNECTOR-1304-400")),
    ],
)
def test_bad_accounts(client: Client, changes: Content, expected: tuple[int, str]) -> None:
    params = {"username": "ada", "password": "x", "securityToken": "x"}
    auth = {"specName": "Basic Authentication", "params": params}
    body = {"name": "x", "connectionSpec": {"id": SALESFORCE, "version": "1.0"}, "auth": auth, **changes}
    assert code(client("POST", "connections", json=body)) == expected
    client.lab.switch(credential_check="fail")
    assert client("GET", "connections").json()["items"] == []


@pytest.mark.parametrize(
    ("shown", "password"),
    [("masked", "xxxx"), ("placeholder", "{PASSWORD}"), ("clear", SECRET), ("absent", None)],
)
def test_what_reads_show_of_secrets(client: Client, shown: str, password: str | None) -> None:
    client.lab.switch(secrets_in_answers=shown)
    account = client.account()
    for found in (client.one("connections", account), client("GET", "connections").json()["items"][0]):
        assert found["auth"]["params"].get("password") == password
        assert found["auth"]["params"]["username"] == "ada"
    # The parameters are replaced as a whole, and a mask is taken literally.
    params = {"username": "new", "password": "xxxx", "securityToken": "y"}
    assert client.patch("connections", account, op("add", "/auth/params", params)).status_code == 200
    assert '"y"' not in client("GET", f"connections/{account}").text or shown == "clear"
    client.lab.switch(secrets_in_answers="clear")
    assert client.one("connections", account)["auth"]["params"] == params
    missing = op("replace", "/auth/params", {"username": "new"})
    assert code(client.patch("connections", account, missing)) == (400, "CONNECTOR-1304-400")


def test_the_service_adds_parameters_of_the_http_api(client: Client) -> None:
    auth = {"specName": "Streaming Connection", "params": {"dataType": "xdm"}}
    account = client.account(name="inlet", connectionSpec={"id": HTTP_API, "version": "1.0"}, auth=auth)
    params = client.one("connections", account)["auth"]["params"]
    assert params.keys() == {"dataType", "sourceId", "inletUrl", "inletId", "authenticationRequired", "name"}
    assert params["inletUrl"].endswith(params["inletId"])


def test_the_test_of_an_account(client: Client) -> None:
    path = f"connections/{client.account()}/test"
    assert client("GET", path).json() == {"result": True}
    for switched, expected in (("false", {"result": False}), ("text", True)):
        client.lab.switch(connection_test=switched)
        assert client("GET", path).json() == expected
    client.lab.switch(connection_test="error")
    assert code(client("GET", path)) == (400, "CONNECTOR-1308-400")
    assert client("GET", "connections/no-such/test").status_code == 404


def test_explore_shows_seeded_rows(client: Client) -> None:
    account = client.account()
    path = f"connections/{account}/explore"
    rows: list[Content] = [{"id": 1, "at": None, "price": 1.5}, {"id": 2, "at": "x", "ok": True, "list": [], "map": {}}]
    expected = {"id": "integer", "price": "double", "at": "string", "ok": "boolean", "list": "array", "map": "object"}
    # The rows of an account win over those of its connection spec.
    for key in (SALESFORCE, account):
        client.lab.put_state("rows", key, {"rows": rows, "objects": [{"type": "file", "name": "a", "path": "/a"}]})
        assert client("GET", path).json() == [{"type": "file", "name": "a", "path": "/a"}]
        whole = client("GET", f"{path}?objectType=table&object=a&preview=true").json()
        assert whole["data"] == rows
        assert whole["format"] == "flat"
        kinds = {column["name"]: column["type"] for column in whole["schema"]["columns"]}
        assert kinds == {name: expected[name] for row in rows for name, value in row.items() if value is not None}
        rows = rows[:1]
    assert "data" not in client("GET", f"{path}?objectType=file&object=a").json()
    params = urllib.parse.quote(base64.b64encode(json.dumps({"listId": "1"}).encode()).decode())
    rest = f"{path}?objectType=rest&object=json&fileType=json&preview=true"
    assert client("GET", f"{rest}&sourceParams={params}").json()["data"] == rows
    client.lab.switch(explore_answer="data")
    assert client("GET", rest).json() == {"data": rows}
    columns = [{"columnName": name, "columnType": kind} for name, kind in (("id", "integer"), ("price", "double"))]
    assert client("GET", f"connections/{account}/configs").json() == {"items": columns}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("objectType=x", "CONNECTOR-1358-400"),
        ("objectType=table", "CONNECTOR-1337-400"),
        ("objectType=rest&object=json&sourceParams=%25", "CONNECTOR-1389-400"),
        ("objectType=rest&object=json&sourceParams=InRleHQi", "CONNECTOR-1389-400"),
    ],
)
def test_bad_explorations(client: Client, query: str, expected: str) -> None:
    account = client.account()
    assert code(client("GET", f"connections/{account}/explore?{query}")) == (400, expected)
    client.lab.switch(explore_error=True)
    assert code(client("GET", f"connections/{account}/explore")) == (400, "CONNECTOR-1308-400")


def test_streaming_sources_cannot_be_explored(client: Client) -> None:
    spec = client.lab.store(CONNECTION_SPECS, name="x", exploreSpec={"type": "StreamingConnection"})
    account = client.account(connectionSpec={"id": spec, "version": "1.0"})
    assert code(client("GET", f"connections/{account}/explore")) == (400, "CONNECTOR-1336-400")


# Source connections and target connections


def test_bad_ends(client: Client) -> None:
    account = client.account()
    spec = {"id": SALESFORCE, "version": "1.0"}
    source = {"name": "x", "baseConnectionId": account, "connectionSpec": spec, "data": {"format": "json"}}
    wrong_sources: list[tuple[Content, str]] = [
        ({"baseConnectionId": "no-such"}, "FLOW-1413-400"),
        ({"connectionSpec": {"id": AMAZON_S3, "version": "1.0"}}, "FLOW-1413-400"),
        ({"baseConnectionId": None}, "CONNECTOR-1304-400"),
    ]
    for changes, expected in wrong_sources:
        assert code(client("POST", "sourceConnections", json={**source, **changes})) == (400, expected)
    del source["data"]
    assert code(client("POST", "sourceConnections", json=source)) == (400, "CONNECTOR-1304-400")
    streaming = client.lab.store(
        CONNECTION_SPECS,
        name="generic-streaming",
        type="generic-streaming",
        providerId="521eee4d-8cbe-4906-bb48-fb6bd4450033",
        sourceSpec={"spec": {"properties": {"topic": {"type": "string"}}, "required": ["topic"]}},
    )
    body = {"name": "x", "connectionSpec": {"id": streaming, "version": "1.0"}, "data": {"format": "json"}}
    assert (
        code(client("POST", "sourceConnections", json={**body, "baseConnectionId": account}))[1] == "CONNECTOR-1332-400"
    )
    assert code(client("POST", "sourceConnections", json=body)) == (400, "CONNECTOR-1304-400")
    target: Content = {
        "connectionSpec": {"id": DATA_LAKE, "version": "1.0"},
        "data": {},
        "params": {"dataSetId": DATASET},
    }
    wrong_targets: list[tuple[Content, str]] = [
        ({"connectionSpec": spec}, "CONNECTOR-1307-400"),
        ({"params": {}}, "CONNECTOR-1325-400"),
        ({"params": {"dataSetId": "no-such"}}, "FLOW-1400-400"),
    ]
    for changes, expected in wrong_targets:
        assert code(client("POST", "targetConnections", json={**target, **changes})) == (400, expected)


def test_ends_show_where_they_come_from(client: Client) -> None:
    account = client.account()
    found = client.one("sourceConnections", client.source(account))
    spec = {"id": SALESFORCE, "version": "1.0"}
    assert found["inheritedAttributes"] == {"baseConnection": {"id": account, "connectionSpec": spec}}


# Flows


BAD_SCHEDULES: list[tuple[Content | None, str]] = [
    (None, "1304"),
    ({"frequency": "once"}, "1304"),
    ({"frequency": "year", "startTime": 1}, "1397"),
    ({"frequency": "once", "startTime": 1, "interval": 1}, "1361"),
    ({"frequency": "once", "startTime": 1, "backfill": True}, "1364"),
    ({"frequency": "hour", "startTime": 1}, "1304"),
    ({"frequency": "hour", "startTime": 1, "interval": 0}, "1362"),
    ({"frequency": "minute", "startTime": "1", "interval": "5"}, "1362"),
]


@pytest.mark.parametrize(("schedule", "expected"), BAD_SCHEDULES)
def test_bad_schedules(client: Client, schedule: Content | None, expected: str) -> None:
    body = client.flow_body(scheduleParams=schedule)
    assert code(client("POST", "flows", json=body)) == (400, f"CONNECTOR-{expected}-400")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"state": "disabled"}, "FLOW-1410-400"),
        ({"name": ""}, "CONNECTOR-1304-400"),
        ({"flowSpec": {"id": "no-such", "version": "1.0"}}, "FLOW-1413-400"),
        ({"flowSpec": {"id": CLOUD_STORAGE, "version": "1.0"}}, "FLOW-1413-400"),
        ({"flowSpec": None}, "CONNECTOR-1304-400"),
        ({"sourceConnectionIds": []}, "CONNECTOR-1320-400"),
        ({"sourceConnectionIds": ["a", "b"]}, "CONNECTOR-1321-400"),
        ({"sourceConnectionIds": ["no-such"]}, "FLOW-1439-400"),
        ({"targetConnectionIds": "no-list"}, "CONNECTOR-1320-400"),
        ({"transformations": [{"name": "Mapping", "params": {"mappingId": "no-such"}}]}, "FLOW-1419-400"),
    ],
)
def test_bad_flows(client: Client, changes: Content, expected: str) -> None:
    assert code(client("POST", "flows", json=client.flow_body(**changes))) == (400, expected)


def test_more_bad_flows(client: Client) -> None:
    body = client.flow_body()
    mapping = body["transformations"][0]
    wrong = {"name": "Mapping", "params": {**mapping["params"], "mappingVersion": "1"}}
    assert code(client("POST", "flows", json={**body, "transformations": [wrong]})) == (400, "FLOW-1412-400")
    copied = {"name": "Copy", "params": {"deltaColumn": {"name": "at"}}}
    both = {**body, "transformations": [copied, mapping]}
    assert code(client("POST", "flows", json=both)) == (400, "CONNECTOR-1369-400")
    tabular = client.source(client.account(), data={"format": "tabular"})
    daily = {"startTime": 1, "frequency": "day", "interval": 1}
    table = {**body, "sourceConnectionIds": [tabular], "scheduleParams": daily}
    assert code(client("POST", "flows", json=table)) == (400, "CONNECTOR-1367-400")
    other = client.target(data={"schema": {"id": "https://another", "version": FULL}})
    assert code(client("POST", "flows", json={**body, "targetConnectionIds": [other]})) == (400, "FLOW-1425-400")
    same = client.target(data={"schema": {"id": "_emulator.schemas.customers", "version": FULL}})
    assert client("POST", "flows", json={**body, "targetConnectionIds": [same]}).status_code == 201
    client.lab.switch(past_start_time="error", require_mapping=True)
    assert code(client("POST", "flows", json={**body, "transformations": []})) == (400, "CONNECTOR-1328-400")
    past = {**body, "scheduleParams": {"startTime": 1, "frequency": "once"}}
    assert code(client("POST", "flows", json=past)) == (400, "CONNECTOR-1360-400")


def test_a_flow_shows_what_hangs_on_it(client: Client) -> None:
    account = client.account()
    source, target = client.source(account), client.target()
    flow = client.flow(sourceConnectionIds=[source], targetConnectionIds=[target])
    found = client.one("flows", flow)
    spec = {"id": SALESFORCE, "version": "1.0"}
    base = {"id": account, "connectionSpec": spec}
    assert found["inheritedAttributes"]["sourceConnections"] == [
        {"id": source, "connectionSpec": spec, "baseConnection": base}
    ]
    assert [each["id"] for each in found["inheritedAttributes"]["targetConnections"]] == [target]
    assert found["runs"] == f"/runs?property=flowId=={flow}"
    for query in (
        f"inheritedAttributes.sourceConnections[].baseConnection.id=={account}",
        f"sourceConnectionIds[]=={source}",
        f"flowSpec.id=={CRM}",
        "inheritedAttributes.properties.isSourceFlow==true",
    ):
        assert [each["id"] for each in client("GET", f"flows?property={query}").json()["items"]] == [flow], query


def test_what_cannot_be_deleted(client: Client) -> None:
    account = client.account()
    source, target = client.source(account), client.target()
    flow = client.flow(sourceConnectionIds=[source], targetConnectionIds=[target])
    assert code(client("DELETE", f"connections/{account}")) == (400, "FLOW-1418-400")
    for path in (f"sourceConnections/{source}", f"targetConnections/{target}"):
        assert code(client("DELETE", path)) == (400, "FLOW-1447-400")
    assert client("DELETE", f"flows/{flow}").status_code == 204
    # Nothing is deleted along with a flow, and an account leaves its source connections behind.
    for path in (f"connections/{account}", f"sourceConnections/{source}", f"targetConnections/{target}"):
        assert client("DELETE", path).status_code == 204


def test_patches_of_flows(client: Client) -> None:
    client.lab.switch(run_outcome="never")
    daily = {"startTime": int(time.time()) + 1000, "frequency": "day", "interval": 1, "backfill": True}
    flow = client.flow(scheduleParams=daily)
    later = op("replace", "/scheduleParams/startTime", int(time.time()) + 2000)
    assert client.patch("flows", flow, later, op("replace", "/scheduleParams/frequency", "week")).status_code == 200
    assert client.patch("flows", flow, op("add", "/labels", ["core/C12"])).status_code == 200
    mapping = {"name": "Mapping", "params": {"mappingId": client.mapping(), "mappingVersion": "0"}}
    assert client.patch("flows", flow, op("replace", "/transformations/0", mapping)).status_code == 200
    found = client.one("flows", flow)
    assert (found["labels"], found["scheduleParams"]["frequency"]) == (["core/C12"], "week")
    assert found["transformations"] == [mapping]
    for operation, expected in (
        (op("replace", "/sourceConnectionIds", ["x"]), "CONNECTOR-1365-400"),
        (op("replace", "/flowSpec/id", CLOUD_STORAGE), "CONNECTOR-1365-400"),
        (op("replace", "/transformations/1", mapping), "CONNECTOR-1365-400"),
        (op("replace", "/scheduleParams/interval", 0), "CONNECTOR-1362-400"),
        (op("replace", "/transformations/0/params/mappingId", "x"), "FLOW-1419-400"),
    ):
        assert code(client.patch("flows", flow, operation)) == (400, expected)
    started = client.flow(scheduleParams={**daily, "startTime": "1"})
    for operations, expected in (
        ([op("replace", "/scheduleParams/startTime", 5)], "1366"),
        ([op("replace", "/scheduleParams", {"startTime": "1", "frequency": "once"})], "1403"),
        ([op("replace", "/scheduleParams/backfill", False)], "1404"),
    ):
        assert code(client.patch("flows", started, *operations)) == (400, f"CONNECTOR-{expected}-400")


def test_enable_and_disable(client: Client) -> None:
    client.lab.switch(run_delay=60.0)
    flow = client.flow()
    assert code(client("POST", f"flows/{flow}/action?op=enable")) == (400, "FLOW-1422-400")
    etag = client.one("flows", flow)["etag"]
    answer = client("POST", f"flows/{flow}/action?op=DISABLE")
    assert (answer.status_code, answer.json()["id"]) == (200, flow)
    assert answer.json()["etag"] != etag
    assert client.one("flows", flow)["state"] == "disabled"
    assert client.runs(flow) == []
    assert code(client("POST", "runs", json={"flowId": flow})) == (400, "CONNECTOR-1388-400")
    client.lab.switch(enable_time=0.2, run_delay=0.0)
    assert client("POST", f"flows/{flow}/action?op=enable").status_code == 200
    assert client.one("flows", flow)["state"] == "pending"
    run = client.ended_run(flow)
    assert client.one("flows", flow)["state"] == "enabled"
    # A one-time flow that has run does not run again.
    for name in ("disable", "enable"):
        client("POST", f"flows/{flow}/action?op={name}")
    eventually(lambda: client.one("flows", flow)["state"] == "enabled" or None)
    assert [each["id"] for each in client.runs(flow)] == [run["id"]]
    assert code(client("POST", f"flows/{flow}/action?op=explode")) == (400, "FLOW-1402-400")


# Runs


def test_a_flow_gets_a_run_from_seeded_rows(client: Client) -> None:
    # Long enough to be seen while it is in progress, on a busy machine as well.
    client.lab.switch(run_time=3.0)
    account = client.account()
    client.lab.put_state("rows", account, {"rows": [{"id": number} for number in range(7)]})
    flow = client.flow(sourceConnectionIds=[client.source(account)])
    before = client.one("flows", flow)
    open_run = eventually(lambda: next(iter(client.runs(flow)), None))
    assert open_run["metrics"]["statusSummary"] == {"status": "inProgress"}
    assert "completedAtUTC" not in open_run["metrics"]["durationSummary"]
    run = client.ended_run(flow)
    assert run["id"] == open_run["id"]
    counts = {"inputRecordCount": 7, "outputRecordCount": 7, "failedRecordCount": 0}
    assert run["metrics"]["recordSummary"] == counts
    assert run["metrics"]["statusSummary"] == {"status": "success"}
    durations = run["metrics"]["durationSummary"]
    assert durations["completedAtUTC"] - durations["startedAtUTC"] in (2999, 3000, 3001)
    assert [each["name"] for each in run["activities"]] == ["Copy Activity", "Promotion Activity"]
    (batch,) = run["activities"][1]["targetInfo"]
    assert (batch["id"], batch["reference"]["type"]) == (before["targetConnectionIds"][0], "Batch")
    after = client.one("flows", flow)
    assert after["lastRunDetails"] == {"id": run["id"], "state": "success", **durations}
    assert after["etag"] != before["etag"], "the etag of a flow moves with its runs"
    assert client("GET", f"runs/{run['id']}").json() == {"items": [run]}
    assert client("GET", "runs/no-such").status_code == 404
    client("DELETE", f"flows/{flow}")
    assert client.runs(flow) == [run], "runs outlive their flow"


@pytest.mark.parametrize(
    ("outcome", "status", "state", "failed", "error"),
    [
        ("partial", "success", "partialSuccess", 1, "CONNECTOR-2001-500"),
        ("failed", "failed", "failed", 3, "CONNECTOR-1001-500"),
    ],
)
def test_runs_that_do_not_succeed(
    client: Client, outcome: str, status: str, state: str, failed: int, error: str
) -> None:
    client.lab.switch(run_outcome=outcome)
    flow = client.flow()
    run = client.ended_run(flow)
    metrics = run["metrics"]
    assert metrics["statusSummary"]["status"] == status
    assert [each["code"] for each in metrics["statusSummary"]["errors"]] == [error]
    assert metrics["recordSummary"]["failedRecordCount"] == failed
    assert client.one("flows", flow)["lastRunDetails"]["state"] == state


def test_a_schedule_passes_at_the_speed_of_the_switch(client: Client) -> None:
    client.lab.switch(run_speed=3600.0 * 20)
    flow = client.flow(scheduleParams={"startTime": 1, "frequency": "hour", "interval": 2})
    eventually(lambda: len(client.runs(flow)) >= 3 or None)
    starts = sorted(run["metrics"]["durationSummary"]["startedAtUTC"] for run in client.runs(flow))
    assert starts[1] - starts[0] == pytest.approx(100, abs=2)
    client("POST", f"flows/{flow}/action?op=disable")
    count = len(client.runs(flow))
    time.sleep(0.25)
    assert len(client.runs(flow)) == count


def test_a_run_waits_while_its_flow_is_updated(client: Client) -> None:
    client.lab.switch(run_delay=1.0, update_time=1.5)
    flow = client.flow()
    assert client.patch("flows", flow, op("add", "/description", "x")).status_code == 200
    client.ended_run(flow)
    assert client.one("flows", flow)["state"] == "enabled"


def test_runs_on_demand(client: Client) -> None:
    flow = client.flow()
    client.ended_run(flow)
    params = {"startTime": "1", "windowStartTime": "1", "windowEndTime": "2"}
    answer = client("POST", "runs", json={"flowId": flow, "params": params})
    (created,) = answer.json()["items"]
    assert (answer.status_code, created.keys()) == (201, {"id", "etag"})
    run = client.ended_run(flow, after=1)
    assert (run["id"], run["params"]) == (created["id"], params)
    client.lab.switch(run_answer="bare")
    assert client("POST", "runs", json={"flowId": flow}).json().keys() == {"id", "etag"}
    client.lab.switch(run_answer="whole")
    assert client("POST", "runs", json={"flowId": flow}).json()["flowId"] == flow
    backwards = {"windowStartTime": 2, "windowEndTime": 1}
    daily = client.flow(scheduleParams={"startTime": 1, "frequency": "day", "interval": 1})
    for body, expected in (
        ({"flowId": flow, "params": backwards}, "CONNECTOR-1381-400"),
        ({"flowId": daily}, "CONNECTOR-1386-400"),
        ({"flowId": "no-such"}, "FLOW-1430-400"),
        ({}, "FLOW-1446-400"),
    ):
        assert code(client("POST", "runs", json=body)) == (400, expected)
    client.lab.switch(on_demand_runs="unsupported")
    assert code(client("POST", "runs", json={"flowId": flow})) == (400, "CONNECTOR-1385-400")
    assert code(client("PUT", f"runs/{run['id']}", json={})) == (400, "FLOW-1427-400")


def test_a_failed_run_is_tried_again(client: Client) -> None:
    client.lab.switch(run_outcome="failed")
    flow = client.flow()
    failed = client.ended_run(flow)
    client.lab.switch(run_outcome="success")
    answer = client("POST", f"runs/{failed['id']}/action?op=re-trigger")
    assert answer.status_code == 200
    run = client.ended_run(flow, after=1)
    assert (run["id"], run["metrics"]["statusSummary"]["status"]) == (answer.json()["id"], "success")
    assert run["id"] != failed["id"]
    assert code(client("POST", f"runs/{run['id']}/action?op=RE_TRIGGER")) == (400, "CONNECTOR-1387-400")
    assert code(client("POST", f"runs/{run['id']}/action?op=x")) == (400, "CONNECTOR-1398-400")
    client("POST", f"flows/{flow}/action?op=disable")
    assert code(client("POST", f"runs/{failed['id']}/action?op=re-trigger")) == (400, "CONNECTOR-1388-400")


def test_a_streaming_flow_runs_when_records_arrive(client: Client) -> None:
    body = {"name": "source", "providerId": "521eee4d-8cbe-4906-bb48-fb6bd4450033", "data": {"format": "json"}}
    source = client.new("sourceConnections", {**body, "connectionSpec": {"id": GENERIC_SOURCE, "version": "1.0"}})
    whole = client.flow_body(sourceConnectionIds=[source], flowSpec={"id": GENERIC_STREAMING, "version": "1.0"})
    del whole["scheduleParams"]
    flow = client.new("flows", {**whole, "options": {"errorDiagnosticsEnabled": True}})
    options = client.one("flows", flow)["options"]
    assert options["errorDiagnosticsEnabled"] is True
    assert client.runs(flow) == []
    sent = requests.post(options["inletUrl"], json={"body": {"xdmEntity": {"_id": "1"}}}, timeout=10)
    assert sent.status_code == 200
    assert sent.json()["inletId"] == options["inletUrl"].rsplit("/", 1)[-1]
    assert client.ended_run(flow)["metrics"]["recordSummary"]["inputRecordCount"] == 1
    assert code(client("POST", "runs", json={"flowId": flow})) == (400, "CONNECTOR-1385-400")
    assert requests.post(f"{client.lab.url}/collection/no-such", json={}, timeout=10).status_code == 404
    assert requests.post(options["inletUrl"], data="x", timeout=10).status_code == 400


def test_the_inlet_of_an_account_serves_its_flows(client: Client) -> None:
    spec = {"id": HTTP_API, "version": "1.0"}
    auth = {"specName": "Streaming Connection", "params": {"dataType": "raw"}}
    account = client.account(connectionSpec=spec, auth=auth)
    flows = []
    for _number in range(2):
        source = client.new("sourceConnections", {"name": "x", "baseConnectionId": account, "connectionSpec": spec})
        optional = {"id": "d69717ba-71b4-4313-b654-49f9cf126d7a", "version": "1.0"}
        whole = client.flow_body(sourceConnectionIds=[source], flowSpec=optional)
        del whole["scheduleParams"]
        flows.append(client.new("flows", whole))
    url = client.one("connections", account)["auth"]["params"]["inletUrl"]
    requests.post(url, json={"id": 1}, headers={"x-adobe-flow-id": flows[0]}, timeout=10).raise_for_status()
    assert client.ended_run(flows[0])["metrics"]["recordSummary"]["inputRecordCount"] == 1
    assert client.runs(flows[1]) == []
    requests.post(url, json={"id": 1}, timeout=10).raise_for_status()
    assert client.ended_run(flows[1])["metrics"]["recordSummary"]["inputRecordCount"] == 1


# Around the flow


def test_mapping_sets(client: Client) -> None:
    prefix = f"{PREFIX}conversion"
    answer = client("POST", "mappingSets", prefix, json={**MAPPING_SET, "name": "mine"})
    assert answer.status_code == 200
    created = answer.json()
    assert created.keys() == {"id", "version", "createdDate", "modifiedDate", "createdBy", "modifiedBy"}
    found = client("GET", f"mappingSets/{created['id']}", prefix).json()
    (mapping,) = found["mappings"]
    assert (mapping["sourceAttribute"], mapping["destinationXdmPath"]) == ("id", "_id")
    assert found["xdmSchema"] == SCHEMA
    assert client("GET", f"mappingSets/{created['id']}/mappings", prefix).json() == found["mappings"]
    older = {
        "version": 0,
        "xdmSchema": "_emulator.schemas.customers",
        "xdmVersion": "1.0",
        "mappings": [{"sourceAttribute": "id", "destinationXdmPath": "_id", "identity": False, "version": 0}],
    }
    client.new("mappingSets", older, prefix)
    listed = client("GET", "mappingSets?limit=1&start=1", prefix).json()
    assert [each["xdmSchema"] for each in listed["data"]] == ["_emulator.schemas.customers"]
    assert [each["id"] for each in client("GET", "mappingSets?name=mine", prefix).json()["data"]] == [created["id"]]
    replaced = client("PUT", f"mappingSets/{created['id']}", prefix, json=MAPPING_SET).json()
    assert (replaced["id"], replaced["version"]) == (created["id"], 1)
    assert client("GET", f"mappingSets/{created['id']}?version=0", prefix).status_code == 404
    for method in ("PATCH", "DELETE"):
        assert client(method, f"mappingSets/{created['id']}", prefix).status_code == 405
    previewed = client("POST", "mappingSets/preview", prefix, json={"mappingSet": MAPPING_SET, "data": {"id": 5}})
    assert previewed.json()[0]["data"] == {"_id": 5}


def test_mapping_sets_are_validated(client: Client) -> None:
    prefix = f"{PREFIX}conversion"
    properties: Content = {"person": {"properties": {"name": {}}}}
    client.lab.put_state("schemas", "mine", {"$id": "https://mine", "title": "Mine", "properties": properties})
    mappings = [
        {"sourceType": "ATTRIBUTE", "source": "id", "destination": "person.name"},
        {"sourceType": "EXPRESSION", "source": "concat(a, b)", "destination": "person.name.first"},
        {"sourceType": "EXPRESSION", "source": "concat(a, b", "destination": "person.name"},
        {"sourceType": "ATTRIBUTE", "source": "id", "destination": "person.age"},
        {"source": " ", "destination": "person.name"},
        {"sourceType": "X", "source": "id"},
    ]
    body = {"outputSchema": {"schemaRef": {"id": "https://mine", "contentType": FULL}}, "mappings": mappings}
    answers = client("POST", "mappingSets/validate", prefix, json=body).json()["validationResponse"]
    assert [each["status"] for each in answers] == ["SUCCESS"] * 2 + ["ERROR"] * 4
    assert "person.age" in answers[3]["errors"][0]
    refused = client("POST", "mappingSets", prefix, json=body)
    assert refused.status_code == 400
    assert "mapping 2" in refused.json()["detail"]
    bodies: list[Content] = [{"mappings": []}, {"mappings": mappings}, {**body, "mappings": ["x"]}]
    for wrong in bodies:
        assert client("POST", "mappingSets", prefix, json=wrong).status_code == 400


def test_datasets(client: Client) -> None:
    prefix = f"{PREFIX}catalog"
    client.lab.put_state("dataSets", "mine", {"name": "Mine", "schemaRef": {"id": SCHEMA, "contentType": FULL}})
    assert client("GET", "dataSets", prefix).json().keys() == {DATASET, "mine"}
    assert client("GET", "dataSets?limit=1&start=1", prefix).json().keys() == {"mine"}
    found = client("GET", "dataSets?name=Mine", prefix).json()
    assert found == client("GET", "dataSets/mine", prefix).json()
    assert found["mine"]["name"] == "Mine"
    assert client("GET", "dataSets/no-such", prefix).status_code == 404
    assert client.target(params={"dataSetId": "mine"})


def test_schemas(client: Client) -> None:
    prefix = f"{PREFIX}schemaregistry/tenant"
    client.lab.put_state("schemas", "mine", {"$id": "https://ns/mine", "title": "A", "version": "1.0", "x": 1})
    listed = client("GET", "schemas?limit=1", prefix, headers={"Accept": "application/vnd.adobe.xed-id+json"}).json()
    assert listed["results"] == [{"$id": "https://ns/mine", "version": "1.0", "title": "A"}]
    following = client("GET", f"schemas?start={listed['_page']['next']}", prefix).json()
    assert [each["$id"] for each in following["results"]] == [SCHEMA]
    assert following["_page"]["next"] is None
    for schema_id in (SCHEMA, "_emulator.schemas.customers"):
        path = f"schemas/{urllib.parse.quote(schema_id, safe='')}"
        assert client("GET", path, prefix, headers={"Accept": FULL}).json()["title"] == "Emulator customers"
        assert client("GET", path, prefix, headers={"Accept": "text/html"}).status_code == 406
    assert client("GET", "schemas/no-such", prefix).status_code == 404


def test_sandboxes(client: Client) -> None:
    prefix = f"{PREFIX}sandbox-management"
    listed = client("GET", "", prefix).json()
    assert [(each["name"], each["type"]) for each in listed["sandboxes"]] == [
        ("prod", "production"),
        ("dev", "development"),
    ]
    client.lab.put_state("sandboxes", "a", {"name": "a", "state": "active", "type": "development"})
    client.lab.put_state("sandboxes", "b", {"name": "b", "state": "creating", "type": "development"})
    assert [each["name"] for each in client("GET", "", prefix).json()["sandboxes"]] == ["a"]
    page = client("GET", "sandboxes?limit=1&offset=1", prefix).json()
    assert [each["name"] for each in page["sandboxes"]] == ["b"]
    assert client("GET", "sandboxes/a", prefix).json() == {"name": "a", "state": "active", "type": "development"}
    assert client("GET", "sandboxes/no-such", prefix).status_code == 404
    for query in ("limit=1", "offset=1", "limit=x&offset=1"):
        assert client("GET", f"sandboxes?{query}", prefix).status_code == 400


# The control API


def test_objects_are_stored_past_the_service(client: Client) -> None:
    client.lab.put_state("flows", "mine", {"name": "mine", "state": "disabled"})
    found = client.one("flows", "mine")
    assert found["state"] == "disabled"
    assert found["etag"] == found["version"]
    assert client.patch("flows", "mine", op("add", "/description", "x")).status_code == 200
    assert client.lab.state("flows")[0]["description"] == "x"


def test_many_flows_are_seeded(client: Client) -> None:
    client.lab.seed("flows", 300)
    flows = client("GET", "flows").json()["items"]
    assert len({flow["name"] for flow in flows}) == 300
    flow = flows[150]
    source = client.one("sourceConnections", flow["sourceConnectionIds"][0])
    assert client.one("connections", source["baseConnectionId"])["name"] == "seeded-account"
    assert client.one("targetConnections", flow["targetConnectionIds"][0])["params"]
    assert code(client("DELETE", f"connections/{source['baseConnectionId']}")) == (400, "FLOW-1418-400")


def test_another_client_writes_an_object(client: Client) -> None:
    account = client.account()
    etag = client.one("connections", account)["etag"]
    client.lab.fault(
        "PATCH", None, type="compete", kind="connections", spec_id=account, set={"description": "theirs"}, when="before"
    )
    assert client.patch("connections", account, op("replace", "/name", "x"), etag=etag).status_code == 412
    found = client.one("connections", account)
    assert (found["description"], found["name"]) == ("theirs", "account")
    assert "sourceConnectionSpecIds" not in found


def test_sandboxes_are_apart(client: Client) -> None:
    account = client.account()
    other = {"x-sandbox-name": "dev"}
    assert client("GET", f"connections/{account}", headers=other).status_code == 404
    assert client.lab.spec(FLOW_SPECS, CRM)["providerId"] == BATCH_PROVIDER
