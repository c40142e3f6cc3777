# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is kept by hand in several places says the same in all of them."""

from __future__ import annotations

import importlib
import re
import tomllib
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.aep.flow_service.plugins.doc_fragments.approval import ModuleDocFragment as Approval
from ansible_collections.aep.flow_service.plugins.doc_fragments.backup import ModuleDocFragment as Backup
from ansible_collections.aep.flow_service.plugins.doc_fragments.connection import ModuleDocFragment as Connection
from ansible_collections.aep.flow_service.plugins.doc_fragments.definition import ModuleDocFragment as Definition
from ansible_collections.aep.flow_service.plugins.doc_fragments.definitions import ModuleDocFragment as Definitions
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import CONNECTION_SPEC, FLOW_SPEC, Kind
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.finding_classes import FINDINGS, IGNORABLE
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.options import connection_options
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.registry import OPERATIONS
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.rules import _KEYS
from ansible_collections.aep.flow_service.plugins.plugin_utils._look_up import lookup_options

ROOT = Path(__file__).parents[2]
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))


def read(name: str) -> t.Any:
    return yaml.safe_load(text(name))


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def documentation(module: str) -> t.Any:
    loaded = importlib.import_module(f"ansible_collections.aep.flow_service.plugins.modules.{module}")
    return yaml.safe_load(loaded.DOCUMENTATION)


def test_the_action_group_holds_every_module() -> None:
    assert read("meta/runtime.yml")["action_groups"]["all"] == MODULES
    assert set(MODULES) <= set(OPERATIONS)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_and_its_action_are_the_same_operation(module: str) -> None:
    action = importlib.import_module(f"ansible_collections.aep.flow_service.plugins.action.{module}")
    assert action.ActionModule.operation is OPERATIONS[module]
    wiring = (ROOT / "plugins" / "modules" / f"{module}.py").read_text(encoding="utf-8")
    assert f'run(OPERATIONS["{module}"])' in wiring


FRAGMENTS = {
    "backup": Backup.DOCUMENTATION,
    "approval": Approval.DOCUMENTATION,
    "connection": Connection.DOCUMENTATION,
    "definition": Definition.DOCUMENTATION,
    "definitions": Definitions.DOCUMENTATION,
}


@pytest.mark.parametrize("module", MODULES)
def test_options_are_documented_as_they_are_declared(module: str) -> None:
    own = documentation(module)
    documented = dict(own.get("options", {}))
    fragments = own["extends_documentation_fragment"]
    for name, fragment in FRAGMENTS.items():
        if f"aep.flow_service.{name}" in fragments:
            documented |= yaml.safe_load(fragment)["options"]
    declared = OPERATIONS[module].argument_spec
    assert documented.keys() == declared.keys()
    for name, option in declared.items():
        for key in ("type", "elements", "default", "choices", "aliases", "required"):
            assert documented[name].get(key) == option.get(key), f"{name}, {key}"


@pytest.mark.parametrize("module", MODULES)
def test_every_module_documents_examples_returns_and_attributes(module: str) -> None:
    loaded = importlib.import_module(f"ansible_collections.aep.flow_service.plugins.modules.{module}")
    fragments = documentation(module)["extends_documentation_fragment"]
    kind = "info" if module.endswith("_info") or OPERATIONS[module].is_offline else "writer"
    assert {"aep.flow_service.attributes", f"aep.flow_service.attributes.{kind}"} <= set(fragments)
    examples = yaml.safe_load(loaded.EXAMPLES)
    assert any(f"aep.flow_service.{module}" in example for example in examples)
    for name, value in yaml.safe_load(loaded.RETURN).items():
        assert "sample" in value or "contains" in value, name
        assert {"description", "returned", "type"} <= value.keys(), name


def test_environment_variables_are_documented_and_follow_one_pattern() -> None:
    documented = yaml.safe_load(Connection.DOCUMENTATION)["options"]
    for name, option in connection_options().items():
        (variable,) = option["fallback"][1]
        assert variable == f"AEP_{name.upper()}"
        assert f"E({variable})" in " ".join(documented[name]["description"])


def test_a_lookup_has_every_option_of_the_connection_from_variables_and_the_environment() -> None:
    documented = yaml.safe_load(Connection.LOOKUP)["options"]
    assert documented == {
        name: {"env": [{"name": f"AEP_{name.upper()}"}], "vars": [{"name": f"aep_{name}"}]}
        for name in connection_options()
    }


