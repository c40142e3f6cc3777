# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugin for sandboxes, by real runs of ansible-inventory."""

from __future__ import annotations

import json
import pathlib
import subprocess
import typing as t

import pytest
import yaml

from ansible_collections.aep.flow_service.plugins.inventory import sandboxes
from ansible_collections.aep.flow_service.plugins.module_utils._engine.sandboxes import PAGE_SIZE, SANDBOXES_PATH
from lab import SECRET, Lab, Spec
from lab.starts import ANSIBLE, PLAY_AFRESH, count

pytestmark = pytest.mark.real("worker")

PLUGIN = "aep.flow_service.sandboxes"
FILE = "it.aep_sandboxes.yml"
OTHER_SECRET = "another-s3cr3t-of-the-lab/+=%"
# The emulator accepts it for every client.
EMULATOR_TOKEN = "emulator-token"
FAILS = {"ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true"}


class Inventory(t.NamedTuple):
    """What ansible-inventory printed."""

    status: int
    printed: str
    errors: str

    @property
    def listed(self) -> dict[str, t.Any]:
        """The whole inventory."""
        assert self.status == 0, self.errors
        assert "WARNING" not in self.errors, self.errors
        return t.cast(dict[str, t.Any], json.loads(self.printed, object_hook=_plain))

    @property
    def hosts(self) -> dict[str, Spec]:
        """The variables of each host."""
        return t.cast(dict[str, Spec], self.listed["_meta"]["hostvars"])

    @property
    def groups(self) -> dict[str, list[str]]:
        """The hosts of each group but C(all)."""
        return {name: sorted(group["hosts"]) for name, group in self.listed.items() if "hosts" in group}

    @property
    def failure(self) -> str:
        """What it reported when it failed, on one line."""
        assert self.status, self.printed
        return " ".join(self.errors.split())


def _plain(value: Spec) -> t.Any:
    """Ansible marks text that it does not evaluate as a template."""
    return value["__ansible_unsafe"] if value.keys() == {"__ansible_unsafe"} else value


def list_inventory(lab: Lab, content: t.Any = None, *arguments: str, file: str = FILE, **variables: str) -> Inventory:
    """Run ansible-inventory for a file with these options, or with this text."""
    text = content if isinstance(content, str) else yaml.safe_dump({"plugin": PLUGIN, **(content or {})})
    (lab.folder / file).write_text(text, "utf-8")
    return run(lab, "-i", file, *(arguments or ("--list",)), **variables)


