# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Listings: filters, order, counts, and pages, for each kind of resource."""

from __future__ import annotations

import dataclasses
import json
import typing as t
import urllib.parse
from collections.abc import Callable, Iterable, Sequence

from fastapi import Response

from aep_emulator import filters
from aep_emulator.request_context import RequestContext
from aep_emulator.responses import invalid_request, json_response
from aep_emulator.store import Stored

PREFIX = "/data/foundation/flowservice"
LARGEST_SEARCH = 1000

QUERY: dict[str, dict[str, t.Any]] = {
    "property": {"type": "array", "items": {"type": "string"}},
    "count": {"type": "boolean"},
    "limit": {"type": "integer", "minimum": 1},
    "continuationToken": {"type": "string"},
    "start": {"type": "integer", "minimum": 0},
}
SEARCH: dict[str, t.Any] = {
    "type": "object",
    "properties": {
        "queryString": {"type": "string"},
        "limit": {"type": "integer", "minimum": 1, "maximum": LARGEST_SEARCH},
        "count": {"type": "boolean"},
    },
}


@dataclasses.dataclass(frozen=True)
class Listing:
    """How the resources of one path are listed."""

    path: str
    render: Callable[[RequestContext, Stored], str]
    # The fields that filters can name. None accepts each field.
    fields: frozenset[str] | None = None
    has_order: bool = False
    # Whether a last page has an empty "_links".
    has_empty_links: bool = False

    def respond(self, context: RequestContext) -> Response:
        """Respond to GET of the collection."""
        known = {*QUERY, "orderby"} if self.has_order else QUERY.keys()
        unknown = [name for name, _value in context.query if name not in known]
        if unknown and context.switches.unknown_query == "error":
            raise invalid_request("1451-400", f"Invalid params {unknown[0]} provided in query params.")
        values = dict(context.query)
        only_count = values.get("count", "").lower() == "true"
        if only_count and "limit" in values:
            detail = "The limit and count parameters cannot be given together in the same request."
            raise invalid_request("1401-400", detail)
        properties = [value for name, value in context.query if name == "property" and value]
        projected: list[str] = []
        if context.switches.property_projection:
            projected = [name for text in properties if filters.is_projection(text) for name in text.split(",")]
            properties = [text for text in properties if not filters.is_projection(text)]
        found = self.find(context, properties)
        if only_count:
            return json_response(200, {"count": len(found)})
        if self.has_order and values.get("orderby"):
            found = _sorted(found, values["orderby"])
        if "start" in values:
            found = found[parse_natural(values["start"], "start") :]
        return self._page(context, found, projected)

    def find(self, context: RequestContext, properties: Sequence[str]) -> list[Stored]:
        """Return the stored resources that match all filters."""
        wanted = [filters.parse(text, self.fields) for text in properties if text]
        delay = max(context.switches.listing_delay, context.switches.read_delay)
        found = context.scope.all(self.path, delay)
        return [one for one in found if all(each.matches(one.content) for each in wanted)] if wanted else found

    def _page(self, context: RequestContext, found: list[Stored], projected: Sequence[str]) -> Response:
        values = dict(context.query)
        size = parse_natural(values["limit"], "limit") if "limit" in values else context.switches.page_size
        token = values.get("continuationToken")
        start = parse_natural(token.removeprefix("page-"), "continuationToken") if token else 0
        page = found[start : start + size] if size else found
        # The stored texts are joined as they are: a large listing is not parsed and written again.
        texts: Iterable[str] = (self.render(context, stored) for stored in page)
        items = ",".join((_projection(text, projected) for text in texts) if projected else texts)
        if not size or start + size >= len(found):
            links = ',"_links":{}' if self.has_empty_links else ""
            return json_response(200, f'{{"items":[{items}]{links}}}')
        rest = [(name, value) for name, value in context.query if name != "continuationToken"]
        next_token = ("continuationToken", f"page-{start + size}")
        queries = {"all": [*rest, next_token], "token_first": [next_token, *rest], "token_only": [next_token]}
        bases = {
            "relative": "",
            "full_path": PREFIX,
            "absolute": context.base_url + PREFIX,
            "other_origin": "http://127.0.0.2:9" + PREFIX,
        }
        query = urllib.parse.urlencode(queries[context.switches.next_link_query])
        href = f"{bases[context.switches.next_link_style]}/{self.path}?{query}"
        return json_response(200, f'{{"items":[{items}],"_links":{{"next":{{"href":{json.dumps(href)}}}}}}}')

    async def search(self, context: RequestContext) -> Response:
        """Respond to a search. Adobe documents no syntax for queryString. Here, it is filters joined by ``&``."""
        body = await context.body()
        text = body.get("queryString") or ""
        limit = body.get("limit", LARGEST_SEARCH)
        if not isinstance(text, str) or not isinstance(limit, int) or not 0 < limit <= LARGEST_SEARCH:
            raise invalid_request("1400-400", "queryString must be a string, and limit a number from 1 to 1000.")
        found = self.find(context, text.split("&"))
        if body.get("count") is True:
            return json_response(200, {"count": len(found)})
        items = ",".join(self.render(context, stored) for stored in found[:limit])
        return json_response(200, f'{{"items":[{items}]}}')


def parse_natural(text: str, name: str) -> int:
    """Return a query parameter as a number."""
    if not text.isdecimal():
        raise invalid_request("1452-400", f"Invalid value {text} for {name}.")
    return int(text)


def _projection(text: str, fields: Sequence[str]) -> str:
    content = json.loads(text)
    return json.dumps({name: content[name] for name in fields if name in content})


def _sorted(found: list[Stored], order: str) -> list[Stored]:
    """Sort by a field. Resources without it are last."""
    steps = order.lstrip("+- ").split(".")

    def value(stored: Stored) -> t.Any:
        content: t.Any = stored.content
        for step in steps:
            content = content.get(step) if isinstance(content, dict) else None
        return content if isinstance(content, (str, int, float)) else None

    keyed = [(value(stored), stored) for stored in found]
    present = [(key, stored) for key, stored in keyed if key is not None]
    # Texts after numbers, so that mixed values have an order.
    present.sort(key=lambda pair: (isinstance(pair[0], str), pair[0]), reverse=order.startswith("-"))
    return [stored for _key, stored in present] + [stored for key, stored in keyed if key is None]
