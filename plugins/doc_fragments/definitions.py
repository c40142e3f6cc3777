# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  definitions:
    description:
      - The specs with the field names of the API, such as saved responses. The module ignores a list C(items) around them, and
        the read-only fields.
      - Each definition identifies its spec by C(name), with C(providerId) if several specs have the name, by C(id), or by
        O(match_on). If the sandbox has no spec with the C(id), and the definition has a C(name), the module ignores the C(id).
      - For many definitions, O(src) is much faster than a long list, because Ansible processes every value of a list.
    type: list
    elements: dict
  src:
    description:
      - A file with definitions, or a directory. The module reads all files of the directory and its subdirectories that end in
        C(.json), C(.yml), or C(.yaml), in the order of their names. It ignores hidden files and directories.
      - A file has one definition or a list of them. A YAML file can have several documents.
      - YAML is read by the core schema of YAML 1.2. V(yes), V(no), V(on), V(off), V(12:30:45), and dates are text, V(0123) is the
        number 123, and V(0o17) is the number 15. Put text that looks like a number in quotes, such as a version. An unquoted
        V(1.10) has lost its zero.
      - A relative path starts at the working directory. On the controller, it is then looked up in the C(files) directory of the role
        and of the play.
      - The module decrypts a file that ansible-vault encrypted if the task runs in the process of Ansible on the controller. This
        requires a local connection without C(become) and C(async). Otherwise, the task fails.
      - Symbolic links are followed. Each directory is read one time, and links to a directory above are ignored.
      - If O(definitions) is set, too, the definitions of the files follow it.
    type: path
  ignore_paths:
    description:
      - The parts of managed fields that the module neither compares nor changes, for all definitions.
      - Each is a path in the field names of the API with dots between its steps, such as V(attributes.uiAttributes.label).
        V(*) matches any one step, and a number matches an index of a list. Write a dot in a key as C(\\.).
      - The module does not write an ignored value that the live spec does not have. Only an item of a list is written,
        because a list cannot omit an item.
    type: list
    elements: str
    default: []
  match_on:
    description:
      - The values by which the module finds each spec, unless it finds the spec by its ID. Each is a path into the definition
        in the field names of the API with dots between the steps, such as V(sourceSpec.attributes.uiAttributes.label.text). A live
        spec matches if it has equal values at all of these paths.
      - By default, the module finds a spec by its C(name), and by its C(providerId) if the definition has one.
      - Adobe requires the name C(generic-streaming) for every streaming source. If a live connection spec has this name, a
        definition with this name requires an ID or O(match_on) with a value that identifies the source. Usually, this is
        V(sourceSpec.attributes.uiAttributes.label.text). Otherwise, the definition fails and lists the IDs and labels found.
      - If no live spec matches, the module creates one. If a value at one of these paths changes in the definition, set the ID
        to update the spec instead of creating another one.
      - A definition without a value at one of these paths, and without an ID, is rejected before any request.
      - You can set the same list for flow specs and for connection specs. If a path begins with a field that only the other kind
        of spec has, the option does not apply, and the module finds specs by name and provider.
      - In a directory of batch and streaming sources, name the whole label,
        V(sourceSpec.attributes.uiAttributes.label), which matches labels of both forms, C(key) and C(text).
    type: list
    elements: str
    version_added: 0.2.0
  concurrency:
    description: The number of specs to write at the same time, from 1 to 64.
    type: int
    default: 8
  fail_fast:
    description:
      - Whether to start no further write after a definition failed. The module completes the writes that it has started.
      - If a definition is not usable, for example because a file is not readable, the module writes nothing.
    type: bool
    default: false
notes:
  - The module lists all specs one time, and compares them with the definitions. It writes only specs that differ, in the same
    way as the module for a single spec.
  - If a definition fails, the module applies the others, unless O(fail_fast=true). The task then fails, and names the
    definition with its file.
  - If two definitions match one spec, the task fails before it writes.
  - While the module writes many specs on the controller, it displays its progress every few seconds.
  - The module manages the fields that are set. It compares them completely, and removes values that the definition does not
    have. Fields that are not set stay as they are. A null field is removed.
"""
