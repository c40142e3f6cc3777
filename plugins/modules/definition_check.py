#!/usr/bin/python
# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: definition_check
short_description: Check definitions without the platform
version_added: 0.2.0
description:
  - Checks definitions of connection specs and flow specs by their schemas, and by rules that a schema cannot express.
    Examples are placeholders that are never replaced, secrets in a spec, and text that YAML reads as something else.
  - The module sends no request and requires no credentials. It always runs on the controller, for any connection of the
    task.
  - Each check has an ID, a severity, and a source. See the page L(Checks of definitions,
    https://github.com/aep-flow-service/aep.flow_service/blob/main/docs/checks.md).
  - Adobe can still reject a definition without findings, and can accept a definition with findings.
author:
  - aep.flow_service contributors (@aep-flow-service)
options:
  src:
    description:
      - A file with definitions, or a directory, on the controller. The files of a directory are selected as in
        O(aep.flow_service.flow_specs#module:src).
      - If you also set O(definitions), the module checks both.
    type: path
  definitions:
    description: The definitions with the field names of the API, as in O(aep.flow_service.flow_specs#module:definitions).
    type: list
    elements: dict
  kind:
    description:
      - The kind of every definition. Without it, the fields of a definition determine its kind. If they fit both kinds, the module
        runs only the checks that both kinds have.
    type: str
    choices:
      - connection_spec
      - flow_spec
  partial:
    description:
      - Whether the definitions can be for existing specs, and omit the fields that they do not manage. A missing field is then
        not a finding.
      - A definition with an ID does not require all fields.
    type: bool
    default: false
  fail_on:
    description:
      - The lowest severity that fails the task. With V(hint), every finding fails it.
      - If V(never), the task returns the findings and does not fail.
    type: str
    choices:
      - error
      - warning
      - hint
      - never
    default: error
  ignore:
    description: Findings to exclude, each with a reason.
    type: list
    elements: dict
    default: []
    suboptions:
      check:
        description: The ID of the check, such as V(AUT034).
        type: str
        required: true
      reason:
        description: The reason why the finding is acceptable.
        type: str
        required: true
      paths:
        description:
          - Paths in the definition, as in RV(findings), with V(*) and V(?) for any characters. Without them, the entry holds
            for every path.
        type: list
        elements: str
        default: []
      src:
        description:
          - A file, or the end of its path, with V(*) and V(?) for any characters. Without it, the entry holds for every
            definition.
        type: str
extends_documentation_fragment:
  - aep.flow_service.connection
  - aep.flow_service.attributes
  - aep.flow_service.attributes.info
notes:
  - The connection options have no effect. They are accepted because C(module_defaults) for the action group sets them for
    every module.
seealso:
  - module: aep.flow_service.connection_specs
  - module: aep.flow_service.flow_specs
"""

EXAMPLES = r"""
- name: Check all definitions of a repository
  aep.flow_service.definition_check:
    src: connection_specs

- name: Accept no warning, except for one with a reason
  aep.flow_service.definition_check:
    src: connection_specs
    fail_on: warning
    ignore:
      - check: AUT023
        reason: The field is no secret, but the name of one.
        paths:
          - authSpec.*.spec.properties.tokenName

- name: Collect findings without failing
  aep.flow_service.definition_check:
    definitions:
      - name: acme-orders
        providerId: 0ed90a81-07f4-4586-8190-b40eccef1c5a
        version: 1.0
    kind: connection_spec
    fail_on: never
  register: checked

- name: Show the findings
  ansible.builtin.debug:
    msg: "{{ checked.findings }}"
"""

RETURN = r"""
findings:
  description: The findings in the order of definitions, and in the order of lines in a file.
  returned: always, except if an option is invalid
  type: list
  elements: dict
  contains:
    check:
      description: ID of the check.
      type: str
      sample: AUT003
    severity:
      description:
        - V(error) if the definition cannot work or a source requires otherwise, V(warning) if it is most likely wrong,
          V(hint) if it is worth a look.
      type: str
      sample: error
    path:
      description: Path in the definition, with dots between its steps. Empty if the finding is about the whole definition.
      type: str
      sample: version
    message:
      description: The problem, and its correction.
      type: str
      sample: '`version` is the number 1.0, and text is expected: write `"1.0"`.'
    src:
      description: File of the definition, or null if it is from O(definitions).
      type: str
      sample:
    line:
      description: Line in the file. For a missing field, the line of the mapping that lacks it.
      type: int
      sample:
    column:
      description: Column in the file.
      type: int
      sample:
    definition:
      description: The option or file, and the place in it of the definition.
      type: str
      sample: definitions[0]
  sample:
    - check: AUT003
      severity: error
      path: version
      message: '`version` is the number 1.0, and text is expected: write `"1.0"`.'
      src:
      line:
      column:
      definition: definitions[0]
ignored:
  description: The findings that O(ignore) excludes, each with the C(reason).
  returned: always, except if an option is invalid
  type: list
  elements: dict
  sample: []
counts:
  description: The number of findings by severity.
  returned: always, except if an option is invalid
  type: dict
  sample:
    error: 1
    warning: 0
    hint: 0
checked:
  description: The number of definitions.
  returned: always, except if an option is invalid
  type: int
  sample: 1
# The rest is generated by "make generate".
"""

from ansible_collections.aep.flow_service.plugins.module_utils._module import run
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.registry import OPERATIONS


def main() -> None:
    """Run the module."""
    run(OPERATIONS["definition_check"])


if __name__ == "__main__":
    main()