def run(lab: Lab, *arguments: str, **variables: str) -> Inventory:
    count(PLAY_AFRESH)
    done = subprocess.run(
        [str(ANSIBLE / "ansible-inventory"), *arguments],
        env=lab.environment(**variables),
        cwd=lab.folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    return Inventory(done.returncode, done.stdout, done.stderr)


def store(lab: Lab, name: str, **more: t.Any) -> None:
    """Store a sandbox of the organization."""
    usual = {"title": name.title(), "state": "active", "type": "development", "region": "VA7", "isDefault": False}
    lab.put_state("sandboxes", name, {"name": name, **usual, **more})


def store_some(lab: Lab) -> None:
    store(lab, "prod", type="production", isDefault=True, title="Production")
    store(lab, "crm-dev")
    store(lab, "crm-test", region="NLD2")
    store(lab, "shop-dev", region="NLD2", title="The shop")
    for state in ("creating", "failed", "deleted", "resetting"):
        store(lab, f"is-{state}", state=state)


def queries(lab: Lab) -> list[str]:
    """The queries of the requests so far, all of which list sandboxes."""
    found = lab.requests()
    assert {(request["method"], request["path"]) for request in found} <= {("GET", SANDBOXES_PATH)}
    return [request["query"] for request in found]


@pytest.mark.proof("inventory sandboxes")
def test_a_host_for_each_active_sandbox(lab: Lab) -> None:
    store_some(lab)
    inventory = list_inventory(lab)
    assert set(inventory.hosts) == {"prod", "crm-dev", "crm-test", "shop-dev"}
    assert inventory.hosts["prod"] == {
        "aep_org_id": lab.org,
        "aep_sandbox_default": True,
        "aep_sandbox_name": "prod",
        "aep_sandbox_region": "VA7",
        "aep_sandbox_title": "Production",
        "aep_sandbox_type": "production",
    }
    assert inventory.groups == {
        "aep_sandboxes": ["crm-dev", "crm-test", "prod", "shop-dev"],
        "aep_sandbox_type_production": ["prod"],
        "aep_sandbox_type_development": ["crm-dev", "crm-test", "shop-dev"],
        "aep_sandbox_region_VA7": ["crm-dev", "prod"],
        "aep_sandbox_region_NLD2": ["crm-test", "shop-dev"],
    }
    assert queries(lab) == [f"limit={PAGE_SIZE}&offset=0"]
    graph = list_inventory(lab, None, "--graph").printed
    assert "|--@aep_sandbox_type_production:\n  |  |--prod" in graph


def test_sandboxes_that_are_not_active_are_left_out(lab: Lab) -> None:
    # The emulator lists active ones only.
    states = ("active", "creating", "failed", "deleted", "resetting", "of-the-future", None)
    listed = [{"name": f"is-{state}", "state": state} for state in states]
    lab.fault("GET", None, type="replace_body", body={"sandboxes": [*listed, {"name": "without"}]})
    assert set(list_inventory(lab).hosts) == {"is-active"}


def test_no_sandbox_is_named_in_the_request(lab: Lab) -> None:
    lab.switch(missing_sandbox="error")
    assert set(list_inventory(lab, AEP_SANDBOX_NAME="dev", AEP_SETTLE_TIME="long").hosts) == {"prod", "dev"}
    (request,) = lab.requests()
    assert request["headers"]["x-gw-ims-org-id"] == lab.org
    assert "x-sandbox-name" not in request["headers"]


@pytest.mark.parametrize(("number", "pages"), [(PAGE_SIZE - 1, 1), (PAGE_SIZE, 2), (2 * PAGE_SIZE + 1, 3)])
def test_pages_are_read_until_one_is_not_full(lab: Lab, number: int, pages: int) -> None:
    for index in range(number):
        store(lab, f"dev-{index:03}")
    assert sorted(list_inventory(lab).hosts) == [f"dev-{index:03}" for index in range(number)]
    assert queries(lab) == [f"limit={PAGE_SIZE}&offset={page * PAGE_SIZE}" for page in range(pages)]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, {"prod", "crm-dev", "crm-test", "shop-dev"}),
        ({"name": "crm-*"}, {"crm-dev", "crm-test"}),
        ({"name": ["prod", "shop-???"]}, {"prod", "shop-dev"}),
        ({"name": "crm"}, set()),
        ({"name": ["*-dev", "!shop-*"]}, {"crm-dev"}),
        ({"name": "!*-dev"}, {"prod", "crm-test"}),
        ({"title": "the SHOP"}, {"shop-dev"}),
        ({"type": "development", "region": ["nld2"]}, {"crm-test", "shop-dev"}),
        ({"default": "yes"}, {"prod"}),
        ({"default": False, "region": "VA7"}, {"crm-dev"}),
    ],
)
def test_filters_select_sandboxes(lab: Lab, filters: Spec, found: set[str]) -> None:
    store_some(lab)
    assert set(list_inventory(lab, {"filters": filters}).listed.get("_meta", {}).get("hostvars", {})) == found


def test_variables_and_groups_are_composed(lab: Lab) -> None:
    store_some(lab)
    options = {
        "compose": {"ansible_connection": "'local'", "team": "aep_sandbox_name.split('-') | first"},
        "keyed_groups": [{"key": "team", "prefix": "team"}],
        "groups": {"safe": "aep_sandbox_type != 'production' and team == 'crm'"},
        "filters": {"name": ["crm-*", "prod"]},
    }
    inventory = list_inventory(lab, options)
    assert inventory.hosts["prod"]["ansible_connection"] == "local"
    assert inventory.hosts["crm-dev"]["team"] == "crm"
    groups = inventory.groups
    assert (groups["team_crm"], groups["team_prod"], groups["safe"]) == (
        ["crm-dev", "crm-test"],
        ["prod"],
        ["crm-dev", "crm-test"],
    )
    wrong = {"compose": {"team": "no_such_variable"}}
    assert "team" not in list_inventory(lab, wrong).hosts["prod"]
    failure = list_inventory(lab, {**wrong, "strict": True}, **FAILS).failure
    assert "Could not apply compose, groups, or keyed_groups" in failure
    assert "Next step: correct the expression, or set strict to false." in failure


