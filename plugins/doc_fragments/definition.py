# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # How the content of a spec is given, for both kinds of spec.
    DOCUMENTATION = r"""
options:
  state:
    description:
      - V(present) creates the spec or updates it.
      - V(absent) always fails, before any request, since the API has no way to delete a spec.
    type: str
    choices:
      - present
      - absent
    default: present
  id:
    description:
      - The ID of the spec. It must exist, since the service gives IDs itself.
      - Without it, the spec is found by the ID in O(definition) or O(src), where a spec of that ID exists, and then
        by its name or by O(match_on).
    type: str
  name:
    description:
      - The name of the spec. Together with O(id), the spec is given this name.
      - Two live specs that match the name are a failure that lists their IDs.
    type: str
  provider_id:
    description:
      - The ID of the provider. It tells specs of the same name apart, and is required to create a spec.
      - Seen in Adobe's documentation are V(0ed90a81-07f4-4586-8190-b40eccef1c5a) for batch sources and
        V(521eee4d-8cbe-4906-bb48-fb6bd4450033) for streaming sources.
    type: str
  version:
    description: The version of the spec, such as V(1.0).
    type: str
  type:
    description: The type of the spec, such as V(generic-rest) or V(generic-streaming).
    type: str
  attributes:
    description: Attributes of the spec, a free mapping.
    type: dict
  permissions_info:
    description: Which permissions it takes to view and to manage what is made of the spec.
    type: dict
  entitlement_info:
    description: Which entitlements the spec requires.
    type: list
    elements: dict
  policy:
    description: The policy of the spec.
    type: dict
  definition:
    description:
      - The spec as the API has it, with the API's own names, such as a saved answer of the API. A list C(items) around
        it and the fields that the service owns are left aside.
      - Options of the module win over it.
      - Mutually exclusive with O(src).
    type: dict
  src:
    description:
      - A file with the definition, in JSON or YAML. See O(definition).
      - YAML is read by the core schema of YAML 1.2. V(yes), V(no), V(on), V(off), V(12:30:45), and dates are text, V(0123) is the
        number 123, and V(0o17) is the number 15. Put text that looks like a number in quotes, such as a version. An unquoted
        V(1.10) has lost its zero.
      - A relative path starts at the working directory. On the controller, it is then looked up in the C(files) directory of the role
        and of the play.
      - A file that is encrypted by ansible-vault is decrypted if the task runs in the process of Ansible on the controller, that is, with
        a local connection and without C(become) and C(async). Otherwise, the task fails.
      - Mutually exclusive with O(definition).
    type: path
  ignore_paths:
    description:
      - Parts of managed fields to leave as they are on the service, in comparing and in writing.
      - Each is a path in the API's own names with dots between its steps, such as V(attributes.uiAttributes.label).
        V(*) stands for any one step, a number for a place in a list. A dot in a key is written as C(\\.).
      - What is ignored and not there yet is not written, but for a place in a list, which cannot be left out.
    type: list
    elements: str
    default: []
  match_on:
    description:
      - The values by which the spec is recognized, unless it is found by its ID. Each is a path into the definition
        in the API's own names with dots between the steps, such as V(sourceSpec.attributes.uiAttributes.label.text). A live
        spec matches if it has equal values at all of these paths.
      - By default, a spec is recognized by its C(name), and by its C(providerId) if the definition has one.
      - Adobe requires the name C(generic-streaming) for every streaming source. If a live connection spec has this name, a
        definition with this name requires an ID or O(match_on) with a value that tells these sources apart. Usually, this is
        V(sourceSpec.attributes.uiAttributes.label.text). Otherwise, the task fails and lists the IDs and labels found.
      - If no live spec matches, a spec is created. If a value at one of these paths changes in the definition, set the ID
        to update the spec instead of creating another one.
      - A definition without a value at one of these paths, and without an ID, is rejected before any request.
    type: list
    elements: str
    version_added: 0.2.0
notes:
  - A field that is given is managed, that is, compared whole and in both directions. A field that is not given is left
    exactly as it is.
  - A spec that is updated is shared by everybody who uses the sandbox. The API keeps no earlier version of it. RV(previous)
    holds what it takes to go back.
  - A field that is null in O(definition) or O(src) is taken away. An empty field and a missing one count as equal.
"""
