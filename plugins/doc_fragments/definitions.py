# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  definitions:
    description:
      - The specs as the API has them, with the API's own names, such as saved answers of the API. A list C(items) around
        one or several of them and the fields that the service owns are left aside.
      - Each names its spec by C(name), with C(providerId) to tell namesakes apart, by C(id), or by
        O(match_on). An C(id) that the sandbox
        does not have counts for nothing if there is a C(name).
      - From a folder, O(src) is much faster than a long list here, since Ansible goes through every value of a list that
        a task gets.
    type: list
    elements: dict
  src:
    description:
      - A file with definitions, or a folder. In a folder, all files that end in C(.json), C(.yml) or C(.yaml) are read,
        in the folders below it as well, in the order of their names. Hidden files and folders are left out.
      - A file holds one definition or a list of them. A YAML file can have several documents.
      - YAML is read by the core schema of YAML 1.2. V(yes), V(no), V(on), V(off), V(12:30:45), and dates are text, V(0123) is the
        number 123, and V(0o17) is the number 15. Put text that looks like a number in quotes, such as a version. An unquoted
        V(1.10) has lost its zero.
      - A relative path starts at the working directory. On the controller, it is then looked up in the C(files) directory of the role
        and of the play.
      - A file that is encrypted by ansible-vault is decrypted if the task runs in the process of Ansible on the controller, that is, with
        a local connection and without C(become) and C(async). Otherwise, the task fails.
      - Symbolic links are followed. Each directory is read one time, and links to a directory above are ignored.
      - Can be given together with O(definitions), and then comes after them.
    type: path
  ignore_paths:
    description:
      - Parts of managed fields to leave as they are on the service, in comparing and in writing, in every definition.
      - Each is a path in the API's own names with dots between its steps, such as V(attributes.uiAttributes.label).
        V(*) stands for any one step, a number for a place in a list. A dot in a key is written as C(\\.).
      - What is ignored and not there yet is not written, but for a place in a list, which cannot be left out.
    type: list
    elements: str
    default: []
  match_on:
    description:
      - The values by which each spec is recognized, unless it is found by its ID. Each is a path into the definition
        in the API's own names with dots between the steps, such as V(sourceSpec.attributes.uiAttributes.label.text). A live
        spec matches if it has equal values at all of these paths.
      - By default, a spec is recognized by its C(name), and by its C(providerId) if the definition has one.
      - Adobe requires the name C(generic-streaming) for every streaming source. If a live connection spec has this name, a
        definition with this name requires an ID or O(match_on) with a value that tells these sources apart. Usually, this is
        V(sourceSpec.attributes.uiAttributes.label.text). Otherwise, the definition fails and lists the IDs and labels found.
      - If no live spec matches, it is created. If a value at one of these paths changes in the definition, set the ID
        to update the spec instead of creating another one.
      - A definition without a value at one of these paths, and without an ID, is rejected before any request.
      - The same list can be given for flow specs and for connection specs. If a path begins with a field that only the other kind
        of spec has, the option does not apply, and specs are recognized by name and provider.
      - In a directory of batch and streaming sources, name the whole label,
        V(sourceSpec.attributes.uiAttributes.label), which matches labels of both forms, C(key) and C(text).
    type: list
    elements: str
    version_added: 0.2.0
  concurrency:
    description: How many specs to write at the same time, from 1 to 64.
    type: int
    default: 8
  fail_fast:
    description:
      - Whether to begin nothing more once a definition has failed. What is being written then is finished.
      - If a definition cannot be used at all, such as a file that cannot be read, nothing is begun.
    type: bool
    default: false
notes:
  - All specs are listed once and compared on the side of Ansible. Only what differs is written, each spec in the same way
    as by the module for a single spec.
  - A definition that fails does not keep the others from being carried out, unless O(fail_fast). The task fails afterwards,
    and names it with its file.
  - Two definitions for one spec are refused before anything is written.
  - While many specs are written on the controller, a line tells every few seconds how far the task is.
  - A field that is given is managed, that is, compared whole and in both directions. A field that is not given is left
    exactly as it is. A field that is null is taken away.
"""
