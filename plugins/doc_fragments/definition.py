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
      - V(absent) always fails before any request, because the API cannot delete specs.
    type: str
    choices:
      - present
      - absent
    default: present
  id:
    description:
      - The ID of the spec. It must exist, because the service assigns the IDs.
      - Without it, the module finds the spec by the ID in O(definition) or O(src), if a spec with this ID exists, and then
        by its name or by O(match_on).
    type: str
  name:
    description:
      - The name of the spec. With O(id), the spec is renamed.
      - If two live specs match the name, the module fails and lists their IDs.
    type: str
  provider_id:
    description:
      - The ID of the provider. It distinguishes specs with the same name, and is required to create a spec.
      - Adobe's documentation has V(0ed90a81-07f4-4586-8190-b40eccef1c5a) for batch sources and
        V(521eee4d-8cbe-4906-bb48-fb6bd4450033) for streaming sources.
    type: str
  version:
    description: The version of the spec, such as V(1.0).
    type: str
  type:
    description: The type of the spec, such as V(generic-rest) or V(generic-streaming).
    type: str
  attributes:
    description: The attributes of the spec, with any keys.
    type: dict
  permissions_info:
    description: The permissions that are required to view and to manage the objects of the spec.
    type: dict
  entitlement_info:
    description: The entitlements that the spec requires.
    type: list
    elements: dict
  policy:
    description: The policy of the spec.
    type: dict
  definition:
    description:
      - The spec with the field names of the API, such as a saved response. The module ignores a list C(items) around it, and
        the read-only fields.
      - Options of the module take precedence.
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
      - The module decrypts a file that ansible-vault encrypted if the task runs in the process of Ansible on the controller. This
        requires a local connection without C(become) and C(async). Otherwise, the task fails.
      - Mutually exclusive with O(definition).
    type: path
  ignore_paths:
    description:
      - The parts of managed fields that the module neither compares nor changes.
      - Each is a path in the field names of the API with dots between its steps, such as V(attributes.uiAttributes.label).
        V(*) matches any one step, and a number matches an index of a list. Write a dot in a key as C(\\.).
      - The module does not write an ignored value that the live spec does not have. Only an item of a list is written,
        because a list cannot omit an item.
    type: list
    elements: str
    default: []
  match_on:
    description:
      - The values by which the module finds the spec, unless it finds the spec by its ID. Each is a path into the definition
        in the field names of the API with dots between the steps, such as V(sourceSpec.attributes.uiAttributes.label.text). A live
        spec matches if it has equal values at all of these paths.
      - By default, the module finds a spec by its C(name), and by its C(providerId) if the definition has one.
      - Adobe requires the name C(generic-streaming) for every streaming source. If a live connection spec has this name, a
        definition with this name requires an ID or O(match_on) with a value that identifies the source. Usually, this is
        V(sourceSpec.attributes.uiAttributes.label.text). Otherwise, the task fails and lists the IDs and labels found.
      - If no live spec matches, the module creates one. If a value at one of these paths changes in the definition, set the ID
        to update the spec instead of creating another one.
      - A definition without a value at one of these paths, and without an ID, is rejected before any request.
    type: list
    elements: str
    version_added: 0.2.0
notes:
  - The module manages the fields that are set. It compares them completely, and removes values that the definition does not
    have. Fields that are not set stay as they are.
  - All users of the sandbox share a spec. The API does not store earlier versions of it. To roll back an update, use
    RV(previous).
  - A null field in O(definition) or O(src) is removed. An empty field equals a missing one.
"""
