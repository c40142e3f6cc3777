# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the fields of specs out of Adobe's published OpenAPI description of the Flow Service.

It is static/swagger-specs/flow-service.yaml of https://github.com/AdobeDocs/experience-platform-apis.

python tests/tools/published_fields.py openapi.yaml > tests/fixtures/published-fields.yml

The test of them then tells what is new. Needs PyYAML.
"""

from __future__ import annotations

import datetime
import sys
import typing as t
from pathlib import Path

import yaml

Node = dict[str, t.Any]
KINDS: t.Final = ("connectionSpecs", "flowSpecs")


class Description:
    """An OpenAPI description."""

    def __init__(self, text: str) -> None:
        self._root: Node = yaml.safe_load(text)

    def fields(self, kind: str) -> dict[str, list[str]]:
        """The fields of a kind of spec, in requests and in answers."""
        requests: set[str] = set()
        answers: set[str] = set()
        for path, operations in self._root["paths"].items():
            # The rest is about other things than a spec: how to search, what to explore.
            if path != f"/{kind}" and not (path.startswith(f"/{kind}/{{") and path.endswith("}")):
                continue
            for operation in (one for one in operations.values() if isinstance(one, dict)):
                requests |= self._properties(operation.get("requestBody", {})).keys()
                for answer in operation.get("responses", {}).values():
                    properties = self._properties(answer)
                    listed = self._resolved(properties.get("items", {})).get("items")
                    answers |= (self._of_schema(listed) if listed else properties).keys()
        return {"requests": sorted(requests), "answers": sorted(answers)}

    def _properties(self, body: Node) -> Node:
        content = self._resolved(body).get("content", {})
        return self._of_schema(content.get("application/json", {}).get("schema", {}))

    def _of_schema(self, schema: Node) -> Node:
        schema = self._resolved(schema)
        parts = [part for name in ("allOf", "oneOf", "anyOf") for part in schema.get(name, [])]
        found = dict(schema.get("properties", {}))
        for part in parts:
            found.update(self._of_schema(part))
        return found

    def _resolved(self, node: Node) -> Node:
        while "$ref" in node:
            target = self._root
            for step in node["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            node = target
        return node


def main() -> None:
    """Print the fields of the description that is named."""
    description = Description(Path(sys.argv[1]).read_text(encoding="utf-8"))
    today = datetime.date.today().isoformat()
    print(f"---\n# Made on {today} by tests/tools/published_fields.py, which names what it is of.")
    for kind in KINDS:
        print(f"{kind}:")
        for part, names in description.fields(kind).items():
            print(f"  {part}:{'' if names else ' []'}", *names, sep="\n    - ")


if __name__ == "__main__":
    main()