def test_the_lookups_are_one_for_each_kind_of_spec() -> None:
    for kind in (CONNECTION_SPEC, FLOW_SPEC):
        lookup = importlib.import_module(f"ansible_collections.aep.flow_service.plugins.lookup.{kind.result_key}")
        assert lookup.LookupModule.kind is kind
        options = yaml.safe_load(lookup.DOCUMENTATION)["options"].keys() - {"_terms"}
        assert options == lookup_options().keys() - connection_options().keys()


def test_secrets_are_marked() -> None:
    secret = {name for name, option in connection_options().items() if option.get("no_log")}
    assert secret == {"access_token", "client_secret"}


def test_versions_agree() -> None:
    version = read("galaxy.yml")["version"]
    assert version in (ROOT / "CHANGELOG.rst").read_text(encoding="utf-8") or list(
        (ROOT / "changelogs" / "fragments").iterdir()
    )
    assert tomllib.loads(text("extensions/emulator/pyproject.toml"))["project"]["version"] == version


def requirement(file: str, package: str) -> str:
    """The range of versions of a package that a requirements file gives."""
    return next(line.removeprefix(package) for line in text(file).splitlines() if re.match(rf"{package}[<=>]", line))


def test_the_supported_versions_of_ansible_are_the_same_everywhere() -> None:
    oldest = read("meta/runtime.yml")["requires_ansible"]
    assert oldest == ">=2.19.0"
    assert requirement("tests/tools/requirements-oldest.txt", "ansible-core") == f"{oldest},<2.20"
    newest = requirement("tests/tools/requirements-newest.txt", "ansible-core")
    whole = f"{oldest},{newest.partition(',')[2]}"
    for name in ("lint", "demo", "docs", "release", "importer"):
        assert requirement(f"tests/tools/requirements-{name}.txt", "ansible-core") == whole, name
    docs_check = tomllib.loads(text("antsibull-nox.toml"))["sessions"]["docs_check"]
    assert docs_check["ansible_core_package"] == f"ansible-core{whole}"
    for role in (path.name for path in (ROOT / "roles").iterdir()):
        assert read(f"roles/{role}/meta/main.yml")["galaxy_info"]["min_ansible_version"] == "2.19", role
    for page in ("README.md", "docs/getting-started.md"):
        assert "ansible-core 2.19 or newer" in " ".join(text(page).split()), page


def test_the_supported_versions_of_python_are_the_same_everywhere() -> None:
    settings = tomllib.loads(text("pyproject.toml"))["tool"]
    assert settings["ruff"]["target-version"] == "py311"
    assert settings["mypy"]["python_version"] == "3.11"
    assert tomllib.loads(text("extensions/emulator/pyproject.toml"))["project"]["requires-python"] == ">=3.11"
    assert '"oldest": ">=3.11,' in text("noxfile.py")
    # What the modules run with follows from ansible-core.
    assert read("tests/config.yml")["modules"]["python_requires"] == "controller"
    for page in ("README.md", "CONTRIBUTING.md"):
        assert "Python 3.11 or newer" in " ".join(text(page).split()), page


def test_a_page_names_the_variables_of_its_options() -> None:
    rows = re.findall(r"\| (`[a-z_`, ]+`) \| (`AEP_[A-Z_`, ]+`) \|", text("docs/authentication.md"))
    assert len(rows) > 3
    for options, variables in rows:
        for option, variable in zip(options.split(", "), variables.split(", "), strict=True):
            (declared,) = connection_options()[option.strip("`")]["fallback"][1]
            assert declared == variable.strip("`")


@pytest.mark.parametrize("kind", [FLOW_SPEC, CONNECTION_SPEC], ids=["flow_spec", "connection_spec"])
def test_every_field_that_adobe_publishes_is_an_option(kind: Kind) -> None:
    published = read("tests/fixtures/published-fields.yml")[kind.collection]
    options = {field.name for field in kind.fields}
    spellings = {spelling for spellings in kind.spellings.values() for spelling in spellings}
    assert {*published["requests"], *published["answers"]} <= options | spellings | {"id"}
    # The guides have some that the description lacks; what is in neither is not to be made up.
    in_the_guides = {"description"} if kind is CONNECTION_SPEC else {"transformationSpecs"}
    assert options <= {*published["requests"], *in_the_guides}