def test_text_of_the_service_is_no_template(lab: Lab) -> None:
    store(lab, "dev", title="{{ lookup('ansible.builtin.env', 'AEP_CLIENT_SECRET') }}", region="a b/c")
    inventory = list_inventory(lab, {"compose": {"copy": "aep_sandbox_title"}})
    assert inventory.groups["aep_sandbox_region_a_b_c"] == ["dev"]
    assert "lookup(" in json.dumps(inventory.hosts["dev"])
    assert SECRET not in inventory.printed


def test_what_the_service_does_not_report_is_null(lab: Lab) -> None:
    lab.put_state("sandboxes", "Dev", {"name": "Dev", "state": "active", "region": 7})
    inventory = list_inventory(lab)
    assert inventory.hosts["dev"] == {
        "aep_org_id": lab.org,
        "aep_sandbox_default": False,
        "aep_sandbox_name": "dev",
        "aep_sandbox_region": None,
        "aep_sandbox_title": None,
        "aep_sandbox_type": None,
    }
    assert inventory.groups == {"aep_sandboxes": ["dev"]}


# The cache


def cached(lab: Lab) -> Spec:
    place = str(lab.folder / "inventory-cache")
    return {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": place}


def cache_file(lab: Lab) -> pathlib.Path:
    (file,) = (lab.folder / "inventory-cache").iterdir()
    return file


def test_a_second_run_reads_the_cache(lab: Lab) -> None:
    store_some(lab)
    first = list_inventory(lab, cached(lab))
    requests = len(lab.requests()) + len(lab.requests("ims"))
    assert requests == 2
    store(lab, "new")
    assert list_inventory(lab, cached(lab), AEP_TOKEN_CACHE="false").hosts == first.hosts
    assert len(lab.requests()) + len(lab.requests("ims")) == requests
    # Filters apply to what is cached.
    assert set(list_inventory(lab, {**cached(lab), "filters": {"name": "prod"}}).hosts) == {"prod"}
    assert len(lab.requests()) == 1
    assert "new" in list_inventory(lab, cached(lab), "--list", "--flush-cache").hosts
    assert len(lab.requests()) == 2


def test_the_cache_holds_no_credential_and_is_of_one_organization(lab: Lab) -> None:
    store(lab, "prod", title=f"It is {SECRET}")
    assert list_inventory(lab, cached(lab)).hosts["prod"]["aep_sandbox_title"] == "It is ********"
    # Ansible stores text in a JSON document that is text in another one.
    content = cache_file(lab).read_text("utf-8").replace("\\", "")
    assert '"name": "prod", "title": "It is ********"' in content
    for hidden in (SECRET, token_of(lab), "token", lab.client_id, lab.org):
        assert hidden not in content
    other = Lab(lab.url, lab.folder)
    store(other, "theirs")
    assert set(list_inventory(other, cached(other)).hosts) == {"theirs"}
    assert len(other.requests()) == 1


@pytest.mark.parametrize(("before", "after"), [("region", "place"), ("development", "\udce9"), ("{", "")])
def test_an_unusable_cache_is_read_over(lab: Lab, before: str, after: str) -> None:
    list_inventory(lab, cached(lab))
    content = cache_file(lab).read_text("utf-8")
    assert before in content
    cache_file(lab).write_text(content.replace(before, after), "utf-8", "surrogateescape")
    inventory = list_inventory(lab, cached(lab))
    # Ansible's cache plugin warns of a file that is no JSON.
    assert set(json.loads(inventory.printed)["_meta"]["hostvars"]) == {"prod", "dev"}, inventory.errors
    assert ("Could not read the cached sandboxes of" in inventory.errors) == (before != "region")
    assert len(lab.requests()) == 2
    assert set(list_inventory(lab, cached(lab)).hosts) == {"prod", "dev"}
    assert len(lab.requests()) == 2


# Several accounts


@pytest.fixture
def partner(lab: Lab) -> Lab:
    """Another organization, with a client of its own."""
    return Lab(lab.url, lab.folder)


def account(lab: Lab, name: str, **more: t.Any) -> Spec:
    return {"name": name, "org_id": lab.org, "client_id": lab.client_id, "client_secret": SECRET, **more}


def test_two_accounts_make_one_inventory(lab: Lab, partner: Lab) -> None:
    store_some(lab)
    store(partner, "prod", type="production")
    store(partner, "dev")
    accounts = [account(lab, "acme", filters={"name": "crm-*"}), account(partner, "our-partner", filters=None)]
    inventory = list_inventory(
        lab, {"accounts": accounts, "filters": {"type": "production"}}, AEP_CLIENT_ID="", AEP_CLIENT_SECRET=""
    )
    assert set(inventory.hosts) == {"acme.crm-dev", "acme.crm-test", "our-partner.prod", "our-partner.dev"}
    assert inventory.hosts["our-partner.dev"]["aep_org_id"] == partner.org
    assert inventory.hosts["our-partner.dev"]["aep_sandbox_account"] == "our-partner"
    assert inventory.hosts["our-partner.dev"]["aep_sandbox_name"] == "dev"
    assert inventory.groups["aep_sandbox_account_our_partner"] == ["our-partner.dev", "our-partner.prod"]
    assert len(queries(lab)) == len(queries(partner)) == 1


def test_a_token_of_one_account_does_not_reach_another(lab: Lab, partner: Lab) -> None:
    accounts = [account(lab, "acme"), account(partner, "partner")]
    assert len(list_inventory(lab, {"accounts": accounts}, AEP_ACCESS_TOKEN="of-nobody").hosts) == 4
    # What the file sets for all counts where an account sets neither.
    shared = {"access_token": EMULATOR_TOKEN, "accounts": [{"name": "acme"}, account(partner, "partner")]}
    assert len(list_inventory(lab, shared).hosts) == 4
    assert len(lab.requests("ims")) == len(partner.requests("ims")) == 1


def test_accounts_are_cached_one_by_one(lab: Lab, partner: Lab) -> None:
    accounts = [account(lab, "acme"), account(partner, "partner")]
    first = list_inventory(lab, {**cached(lab), "accounts": accounts})
    assert list_inventory(lab, {**cached(lab), "accounts": accounts}).hosts == first.hosts
    assert len(first.hosts) == 4
    assert len(lab.requests()) == len(partner.requests()) == 1


def test_a_failing_account_fails_the_file(lab: Lab, partner: Lab) -> None:
    partner.fault("GET", None, type="status", status=403)
    accounts = [account(lab, "acme"), account(partner, "partner")]
    failure = list_inventory(lab, {"accounts": accounts}, **FAILS).failure
    assert f"Could not list the sandboxes of account 'partner', organization {partner.org}: GET" in failure
    assert "HTTP 403" in failure
    assert "Next step: check client_id and org_id, and" in failure


# Failures


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"accounts": []}, "Could not use accounts in '{file}': it is not a list with at least one account."),
        ({"accounts": ["acme"]}, "Could not use account 1 in '{file}': it is not a mapping."),
        ({"accounts": [{"org_id": "x"}]}, "Could not use account 1 in '{file}': its name is missing"),
        ({"accounts": [{"name": "a.b"}]}, "Could not use account 1 in '{file}': its name is missing, or not made of"),
        (
            {"accounts": [{"name": "a"}, {"name": "a"}]},
            "Could not use account 2 in '{file}': an account before it has the name 'a'.",
        ),
        (
            {"accounts": [{"name": "a", "orgid": 1}]},
            "Could not use account 'a' in '{file}': unsupported option orgid. Next step: correct or remove it."
            " Supported options: access_token, ",
        ),
        ({"filter": {}}, "Could not use the inventory file '{file}': unsupported option filter. Next step: correct or"),
        ({1: 2, "filter": "x"}, "Could not use the inventory file '{file}': unsupported option 1, filter. Next step: "),
        ({"sandbox_name": "dev"}, "sandbox_name has no effect on an inventory, which lists all sandboxes."),
        ({"filters": "prod"}, "Could not use filters in '{file}': it is not a mapping."),
        ({"filters": {"nam": "prod"}}, "Could not use filters in '{file}': unsupported option nam."),
        (
            {
                "accounts": [
                    {"name": "a", "org_id": "o", "client_id": "c", "access_token": OTHER_SECRET, "filters": {"nam": 1}}
                ]
            },
            "Could not use filters of account 'a' in '{file}': unsupported option nam.",
        ),
        ({"filters": {"name": []}}, "Could not use filters in '{file}': name has no pattern."),
        ({"filters": {"default": "perhaps"}}, "Could not use filters in '{file}': "),
        ({"retries": "few"}, "Could not use the inventory file '{file}': "),
        ({"base_url": "http://example.com"}, "Only loopback hosts can use http"),
        ({"org_id": "{{ no_such_variable }}"}, "Could not resolve org_id in '{file}': "),
        ({"cache": "perhaps"}, "Could not use the inventory file '{file}': argument 'cache' is of type"),
        ({"strict": "{{ true }}"}, "Could not use the inventory file '{file}': argument 'strict' is of type"),
        ({"compose": ["a"]}, "Could not use the inventory file '{file}': argument 'compose' is of type"),
        (
            {"keyed_groups": ["a"]},
            "Could not use the inventory file '{file}': Elements value for option 'keyed_groups'",
        ),
        ({"cache_timeout": "long"}, "Could not read the inventory file '{file}': "),
        ("plugin: [", "Could not read the inventory file '{file}': YAML parsing failed"),
        ("- plugin", "Could not read the inventory file '{file}': it is not a mapping."),
        ("plugin: other", "Could not read the inventory file '{file}': Incorrect plugin name in file: other."),
        ("", "Could not read the inventory file '{file}': "),
    ],
)
def test_a_malformed_file_is_refused_without_a_request(lab: Lab, options: t.Any, words: str) -> None:
    # Ansible's plugin auto reads the file as well, and reports in its own words that it is no YAML.
    content = {"client_secret": OTHER_SECRET, **options} if isinstance(options, dict) else options
    failure = list_inventory(lab, content, ANSIBLE_INVENTORY_ENABLED=PLUGIN, **FAILS).failure
    assert words.format(file=lab.folder / FILE) in failure
    assert "Next step: " in failure
    assert OTHER_SECRET not in failure
    assert lab.requests() + lab.requests("ims") == []


