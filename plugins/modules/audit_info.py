#!/usr/bin/python
# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: audit_info
short_description: Audit a sandbox against its definitions
version_added: 0.1.0
description:
  - Compares the live flow specs and connection specs of a sandbox with definitions, and the links of its flow specs with its
    connection specs. The module lists each kind one time, and never writes.
  - Pass the definitions in O(flow_specs) and O(connection_specs), or in files with O(flow_specs_src) and
    O(connection_specs_src). To exclude known findings, set O(ignore_rules).
  - If O(dataflows) is V(true), the module also finds dataflows that need attention.
  - The module fails only if it cannot audit the sandbox. Findings do not cause a failure. See RV(audit).
  - To write reports, and to fail on findings, use the role P(aep.flow_service.audit#role), which runs this module.
author:
  - aep.flow_service contributors (@aep-flow-service)
options:
  flow_specs:
    description: Definitions of flow specs, as in O(aep.flow_service.flow_specs#module:definitions).
    type: list
    elements: dict
    default: []
  flow_specs_src:
    description: A file or directory with definitions of flow specs, as in O(aep.flow_service.flow_specs#module:src).
    type: path
  connection_specs:
    description: Definitions of connection specs, as in O(aep.flow_service.connection_specs#module:definitions).
    type: list
    elements: dict
    default: []
  connection_specs_src:
    description: A file or directory with definitions of connection specs, as in O(aep.flow_service.connection_specs#module:src).
    type: path
  ignore_paths:
    description: The parts of managed fields that the module does not compare, as in O(aep.flow_service.flow_specs#module:ignore_paths).
    type: list
    elements: str
    default: []
  match_on:
    description:
      - The paths of the values by which the module finds a live spec without an ID in its definition, as in
        O(aep.flow_service.connection_specs#module:match_on).
      - If a path begins with a field of connection specs only, such as V(sourceSpec.attributes.uiAttributes.label.text), the option
        applies to the definitions of connection specs. The module then finds flow specs by name and provider.
    type: list
    elements: str
    version_added: 0.2.0
  definition_checks:
    description:
      - Whether to check the definitions as M(aep.flow_service.definition_check) does. Each error and each warning is a finding
        C(flawed).
      - If O(fail_on) contains V(flawed), the module always checks the definitions.
    type: bool
    default: false
    version_added: 0.2.0
  dataflows:
    description:
      - Whether to audit the health of the dataflows, too. The module lists the accounts, source connections, target connections,
        and flows of the sandbox one time each.
      - Findings are C(failing), C(stale), C(unsupported), C(disabled), and C(orphaned), which
        the role P(aep.flow_service.audit#role) describes.
    type: bool
    default: false
    version_added: 0.2.0
  dataflow_definitions:
    description:
      - Definitions of dataflows and accounts, as in O(aep.flow_service.dataflow#role:main:dataflow_definitions). A definition with
        only C(connection) defines an account. The module does not compare mapping sets.
      - The module does not compare secrets, and rejects C(auth_secrets).
    type: list
    elements: dict
    default: []
    version_added: 0.2.0
  dataflow_definitions_src:
    description:
      - A file or directory with such definitions, in YAML or JSON. A file has one definition, a list, or the list as
        C(dataflow_definitions) in a mapping.
      - The module ignores C(auth_secrets) in the files, and renders no templates.
    type: path
    version_added: 0.2.0
  dataflow_overrides:
    description:
      - The values of the sandbox for the definitions of O(dataflow_definitions_src), by the names of dataflows, as in
        O(aep.flow_service.dataflow#role:main:dataflow_overrides).
    type: dict
    default: {}
    version_added: 0.2.0
  ignore_rules:
    description:
      - Rules that exclude findings. Each has C(spec) (an ID, or a name with V(*) and V(?) for any characters) and C(reason), and
        can have C(kind), C(findings), C(paths), C(checks), and C(expires). See
        O(aep.flow_service.audit#role:main:audit_ignore_rules).
    type: list
    elements: dict
    default: []
  ignore_rules_src:
    description: A file with such rules, in YAML or JSON, as a list or as C(rules) in a mapping.
    type: path
  fail_on:
    description: The findings that count as failing. C(invalid) always counts as failing.
    type: list
    elements: str
    choices:
      - missing
      - drifted
      - dangling
      - unlinked
      - failing
      - unsupported
      - stale
      - flawed
      - orphaned
      - disabled
      - unmanaged
      - expired_rule
    default:
      - missing
      - drifted
      - dangling
      - unlinked
      - failing
      - unsupported
      - stale
  label:
    description: The name of the sandbox in the audit. By default, O(sandbox_name).
    type: str
extends_documentation_fragment:
  - aep.flow_service.connection
  - aep.flow_service.attributes
  - aep.flow_service.attributes.info
seealso:
  - plugin: aep.flow_service.audit_merge
    plugin_type: filter
    description: Merges audits into one report.
  - module: aep.flow_service.spec_export
"""

EXAMPLES = r"""
# The credentials come from the environment: AEP_CLIENT_ID, AEP_CLIENT_SECRET and AEP_ORG_ID.
- name: Compare the sandbox with what is in the repository
  aep.flow_service.audit_info:
    flow_specs_src: specs/flow_specs
    connection_specs_src: specs/connection_specs
  register: compared

- name: Compare streaming sources, which all have one name, by their labels
  aep.flow_service.audit_info:
    connection_specs_src: specs/streaming
    match_on:
      - sourceSpec.attributes.uiAttributes.label.text
  register: streaming

- name: Find dataflows that fail, and dataflows that do not run on schedule
  aep.flow_service.audit_info:
    dataflows: true
    fail_on:
      - failing
      - stale
  register: health

- name: Say what was found
  ansible.builtin.debug:
    msg: "{{ compared.audit.message }}"
"""

RETURN = r"""
audit:
  description: The audit of the sandbox.
  returned: always, except if an option is invalid
  type: dict
  contains:
    host:
      description: The name of the sandbox, as in O(label).
      type: str
      sample: dev
    org_id:
      description: The organization.
      type: str
      sample: 1234567890ABCDEF@AdobeOrg
    sandbox_name:
      description: The sandbox.
      type: str
      sample: dev
    base_url:
      description: The base URL of the service.
      type: str
      sample: https://platform.adobe.io
    audited_at:
      description: The start of the audit, in UTC.
      type: str
      sample: "2026-11-24T03:00:00Z"
    seconds:
      description: The duration of the audit in seconds.
      type: float
      sample: 0.8
    result:
      description: V(clean) without failing findings, V(findings) with failing findings, and V(not_audited) after a failure.
      type: str
      sample: findings
    failure:
      description:
        - The reason why the sandbox was not audited, with C(cause) (V(unreachable), V(refused), V(input), or V(other)),
          C(message), and C(request_id).
      type: dict
      sample:
    fail_on:
      description: The findings that count as failing.
      type: list
      elements: str
      sample: [dangling, drifted, missing, unlinked]
    counts:
      description: The number of findings of each class, without ignored findings.
      type: dict
      sample:
        invalid: 0
        missing: 0
        drifted: 1
        dangling: 0
        unlinked: 0
        failing: 0
        unsupported: 0
        stale: 0
        flawed: 0
        orphaned: 0
        disabled: 0
        unmanaged: 4
        expired_rule: 0
        in_sync: 12
    ignored:
      description: The number of ignored findings.
      type: int
      sample: 0
    failing:
      description: The number of failing findings.
      type: int
      sample: 1
    message:
      description: A summary of the findings.
      type: str
      sample: 1 drifted, 4 unmanaged, and 12 in sync
    findings:
      description: All findings, the most severe first.
      type: list
      elements: dict
      sample:
        - finding: drifted
          kind: flow_spec
          name: RestStorageToAEP
          id: 6499120c-0b15-42dc-936e-847ea3c24d72
          provider_id: 0ed90a81-07f4-4586-8190-b40eccef1c5a
          src: specs/flow_specs/RestStorageToAEP.yml
          message: It differs from its definition in 1 place.
          fails: true
          changes:
            - path: version
              before: "1.0"
              after: "1.1"
          connection_spec_ids: []
          ignored:
          ignored_changes: []
    links:
      description: The connection specs that each flow spec supports. The name is null if no connection spec has the ID.
      type: list
      elements: dict
      sample:
        - id: 6499120c-0b15-42dc-936e-847ea3c24d72
          name: RestStorageToAEP
          sources:
            - id: 2e8580db-6489-4726-96de-e33f5f60295f
              name: mailchimp-members
# The rest is generated by "make generate": api.
api:
  description: The requests that the task sent to the service. Requests for a token do not count.
  returned: always, except if an option is invalid
  type: dict
  contains:
    requests:
      description: The number of requests.
      type: int
      sample: 3
    writes:
      description: The number of requests that write. Always 0 in check mode.
      type: int
      sample: 0
    retries:
      description: The number of requests that were sent again after a failure.
      type: int
      sample: 0
    request_ids:
      description: The IDs that the service assigned to the requests, for Adobe support.
      type: list
      elements: str
      sample:
        - 6dGTxQYl1GPJp0K5rMHjlKvo4nBSmRJr
"""

from ansible_collections.aep.flow_service.plugins.module_utils._module import run
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.registry import OPERATIONS


def main() -> None:
    """Run the module."""
    run(OPERATIONS["audit_info"])


if __name__ == "__main__":
    main()
