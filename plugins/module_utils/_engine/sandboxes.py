# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""The sandboxes that a credential can use, as the sandbox management API lists them."""

from __future__ import annotations

import typing as t

from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import Service, UnreadableAnswerError
from ansible_collections.aep.flow_service.plugins.module_utils._http.transport import find_next_step
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON, JSONObject, mapping_of, text_of

SANDBOXES_PATH: t.Final = "/data/foundation/sandbox-management/"
# The documented default. The largest limit that the service accepts is not documented.
PAGE_SIZE: t.Final = 50
_STEPS_BY_STATUS: t.Final = {
    401: "get a new access_token, or set client_secret to fetch one",
    403: "check client_id and org_id, and that the technical account has a product profile of the platform",
    404: "check base_url",
}


class Sandbox(t.TypedDict):
    """An active sandbox. Texts that the service does not report are None."""

    name: str
    title: str | None
    type: str | None
    region: str | None
    default: bool


class SandboxManagement(Service):
    """The sandbox management API for one credential."""

    def list_active(self, owner: str) -> list[Sandbox]:
        """Return the active sandboxes in the order of the service. Messages name the ``owner`` of the sandboxes."""
        # The links and counts in the pages are not reliable: a page that is not full is the last one.
        what, found, offset = f"list the sandboxes of {owner}", dict[str, JSONObject](), 0
        while True:
            url = f"{self.settings.base_url}{SANDBOXES_PATH}?limit={PAGE_SIZE}&offset={offset}"
            page = self._read_page(url, what)
            named = {str(item["name"]).lower(): item for item in page}
            fresh = {name: item for name, item in named.items() if name not in found}
            found |= fresh
            if len(page) < PAGE_SIZE:
                return [_sandbox(item) for item in found.values() if item.get("state") == "active"]
            if not fresh:
                raise self._unreadable_page(what, url, "with the same page twice")
            offset += PAGE_SIZE

    def _read_page(self, url: str, what: str) -> list[JSONObject]:
        response = self.transport.with_retries(lambda: self.request("GET", url, what))
        page = mapping_of(response.body).get("sandboxes")
        if not isinstance(page, list):
            raise self._unreadable_page(what, url, "without a list of sandboxes")
        for item in page:
            if not isinstance(item, dict) or not isinstance(item.get("name"), str) or not item["name"].strip():
                raise self._unreadable_page(what, url, "with an item that is not a sandbox with a name")
        return page

    def _unreadable_page(self, what: str, url: str, how: str) -> UnreadableAnswerError:
        return UnreadableAnswerError(
            self.transport.redact(
                f"Could not {what}: GET {url} answered {how}."
                " Next step: check that base_url is Adobe Experience Platform."
            )
        )

    def _headers(self) -> dict[str, str]:
        # Without x-sandbox-name, because the list belongs to the credential.
        return {"x-api-key": self.settings.client_id, "x-gw-ims-org-id": self.settings.org_id}

    def _find_next_step(self, status: int, code: str) -> str:
        # The codes of the gateway are numbers. The other steps of the Flow Service are about specs.
        step = None if code.isdecimal() else _STEPS_BY_STATUS.get(status)
        return step or find_next_step(status, code)


def is_list_of_sandboxes(value: JSON) -> bool:
    """Return whether a value that was stored is what ``list_active`` returns."""
    return isinstance(value, list) and all(
        isinstance(item, dict)
        and item.keys() == Sandbox.__annotations__.keys()
        and isinstance(item["name"], str)
        and isinstance(item["default"], bool)
        and all(isinstance(item[key], (str, type(None))) for key in ("title", "type", "region"))
        for item in value
    )


def _sandbox(item: JSONObject) -> Sandbox:
    def text(key: str) -> str | None:
        return text_of(item.get(key)) or None

    return {
        # The header x-sandbox-name requires lower case.
        "name": str(item["name"]).strip().lower(),
        "title": text("title"),
        "type": text("type"),
        "region": text("region"),
        "default": item.get("isDefault") is True,
    }
