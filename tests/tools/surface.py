# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What playbooks can rely on, as it is documented: names, options, results; and what a later version takes away.

python tests/tools/surface.py FOLDER prints that of the collection below a folder of collections.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from collections.abc import Iterator
from pathlib import Path

Surface = dict[str, t.Any]
COLLECTION: t.Final = "aep.flow_service"
# What of an option a playbook can notice.
_OF_AN_OPTION: t.Final = ("type", "elements", "default", "choices", "aliases", "required")


def surface(collections: Path) -> Surface:
    """What the collection below this folder offers, by the kind of plugin and the name."""
    variables = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(collections)}
    shown = subprocess.check_output(["ansible-doc", "--metadata-dump", COLLECTION], text=True, env=variables)
    documented = json.loads(shown)["all"]
    del documented["keyword"]
    return {
        kind: {name: _of_role(plugin) if kind == "role" else _of_plugin(plugin) for name, plugin in plugins.items()}
        for kind, plugins in sorted(documented.items())
        if plugins
    }


def _of_plugin(plugin: Surface) -> Surface:
    return {
        "options": {name: _option(option) for name, option in (plugin["doc"].get("options") or {}).items()},
        "returns": {name: value.get("type") for name, value in (plugin.get("return") or {}).items()},
    }


def _of_role(role: Surface) -> Surface:
    return {
        entry: {name: _option(option) for name, option in (spec.get("options") or {}).items()}
        for entry, spec in role["entry_points"].items()
    }


def _option(option: Surface) -> Surface:
    kept = {name: option[name] for name in _OF_AN_OPTION if option.get(name) is not None}
    if not kept.get("required"):
        kept.pop("required", None)
    nested = option.get("suboptions") or option.get("options")
    return {**kept, **({"options": {name: _option(one) for name, one in nested.items()}} if nested else {})}


def taken_away(before: Surface, after: Surface) -> Iterator[str]:
    """What a playbook written for one surface cannot do with another."""
    for kind, plugins in before.items():
        for name, plugin in plugins.items():
            now = after.get(kind, {}).get(name)
            if now is None:
                yield f"{kind} {name} is gone"
                continue
            parts = plugin.items() if kind == "role" else [("options", plugin["options"])]
            for part, options in parts:
                yield from _options_taken_away(f"{kind} {name}", options, now.get(part, {}))
            for result, result_type in plugin.get("returns", {}).items():
                if now["returns"].get(result) != result_type:
                    yield f"{kind} {name} returns no {result} of type {result_type}"


def _options_taken_away(where: str, before: Surface, after: Surface) -> Iterator[str]:
    for name, option in before.items():
        now = after.get(name)
        if now is None:
            yield f"{where} has no option {name}"
            continue
        for part in ("type", "elements", "default"):
            if option.get(part) != now.get(part) and not (part == "default" and _is_extended(option, now)):
                yield f"{where}, {name}: {part} was {option.get(part)} and is {now.get(part)}"
        # Without choices, an option takes anything.
        if now.get("choices") and not option.get("choices"):
            yield f"{where}, {name} takes {', '.join(map(str, now['choices']))} only"
        for part in ("aliases", "choices") if now.get("choices") else ("aliases",):
            gone = set(map(str, option.get(part, ()))) - set(map(str, now.get(part, ())))
            if gone:
                yield f"{where}, {name}: {part} lack {', '.join(sorted(gone))}"
        if now.get("required") and not option.get("required"):
            yield f"{where}, {name} is required"
        yield from _options_taken_away(f"{where}, {name}", option.get("options", {}), now.get("options", {}))
    for name in after.keys() - before.keys():
        if after[name].get("required"):
            yield f"{where} requires the new option {name}"


def _is_extended(before: Surface, after: Surface) -> bool:
    """Whether a list has the same default, but for choices that are new."""
    old, new = before.get("default"), after.get("default")
    if not isinstance(old, list) or not isinstance(new, list):
        return False
    return set(old) == set(new) - (set(after.get("choices", ())) - set(before.get("choices", ())))


def recorded(collections: Path) -> str:
    """The surface as it is kept in a file."""
    return json.dumps(surface(collections), indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(recorded(Path(sys.argv[1])))