def test_a_broken_file_is_not_quoted(lab: Lab) -> None:
    text = f"plugin: {PLUGIN}\nclient_secret: {OTHER_SECRET}: [\n"
    inventory = list_inventory(lab, text, "--list", "-vvvv", ANSIBLE_INVENTORY_ENABLED=PLUGIN, **FAILS)
    assert "Next step: correct the YAML of the file." in inventory.failure
    assert OTHER_SECRET not in inventory.failure


@pytest.mark.parametrize("name", ["aep_sandboxes.yml", "it.sandboxes.yml", "it.aep_sandboxes.json"])
def test_other_files_are_not_read(lab: Lab, name: str) -> None:
    assert list_inventory(lab, file=name, ANSIBLE_INVENTORY_ENABLED=PLUGIN, **FAILS).status
    assert lab.requests() == []


def test_the_other_suffix(lab: Lab) -> None:
    assert set(list_inventory(lab, file="it.aep_sandboxes.yaml").hosts) == {"prod", "dev"}


def test_two_accounts_for_one_sandbox_are_refused(lab: Lab) -> None:
    store_some(lab)
    accounts = [account(lab, "one", filters={"name": "!prod"}), account(lab, "two")]
    failure = list_inventory(lab, {"accounts": accounts}, **FAILS).failure
    assert "the accounts 'one' and 'two' both list the sandbox" in failure
    assert "Next step: remove one of the accounts, or set filters in one of them." in failure
    accounts[1]["filters"] = {"name": "prod"}
    assert set(list_inventory(lab, {"accounts": accounts}).hosts) == {
        "one.crm-dev",
        "one.crm-test",
        "one.shop-dev",
        "two.prod",
    }


