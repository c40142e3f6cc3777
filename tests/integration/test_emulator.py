# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulator answers as documented, does what its switches and faults say, and starts and stops cleanly."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import typing as t

import pytest
import requests

from lab import BATCH_PROVIDER, CONNECTION_SPECS, EMULATOR, FLOW_SPECS, GENERIC_STREAMING, REST_STORAGE, Lab

PREFIX = "/data/foundation/flowservice"
NEW = {"name": "new", "providerId": BATCH_PROVIDER}


class Client:
    """A plain client of the service."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.headers = {
            "Authorization": "Bearer emulator-token",
            "x-api-key": lab.client_id,
            "x-gw-ims-org-id": lab.org,
            "x-sandbox-name": "prod",
        }

    def __call__(self, method: str, path: str, without: str = "", **content: t.Any) -> requests.Response:
        headers = {name: value for name, value in self.headers.items() if name != without}
        headers.update(content.pop("headers", {}))
        return requests.request(method, f"{self.lab.url}{PREFIX}/{path}", headers=headers, timeout=10, **content)


@pytest.fixture
def client(lab: Lab) -> Client:
    return Client(lab)


def code(answer: requests.Response) -> tuple[int, str]:
    body = answer.json()
    return answer.status_code, body.get("error_code") or body["type"].rsplit("/", 1)[-1]


def test_headers_are_checked_as_the_gateway_does(client: Client) -> None:
    assert code(client("GET", "flowSpecs", without="Authorization")) == (403, "403010")
    assert code(client("GET", "flowSpecs", headers={"Authorization": "Bearer x"})) == (401, "401013")
    assert code(client("GET", "flowSpecs", without="x-api-key")) == (403, "403000")
    assert code(client("GET", "flowSpecs", without="x-gw-ims-org-id")) == (400, "400003")
    assert client("GET", "flowSpecs", without="x-sandbox-name").status_code == 200
    client.lab.switch(missing_sandbox="error")
    assert code(client("GET", "flowSpecs", without="x-sandbox-name")) == (400, "FLOW-2105-400")


def test_a_token_by_client_credentials(lab: Lab) -> None:
    form = {"grant_type": "client_credentials", "client_id": lab.client_id, "client_secret": "s", "scope": "openid"}
    answer = requests.post(f"{lab.url}/ims/token/v3", data=form, timeout=10).json()
    assert (answer["token_type"], answer["expires_in"]) == ("bearer", 86399)
    client = Client(lab)
    client.headers["Authorization"] = f"Bearer {answer['access_token']}"
    assert client("GET", "flowSpecs").status_code == 200
    for name in form:
        refused = requests.post(f"{lab.url}/ims/token/v3", data={**form, name: ""}, timeout=10)
        assert refused.status_code == 400
        assert "error_description" in refused.json()
    older = requests.post(f"{lab.url}/ims/token/v2", params=form, timeout=10)
    assert older.status_code == 200
    recorded = lab.requests("ims")
    assert recorded[0]["body"]["client_secret"].startswith("sha256:")
    assert answer["access_token"] not in str(lab.requests())


def test_tokens_expire_and_are_revoked(lab: Lab) -> None:
    lab.switch(token_lifetime=0)
    form = {"grant_type": "client_credentials", "client_id": lab.client_id, "client_secret": "s", "scope": "openid"}
    answer = requests.post(f"{lab.url}/ims/token/v3", data=form, timeout=10).json()
    client = Client(lab)
    client.headers["Authorization"] = f"Bearer {answer['access_token']}"
    assert code(client("GET", "flowSpecs")) == (401, "401013")


def test_create_read_and_replace(client: Client) -> None:
    created = client("POST", "flowSpecs", json={**NEW, "futureField": [1.0, None], "id": "of-my-choice"})
    spec = created.json()
    assert created.status_code == 201
    assert created.headers["Location"].endswith(spec["id"])
    assert spec["id"] != "of-my-choice"
    assert (spec["sandboxName"], spec["imsOrgId"]) == ("prod", client.lab.org)
    assert spec["createdAt"] == spec["updatedAt"]
    assert client("GET", f"flowSpecs/{spec['id']}").json() == {"items": [spec]}
    replaced = client("PUT", f"flowSpecs/{spec['id']}", json={**NEW, "version": "2"})
    assert replaced.status_code == 200
    assert "createdAt" not in replaced.json(), "as the documented answers show"
    now = client("GET", f"flowSpecs/{spec['id']}").json()["items"][0]
    assert "futureField" not in now
    assert now["createdAt"] == spec["createdAt"]
    assert now["updatedAt"] > spec["updatedAt"]
    client.lab.switch(put_semantics="merge")
    client("PUT", f"flowSpecs/{spec['id']}", json={**NEW, "type": "x"})
    assert client("GET", f"flowSpecs/{spec['id']}").json()["items"][0]["version"] == "2"


def test_sandboxes_are_apart_and_begin_with_what_is_built_in(client: Client) -> None:
    client("POST", "connectionSpecs", json=NEW)
    elsewhere = client("GET", "connectionSpecs", headers={"x-sandbox-name": "dev"}).json()["items"]
    assert "new" not in [spec["name"] for spec in elsewhere]
    known = {spec["id"] for spec in elsewhere}
    for flow_spec in client("GET", "flowSpecs").json()["items"]:
        assert set(flow_spec["sourceConnectionSpecIds"]) <= known
        assert set(flow_spec["targetConnectionSpecIds"]) <= known
        assert not {"createdAt", "imsOrgId"} & flow_spec.keys()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"data": ""}, "FLOW-1405-400"),
        ({"data": "null"}, "FLOW-1405-400"),
        ({"data": "{"}, "FLOW-1400-400"),
        ({"data": "[]"}, "FLOW-1400-400"),
        ({"data": '{"name": "x", "providerId": "y", "a": NaN}'}, "FLOW-1400-400"),
        ({"json": {"name": "x"}}, "FLOW-1400-400"),
        ({"json": {"name": " ", "providerId": "x"}}, "FLOW-1400-400"),
        ({"json": {"name": 5, "providerId": "x"}}, "FLOW-1400-400"),
    ],
)
def test_bad_bodies(client: Client, content: dict[str, t.Any], expected: str) -> None:
    headers = {"Content-Type": "application/json"}
    for method, path in (("POST", "flowSpecs"), ("PUT", f"flowSpecs/{REST_STORAGE}")):
        assert code(client(method, path, headers=headers, **content)) == (400, expected)


def test_content_type_and_methods(client: Client) -> None:
    answer = client("POST", "flowSpecs", data="{}", headers={"Content-Type": "text/plain"})
    assert (answer.status_code, answer.json()["title"]) == (400, "BadRequestError")
    for method in ("PATCH", "DELETE"):
        assert client(method, f"flowSpecs/{REST_STORAGE}", json={}).status_code == 405


def test_an_id_in_a_body_must_be_that_of_the_path(client: Client) -> None:
    body = {**NEW, "id": "another"}
    assert client("PUT", f"flowSpecs/{REST_STORAGE}", json=body).status_code == 400
    client.lab.switch(id_mismatch_in_put="ignore")
    assert client("PUT", f"flowSpecs/{REST_STORAGE}", json=body).json()["id"] == REST_STORAGE
    client.lab.switch(owned_fields_in_put="refuse")
    assert client("PUT", f"flowSpecs/{REST_STORAGE}", json={**NEW, "createdAt": 1}).status_code == 400


def test_an_unknown_id(client: Client) -> None:
    answer = client("GET", "flowSpecs/not-there")
    assert code(answer) == (404, "FLOW-1439-404")
    assert answer.json()["report"]["request-id"] == answer.headers["x-request-id"]
    assert answer.json()["report"]["type"] == "flowSpecs"
    assert client("PUT", "flowSpecs/not-there", json=NEW).status_code == 404
    client.lab.switch(unknown_id="400")
    assert code(client("GET", "flowSpecs/not-there")) == (400, "FLOW-1439-400")


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("property=name==one", ["one"]),
        ('property=name=="one"', ["one"]),
        ("property=name==one,three", ["one", "three"]),
        ('property=name=="one, two"', ["one, two"]),
        ("property=providerId==p&property=attributes.size>1", ["three"]),
        ("property=attributes.size>=1", ["one", "three"]),
        ("property=authSpec[].name==Basic", ["three"]),
        ("property=name==nothing", []),
        ("property=version!=1.0&property=providerId==p", ["three"]),
    ],
)
def test_filters(client: Client, query: str, names: list[str]) -> None:
    store = client.lab.store
    store(CONNECTION_SPECS, name="one", version="1.0", providerId="p", attributes={"size": 1})
    store(CONNECTION_SPECS, name="one, two", version="1.0", providerId="q")
    store(CONNECTION_SPECS, name="three", providerId="p", attributes={"size": 3}, authSpec=[{"name": "Basic"}])
    found = client("GET", f"connectionSpecs?{query}").json()["items"]
    assert [spec["name"] for spec in found] == names
    assert client("GET", f"connectionSpecs?{query}&count=true").json() == {"count": len(names)}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("property=unheardOf==1", "FLOW-1449-400"),
        ("property=name=!x", "FLOW-1450-400"),
        ("property=name~x", "FLOW-1440-400"),
        ("property=createdAt>x", "FLOW-1452-400"),
        ("property=name==", "FLOW-1453-400"),
        ("property=name", "FLOW-1453-400"),
        ("orderby=name", "FLOW-1451-400"),
        ("limit=1&count=true", "FLOW-1401-400"),
        ("limit=1&count=True", "FLOW-1401-400"),
        ("limit=x", "FLOW-1452-400"),
        ("start=x", "FLOW-1452-400"),
        ("property=id,name", "FLOW-1453-400"),
    ],
)
def test_bad_filters(client: Client, query: str, expected: str) -> None:
    assert code(client("GET", f"flowSpecs?{query}")) == (400, expected)


def next_page(page: dict[str, t.Any]) -> str:
    return t.cast(str, page.get("_links", {}).get("next", {}).get("href", "").removeprefix("/"))


@pytest.mark.parametrize("query", ["all", "token_first", "token_only"])
def test_pages_make_up_the_whole(client: Client, query: str) -> None:
    whole = client("GET", "connectionSpecs").json()["items"]
    client.lab.switch(page_size=2, next_link_query=query)
    found: list[t.Any] = []
    path = "connectionSpecs"
    while path:
        page = client("GET", path).json()
        assert len(page["items"]) <= 2
        found += page["items"]
        path = next_page(page)
    assert found == whole


@pytest.mark.parametrize(
    ("query", "link"),
    [
        ("all", f"flowSpecs?property=providerId%3D%3D{BATCH_PROVIDER}&continuationToken=page-1"),
        ("token_first", f"flowSpecs?continuationToken=page-1&property=providerId%3D%3D{BATCH_PROVIDER}"),
        ("token_only", "flowSpecs?continuationToken=page-1"),
    ],
)
def test_links_to_the_next_page(client: Client, query: str, link: str) -> None:
    client.lab.switch(page_size=1, next_link_query=query)
    assert next_page(client("GET", f"flowSpecs?property=providerId=={BATCH_PROVIDER}").json()) == link


def test_counts_and_limits(client: Client) -> None:
    assert client("GET", "flowSpecs?count=True").json() == {"count": 5}
    limited = client("GET", "flowSpecs?limit=2&count=false").json()
    assert len(limited["items"]) == 2
    assert next_page(limited)
    assert len(client("GET", "flowSpecs?count=false").json()["items"]) == 5


def test_start_skips_items(client: Client) -> None:
    whole = client("GET", "flowSpecs").json()["items"]
    assert client("GET", "flowSpecs?start=3").json()["items"] == whole[3:]
    assert client("GET", "flowSpecs?start=1&limit=2").json()["items"] == whole[1:3]


def test_property_projects_when_switched(client: Client) -> None:
    client.lab.switch(property_projection=True)
    found = client("GET", "flowSpecs?property=id,name&property=name==RestStorageToAEP").json()["items"]
    assert found == [{"id": REST_STORAGE, "name": "RestStorageToAEP"}]


def test_a_slash_at_the_end_changes_nothing(client: Client) -> None:
    for path in ("flowSpecs", f"flowSpecs/{REST_STORAGE}"):
        answer = client("GET", f"{path}/", allow_redirects=False)
        assert (answer.status_code, answer.json()) == (200, client("GET", path).json())
    assert client.lab.requests()[0]["path"].endswith("flowSpecs/"), "requests are recorded as they were sent"


def test_unknown_paths_and_methods_answer_documented_bodies(client: Client) -> None:
    unknown = client("GET", "no/such")
    assert code(unknown) == (404, "FLOW-1101-404")
    assert unknown.json()["report"]["request-id"] == unknown.headers["x-request-id"]
    elsewhere = requests.get(f"{client.lab.url}/data/foundation/no-such", headers=client.headers, timeout=10)
    assert code(elsewhere) == (404, "404003")
    wrong = client("DELETE", "flowSpecs")
    assert code(wrong) == (405, "FLOW-1400-405")
    assert {"type", "title", "status", "report", "errorMessage", "errorDetails"} == wrong.json().keys()
    assert "GET" in wrong.headers["Allow"]


@pytest.mark.parametrize("path", ["explore", "configs"])
def test_columns_of_a_connection_spec(client: Client, path: str) -> None:
    properties = {"listId": {"type": "string"}, "size": {"type": "integer"}, "any": {}}
    spec_id = client.lab.store(CONNECTION_SPECS, name="x", sourceSpec={"spec": {"properties": properties}})
    columns = [("listId", "string"), ("size", "integer"), ("any", "string")]
    expected = {"items": [{"columnName": name, "columnType": kind} for name, kind in columns]}
    assert client("GET", f"connectionSpecs/{spec_id}/{path}").json() == expected
    without = client.lab.store(CONNECTION_SPECS, name="y")
    assert client("GET", f"connectionSpecs/{without}/{path}").json() == {"items": []}
    assert code(client("GET", f"connectionSpecs/not-there/{path}")) == (404, "FLOW-1439-404")
    assert code(client("GET", f"flowSpecs/{REST_STORAGE}/{path}")) == (404, "FLOW-1101-404")


@pytest.mark.parametrize(
    ("spec_id", "name", "sources", "targets", "transformations"),
    [
        (REST_STORAGE, "RestStorageToAEP", 2, 1, ["Mapping"]),
        (GENERIC_STREAMING, "GenericStreamingAEP", 1, 1, ["Mapping"]),
        ("9753525b-82c7-4dce-8a9b-5ccfce2b9876", "CloudStorageToAEP", 12, 1, ["Mapping", "Encryption"]),
        ("14518937-270c-4525-bdec-c2ba7cce3860", "CRMToAEP", 31, 1, ["Copy", "Mapping"]),
        ("d69717ba-71b4-4313-b654-49f9cf126d7a", "Stream data with optional transformation", 4, 3, ["Mapping"]),
    ],
)
def test_built_in_flow_specs(
    client: Client, spec_id: str, name: str, sources: int, targets: int, transformations: list[str]
) -> None:
    (spec,) = client("GET", f"flowSpecs/{spec_id}").json()["items"]
    assert spec["name"] == name
    assert (len(spec["sourceConnectionSpecIds"]), len(spec["targetConnectionSpecIds"])) == (sources, targets)
    assert [each["name"] for each in spec["transformationSpecs"]] == transformations
    assert ("runSpec" in spec) == (name == "CRMToAEP")
    assert spec["attributes"]


def test_built_in_connection_specs(client: Client) -> None:
    specs = {spec["name"]: spec for spec in client("GET", "connectionSpecs").json()["items"]}
    assert specs["amazon-s3"]["id"] == "ecadc60c-7455-4d87-84dc-2a0e293d997b"
    assert specs["amazon-s3"]["authSpec"][0]["spec"]["properties"]["s3SecretKey"]["format"] == "password"
    assert specs["adls-gen2"]["id"] == "b3ba5556-48be-44b7-8b85-ff2b69b46dc4"
    assert specs["datalake"]["id"] == "c604ff05-7f1a-43c0-8e18-33bf874cb11c"
    assert specs["datalake"]["attributes"] == {"category": "Adobe Solutions"}
    assert specs["salesforce"]["id"] == "cfc0fee1-7dc0-40ef-b73e-d8b134c436f5"


def test_search(client: Client) -> None:
    found = client("POST", "flowSpecs/search", json={"queryString": "name==RestStorageToAEP"}).json()["items"]
    assert [spec["id"] for spec in found] == [REST_STORAGE]
    assert client("POST", "flowSpecs/search", json={"count": True}).json() == {"count": 5}
    assert len(client("POST", "flowSpecs/search", json={"limit": 2}).json()["items"]) == 2
    assert client("POST", "flowSpecs/search", json={"limit": 1001}).status_code == 400
    assert client("POST", "connectionSpecs/search", json={}).status_code == 405


def test_writes_answer_an_id_alone_when_switched(client: Client) -> None:
    client.lab.switch(write_answers="id")
    created = client("POST", "flowSpecs", json=NEW)
    spec_id = created.json()["id"]
    assert created.status_code == 201
    assert created.json() == {"id": spec_id}
    assert client("PUT", f"flowSpecs/{spec_id}", json={**NEW, "version": "2"}).json() == {"id": spec_id}
    assert client("GET", f"flowSpecs/{spec_id}").json()["items"][0]["version"] == "2"
    client.lab.switch(wrap_answers="both")
    assert client("PUT", f"flowSpecs/{spec_id}", json=NEW).json() == {"items": [{"id": spec_id}]}


def test_nested_fields_are_dropped_when_switched(client: Client) -> None:
    client.lab.switch(dropped_fields=["attributes.a.b", "list.1", "all.*.x", "every.*", "no.such", "name.x", "type"])
    body = {
        **NEW,
        "type": "t",
        "attributes": {"a": {"b": 1, "c": 2}},
        "list": [1, 2, 3],
        "all": [{"x": 1, "y": 2}, {"x": 3}, 4],
        "every": [1, 2],
    }
    stored = client("POST", "connectionSpecs", json=body).json()
    assert stored["attributes"] == {"a": {"c": 2}}
    assert (stored["list"], stored["all"], stored["every"]) == ([1, 3], [{"y": 2}, {}, 4], [])
    assert stored["name"] == "new"
    assert "type" not in stored


def test_etags(client: Client) -> None:
    path = f"flowSpecs/{REST_STORAGE}"
    client.lab.switch(etags="both", require_if_match=True)
    answer = client("GET", path)
    etag = answer.headers["ETag"]
    assert answer.json()["items"][0]["etag"] == etag
    assert etag.startswith('"')
    assert code(client("PUT", path, json=NEW)) == (400, "FLOW-1403-400")
    assert client("PUT", path, json=NEW, headers={"If-Match": etag}).status_code == 200
    assert code(client("PUT", path, json=NEW, headers={"If-Match": etag})) == (412, "FLOW-1404-412")


def test_names_and_links_are_checked_when_switched(client: Client) -> None:
    client.lab.switch(unique_names=True, check_source_ids=True)
    assert client("POST", "flowSpecs", json=NEW).status_code == 201
    assert client("POST", "flowSpecs", json=NEW).status_code == 409
    body = {**NEW, "sourceConnectionSpecIds": ["not-there"]}
    assert code(client("PUT", f"flowSpecs/{REST_STORAGE}", json=body)) == (400, "FLOW-1413-400")


def test_reads_lag_behind_when_switched(client: Client) -> None:
    client.lab.switch(read_delay=0.4, listing_delay=0.8)
    # Before the request: the service writes some time before its answer is here.
    written = time.monotonic()
    spec_id = client("POST", "flowSpecs", json=NEW).json()["id"]
    assert client("GET", f"flowSpecs/{spec_id}").status_code == 404
    assert client("GET", "flowSpecs?property=name==new").json()["items"] == []
    while client("GET", f"flowSpecs/{spec_id}").status_code == 404:
        assert time.monotonic() - written < 5
    while not client("GET", "flowSpecs?property=name==new").json()["items"]:
        assert time.monotonic() - written < 5
    assert time.monotonic() - written >= 0.8


def test_a_rate_limit(client: Client) -> None:
    client.lab.switch(rate_limit=1, rate_limit_retry_after=3)
    deadline = time.monotonic() + 20
    while (limited := client("GET", f"flowSpecs/{REST_STORAGE}")).status_code != 429:
        # A slow machine sends fewer than two requests in some seconds.
        assert time.monotonic() < deadline
    assert limited.json()["error_code"] == "429050"
    assert limited.headers["Retry-After"] == "3"


def test_faults_hit_what_they_match_and_no_more(client: Client) -> None:
    client.lab.fault("GET", "flowSpecs$", skip=1, times=1, type="status", status=503)
    assert [client("GET", "flowSpecs").status_code for _number in range(3)] == [200, 503, 200]
    client.lab.fault("POST", None, type="status", status=500, when="after")
    assert client("POST", "flowSpecs", json=NEW).status_code == 500
    assert client.lab.named(FLOW_SPECS, "new")
    client.lab.fault("GET", None, type="reset")
    with pytest.raises(requests.ConnectionError):
        client("GET", "flowSpecs")
    client.lab.fault("GET", None, type="truncate")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        client("GET", "flowSpecs")
    assert [record["fault"] for record in client.lab.requests()] == [
        None,
        "status",
        None,
        "status",
        "reset",
        "truncate",
    ]


def test_faults_and_switches_are_of_one_client(client: Client, lab: Lab) -> None:
    lab.fault("GET", None, type="status", status=503)
    lab.switch(page_size=1)
    other = client("GET", "flowSpecs", headers={"x-api-key": "another"})
    assert other.status_code == 200
    assert "_links" not in other.json()


@pytest.mark.parametrize(
    ("path", "content", "words"),
    [
        ("switches", {"no_such": 1}, "no_such"),
        ("switches", {"page_size": "x"}, "page_size"),
        ("switches", {"etags": "x"}, "etags"),
        ("faults", {"action": {"type": "x"}}, "there is no action 'x'"),
        ("faults", {"action": {"type": "status"}}, "needs ['status']"),
        ("faults", {"action": {"type": "truncate"}, "match": {"path": "("}}, "regular expression"),
    ],
)
def test_the_control_api_names_mistakes(lab: Lab, path: str, content: t.Any, words: str) -> None:
    method = "PATCH" if path == "switches" else "POST"
    answer = requests.request(method, f"{lab.url}/_emulator/{path}", json=content, timeout=10)
    assert answer.status_code == 400
    assert words in answer.text


def test_large_listings_are_quick_to_seed_and_whole(lab: Lab) -> None:
    requests.post(f"{lab.url}/_emulator/seed", params={"org": lab.org}, json={"count": 5000}, timeout=60)
    listed = Client(lab)("GET", "connectionSpecs").json()["items"]
    assert len(listed) == 5000 + 52


# The command line


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "aep_emulator", *arguments],
        env={**os.environ, "PYTHONPATH": str(EMULATOR)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


# make emulator calls it without a mode.
@pytest.mark.parametrize("mode", [("serve",), ()])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_starts_says_where_and_stops_cleanly(number: signal.Signals, mode: tuple[str, ...]) -> None:
    with start(*mode, "--port", "0", "--switch", "page_size=1") as process, requests.Session() as session:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _line in range(8)]
        url = lines[0].split()[-1]
        assert f"export AEP_BASE_URL={url}\n" in lines
        assert "export AEP_SANDBOX_NAME=dev\n" in lines
        switches = session.get(f"{url}/_emulator/switches", timeout=10).json()["switches"]
        assert switches["page_size"] == 1
        process.send_signal(number)
        output, errors = process.communicate(timeout=10)
        assert (process.returncode, output, errors) == (0, "", "")


def test_it_runs_a_command_and_ends_with_it() -> None:
    program = (
        "import os, urllib.request as r; print(r.urlopen(os.environ['AEP_BASE_URL'] + '/_emulator/health').status)"
    )
    with start("run", "--", sys.executable, "-c", f"{program}; raise SystemExit(7)") as process:
        output, errors = process.communicate(timeout=30)
    assert (output, errors, process.returncode) == ("200\n", "", 7)
    with start("run", "--", "/not/there") as process:
        _output, errors = process.communicate(timeout=30)
    assert process.returncode == 127
    assert "cannot run /not/there" in errors


def test_it_says_what_is_wrong() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with start("serve", "--port", str(taken.getsockname()[1])) as process:
            _output, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "cannot listen on 127.0.0.1" in errors
    with start("serve", "--switch", "no_such=1") as process:
        _output, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "no_such" in errors


def test_specs_are_kept_in_a_file(tmp_path: t.Any) -> None:
    database = str(tmp_path / "specs.sqlite")
    headers = {"Authorization": "Bearer emulator-token", "x-api-key": "a", "x-gw-ims-org-id": "o"}
    found = []
    for _start in range(2):
        with start("serve", "--port", "0", "--database", database) as process:
            assert process.stdout is not None
            url = process.stdout.readline().split()[-1] + PREFIX
            requests.post(f"{url}/flowSpecs", json=NEW, headers=headers, timeout=10)
            found.append(len(requests.get(f"{url}/flowSpecs", headers=headers, timeout=10).json()["items"]))
            process.terminate()
            process.communicate(timeout=10)
    assert found == [6, 7]