def test_a_page_lists_everything_that_a_playbook_can_name() -> None:
    page = text("docs/contents.md")
    lookups = (path.stem for path in (ROOT / "plugins" / "lookup").glob("*.py"))
    filters = (path.stem for path in (ROOT / "plugins" / "filter").glob("*.yml"))
    inventories = (path.stem for path in (ROOT / "plugins" / "inventory").glob("*.py"))
    playbooks = (f"aep.flow_service.{path.stem}" for path in (ROOT / "playbooks").glob("*.yml"))
    for name in (
        *MODULES,
        *(path.name for path in (ROOT / "roles").iterdir()),
        *lookups,
        *filters,
        *inventories,
        *playbooks,
    ):
        assert f"`{name}`" in page, name
    # The README sends the reader there, and names the roles, which do the main tasks.
    readme = text("README.md")
    assert "(docs/contents.md)" in readme
    assert all(f"`{path.name}`" in readme for path in (ROOT / "roles").iterdir())


def test_the_options_of_a_source_are_what_the_role_uses() -> None:
    options = read("roles/source/meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    assert set(options) == {"source_definitions", "source_check", "source_approved_findings"}
    nested = set(options["source_definitions"]["options"])
    assert nested == {"definition", "src", "match_on", "flow_spec_id", "flow_spec_name", "link"}
    used = text("roles/source/tasks/main.yml") + text("plugins/plugin_utils/_source_plan.py")
    assert {name for name in nested if re.search(rf"\b{name}\b", used)} == nested


def count_tasks(tasks: list[dict[str, t.Any]]) -> int:
    """Return how many tasks there are, without the blocks around them."""
    sections = [[each[part] for part in ("block", "rescue", "always") if part in each] for each in tasks]
    return sum(sum(map(count_tasks, parts)) if parts else 1 for parts in sections)


# The role restore has a task to look up, and one to restore, for each of several kinds.
@pytest.mark.parametrize(
    ("role", "limit"), [("audit", 10), ("promote", 10), ("remediate", 10), ("restore", 13), ("source", 10)]
)
def test_a_role_reads_like_a_table_of_contents(role: str, limit: int) -> None:
    files = (ROOT / "roles" / role / "tasks").glob("*.yml")
    counts = {file.name: count_tasks(yaml.safe_load(file.read_text(encoding="utf-8"))) for file in files}
    assert 0 < sum(counts.values()) <= limit, counts


@pytest.mark.parametrize("role", ["audit", "export", "promote", "remediate", "restore", "verify"])
def test_a_role_has_a_default_for_each_option_that_is_not_required(role: str) -> None:
    for entry in read(f"roles/{role}/meta/argument_specs.yml")["argument_specs"].values():
        defaults = read(f"roles/{role}/defaults/main.yml")
        for name, option in entry["options"].items():
            assert (name in defaults) != option.get("required", False), name
            if "default" in option:
                assert option["default"] == defaults[name], name


def test_what_a_rule_of_an_audit_has_is_the_same_everywhere() -> None:
    options = read("roles/audit/meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    declared = OPERATIONS["audit_info"].argument_spec
    assert set(options["audit_ignore_rules"]["options"]) == _KEYS
    assert options["audit_ignore_rules"]["options"]["findings"]["choices"] == list(IGNORABLE)
    assert options["audit_fail_on"]["choices"] == declared["fail_on"]["choices"]
    assert options["audit_fail_on"]["default"] == declared["fail_on"]["default"]
    schema = read("roles/audit/files/report.schema.json")
    assert schema["$defs"]["finding"]["enum"] == list(FINDINGS)
    assert set(schema["$defs"]["counts"]["required"]) <= set(FINDINGS)
    page = text("roles/audit/files/report.html")
    words = page[page.index("const FINDINGS = new Map([") : page.index("const KINDS = ")]
    assert re.findall(r"^    \['(\w+)', \{label:", words, re.MULTILINE) == list(FINDINGS)
    assert set(FINDINGS) <= set(re.findall(r"\.f-(\w+)", page))
    assert re.findall(r"^\| `(\w+)` \|", text("docs/audit.md"), re.MULTILINE)[: len(FINDINGS)] == list(FINDINGS)


def test_every_filter_is_documented() -> None:
    prefix = "ansible_collections.aep.flow_service.plugins.filter"
    files = (ROOT / "plugins" / "filter").glob("*.py")
    modules = [importlib.import_module(f"{prefix}.{path.stem}") for path in files]
    names = {name for module in modules for name in module.FilterModule().filters()}
    assert names == {path.stem for path in (ROOT / "plugins" / "filter").glob("*.yml")}


def test_there_is_no_sanity_ignore_file() -> None:
    assert not list(ROOT.glob("tests/sanity/ignore*"))