def test_missing_credentials(lab: Lab) -> None:
    failure = list_inventory(lab, AEP_CLIENT_ID="", AEP_CLIENT_SECRET="", **FAILS).failure
    assert "there is no client_id (AEP_CLIENT_ID), no client_secret (AEP_CLIENT_SECRET) or access_token" in failure
    assert "Next step: " in failure


def test_wrong_credentials(lab: Lab) -> None:
    lab.fault(
        "POST", None, type="status", status=401, body={"error": "invalid_client", "error_description": "invalid client"}
    )
    failure = list_inventory(lab, **FAILS).failure
    assert f"Could not get an access token for client_id {lab.client_id} from Adobe IMS" in failure
    assert "Next step: check client_id and client_secret." in failure
    assert lab.requests() == []


def test_a_token_that_is_refused(lab: Lab) -> None:
    failure = list_inventory(lab, AEP_ACCESS_TOKEN=OTHER_SECRET, **FAILS).failure
    assert f"Could not list the sandboxes of organization {lab.org}: GET" in failure
    assert "Next step: get a new access_token" in failure
    assert OTHER_SECRET not in failure
    assert len(lab.requests()) == 1


def test_a_token_that_was_revoked_is_renewed(lab: Lab) -> None:
    list_inventory(lab)
    lab.revoke_tokens()
    assert set(list_inventory(lab).hosts) == {"prod", "dev"}
    assert [request["status"] for request in lab.requests()] == [200, 401, 200]


def test_a_host_that_cannot_be_reached(lab: Lab) -> None:
    options = {"base_url": "http://127.0.0.1:1", "retries": 1}
    failure = list_inventory(lab, options, **FAILS).failure
    assert f"Could not list the sandboxes of organization {lab.org}: GET http://127.0.0.1:1{SANDBOXES_PATH}" in failure
    assert "Next step: check the network and the host in base_url and ims_url." in failure


def test_a_failure_that_passes_is_tried_again(lab: Lab) -> None:
    lab.fault("GET", None, type="status", status=503)
    assert set(list_inventory(lab).hosts) == {"prod", "dev"}
    assert [request["status"] for request in lab.requests()] == [503, 200]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<html>", "answered without a list of sandboxes"),
        ({"sandboxes": {"prod": {}}}, "answered without a list of sandboxes"),
        ({"sandboxes": [{"title": "?"}]}, "answered with an item that is not a sandbox with a name"),
        ({"sandboxes": ["prod"]}, "answered with an item that is not a sandbox with a name"),
    ],
)
def test_an_answer_that_cannot_be_read(lab: Lab, body: t.Any, words: str) -> None:
    lab.fault("GET", None, type="replace_body", body=body)
    failure = list_inventory(lab, **FAILS).failure
    assert words in failure
    assert "Next step: check that base_url is Adobe Experience Platform." in failure


def test_a_page_that_comes_twice_ends_the_listing(lab: Lab) -> None:
    same = [{"name": f"dev-{index}", "state": "active"} for index in range(PAGE_SIZE)]
    lab.fault("GET", None, times=None, type="replace_body", body={"sandboxes": same})
    assert "answered with the same page twice" in list_inventory(lab, **FAILS).failure
    assert len(lab.requests()) == 2


# Secrets


def test_a_secret_of_vault_a_lookup_or_an_extra_variable(lab: Lab) -> None:
    (lab.folder / "password").write_text("of the vault")
    encrypted = subprocess.run(
        [str(ANSIBLE / "ansible-vault"), "encrypt_string", "--vault-password-file", "password", SECRET],
        env=lab.environment(),
        cwd=lab.folder,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    file = f"plugin: {PLUGIN}\nretries: '{{{{ tries }}}}'\nclient_secret: {encrypted}\n"
    arguments = ("--list", "--vault-password-file", "password", "-e", "tries=2")
    assert set(list_inventory(lab, file, *arguments, AEP_CLIENT_SECRET="").hosts) == {"prod", "dev"}
    options = {
        "client_secret": "{{ lookup('ansible.builtin.env', 'OTHER') }}",
        "proxy": "{{ lookup('ansible.builtin.env', 'NO_SUCH') or omit }}",
    }
    assert set(list_inventory(lab, options, AEP_CLIENT_SECRET="", OTHER=SECRET).hosts) == {"prod", "dev"}


def token_of(lab: Lab) -> str:
    """The token in the cache of tokens, where there is one."""
    (file,) = [file for file in (lab.folder / "cache" / "aep.flow_service" / "tokens").glob("*") if not file.suffix]
    return t.cast(str, json.loads(file.read_text("utf-8"))["access_token"])


@pytest.mark.parametrize("status", [200, 403])
def test_no_secret_of_an_account_is_in_the_output(lab: Lab, partner: Lab, status: int) -> None:
    list_inventory(lab)
    hidden = [SECRET, EMULATOR_TOKEN, token_of(lab)]
    accounts = [account(lab, "acme"), account(partner, "partner", access_token=EMULATOR_TOKEN)]
    # The response to the second account quotes the secrets of both.
    title = " and ".join(hidden)
    if status == 200:
        body = {"sandboxes": [{"name": "a", "state": "active", "title": title}]}
        partner.fault("GET", None, type="replace_body", body=body)
    else:
        partner.fault("GET", None, type="status", status=status, body={"title": title, "status": status})
    inventory = list_inventory(lab, {**cached(lab), "accounts": accounts}, "--list", "-vvvv", **FAILS)
    assert (inventory.status == 0) == (status == 200)
    everything = inventory.printed + inventory.errors
    assert "******** and ******** and ********" in everything
    assert [text for text in (*hidden, "Bearer") if text in everything] == []
    if status == 200:
        content = cache_file(lab).read_text("utf-8")
        assert [text for text in hidden if json.dumps(text)[1:-1] in content or text in content] == []


def test_a_refusal_quotes_no_secret(lab: Lab) -> None:
    for options in (
        {"client_secret": OTHER_SECRET + "{{ no_such_variable }}"},
        {"client_secret": OTHER_SECRET, "retries": f"It is {OTHER_SECRET}"},
        {"base_url": f"http://me:{OTHER_SECRET}@example.com"},
        {"accounts": [account(lab, "acme", timeout=OTHER_SECRET), account(lab, "partner", client_secret=OTHER_SECRET)]},
    ):
        inventory = list_inventory(lab, options, "--list", "-vvvv", **FAILS)
        assert "Could not " in inventory.failure
        assert "Next step: " in inventory.failure
        assert OTHER_SECRET not in inventory.failure
    assert lab.requests() == []


# What the documentation shows


@pytest.mark.parametrize("number", range(3))
def test_the_examples_of_the_plugin(lab: Lab, partner: Lab, number: int) -> None:
    store_some(lab)
    store(partner, "prod", type="production")
    example = list(yaml.safe_load_all(sandboxes.EXAMPLES))[number]
    text = sandboxes.EXAMPLES.split("---\n")[1:][number]
    for published, org in (("0123456789ABCDEF01234567", lab.org), ("76543210FEDCBA9876543210", partner.org)):
        text = text.replace(f"{published}@AdobeOrg", org)
    variables = {
        "ACME_CLIENT_ID": lab.client_id,
        "ACME_CLIENT_SECRET": SECRET,
        "PARTNER_CLIENT_ID": partner.client_id,
        "PARTNER_CLIENT_SECRET": SECRET,
    }
    inventory = list_inventory(lab, text, **variables)
    all_hosts = {"prod", "crm-dev", "crm-test", "shop-dev"}
    found = [all_hosts, all_hosts - {"prod"}, {f"acme.{name}" for name in all_hosts} | {"partner.prod"}]
    assert set(inventory.hosts) == found[number]
    assert ("team_crm" in inventory.groups) == ("keyed_groups" in example)


def test_a_play_uses_the_hosts(lab: Lab) -> None:
    store_some(lab)
    list_inventory(lab, {"compose": {"ansible_connection": "'local'"}})
    play = {"hosts": "aep_sandbox_type_development", "vars": {"ansible_python_interpreter": lab.python}}
    task = {
        "name": "it",
        "aep.flow_service.flow_spec_info": {"name": "RestStorageToAEP", "sandbox_name": "{{ aep_sandbox_name }}"},
    }
    # All hosts wait for their responses at the same time, after the inventory has used a connection in their parent.
    lab.fault("GET", "flowSpecs", times=None, type="delay", seconds=1, when="before")
    done = lab.run_playbook("-i", FILE, lab.write_playbook(task, play=play))
    assert done.status == 0, done.output
    of_the_play = [request for request in lab.requests() if request["path"] != SANDBOXES_PATH]
    served = sorted(request["headers"]["x-sandbox-name"] for request in of_the_play)
    assert served == ["crm-dev", "crm-test", "shop-dev"]
