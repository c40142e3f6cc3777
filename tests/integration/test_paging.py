# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links to the next page: as documented, with a token alone, and as the service may give them otherwise."""

from __future__ import annotations

import typing as t
import urllib.parse

import pytest

from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import fits
from lab import BATCH_PROVIDER, CONNECTION_SPECS, Lab

PATH = "/data/foundation/flowservice/connectionSpecs"
OTHER_PROVIDER = "521eee4d-8cbe-4906-bb48-fb6bd4450033"


def first_page(lab: Lab, href: str) -> list[str]:
    """Have the first page of a listing link to the next one so; the ids that are on both pages together."""
    ids = [lab.store(CONNECTION_SPECS, name="wanted", version=str(number)) for number in range(2)]
    lab.store(CONNECTION_SPECS, name="unwanted")
    lab.store(CONNECTION_SPECS, name="wanted", providerId=OTHER_PROVIDER)
    page = {"items": [lab.spec(CONNECTION_SPECS, ids[0])], "_links": {"next": {"href": href}}}
    lab.fault("GET", "connectionSpecs$", type="replace_body", body=page)
    # The rest, past the filters: what a service does that has forgotten them.
    rest = [spec for spec in lab.specs(CONNECTION_SPECS) if spec["id"] != ids[0]]
    lab.fault("GET", "connectionSpecs$", type="replace_body", body={"items": rest}, status=200)
    return ids


def queries(lab: Lab) -> list[list[tuple[str, str]]]:
    return [urllib.parse.parse_qsl(request["query"]) for request in lab.requests()]


FILTERS = [f"providerId=={BATCH_PROVIDER}", "name==wanted"]
TOKEN_ALONE = {
    "of the service": "/connectionSpecs?continuationToken=a%2Fb",
    "of the host": f"{PATH}?continuationToken=a%2Fb",
    "of the page": "?continuationToken=a%2Fb",
    "beside the page": "connectionSpecs?continuationToken=a%2Fb",
    "whole": "{url}" + f"{PATH}?continuationToken=a%2Fb",
}


@pytest.mark.parametrize("link", TOKEN_ALONE)
def test_filters_are_sent_again_where_the_link_lacks_them(lab: Lab, link: str) -> None:
    ids = first_page(lab, TOKEN_ALONE[link].format(url=lab.url))
    outcome = lab.one("connection_spec_info", {"name": "wanted", "properties": FILTERS[:1]})
    properties = [("property", text) for text in FILTERS]
    assert queries(lab) == [properties, [("continuationToken", "a/b"), *properties]]
    assert {request["path"] for request in lab.requests()} == {PATH}
    # What the service then still shows besides is left out here.
    assert [spec["id"] for spec in outcome.connection_specs] == ids


def test_filters_that_the_link_has_are_not_doubled(lab: Lab) -> None:
    filters = f'property=name=="wanted"&continuationToken=x&property=providerId%3D%3D{BATCH_PROVIDER}'
    link = f"/connectionSpecs?limit=2&{filters}"
    first_page(lab, link)
    lab.one("connection_spec_info", {"name": "wanted", "properties": FILTERS[:1]})
    sent = queries(lab)[1]
    assert sorted(name for name, _value in sent) == ["continuationToken", "limit", "property", "property"]


def test_one_of_two_filters_is_missing(lab: Lab) -> None:
    ids = first_page(lab, "/connectionSpecs?continuationToken=x&property=name==wanted")
    outcome = lab.one("connection_spec_info", {"properties": FILTERS})
    assert [value for name, value in queries(lab)[1] if name == "property"] == ["name==wanted", FILTERS[0]]
    assert [spec["id"] for spec in outcome.connection_specs] == ids


def test_pages_of_the_emulator_with_every_style_of_link(lab: Lab) -> None:
    ids = {lab.store(CONNECTION_SPECS, name="wanted", version=str(number)) for number in range(5)}
    for style in ("relative", "full_path", "absolute"):
        lab.switch(page_size=2, next_link_style=style)
        lab.forget_requests()
        outcome = lab.one("connection_spec_info", {"name": "wanted"})
        assert {spec["id"] for spec in outcome.connection_specs} == ids
        assert len(lab.requests()) == 3


@pytest.mark.parametrize("href", ["http://[bad/x", "http://127.0.0.1:99999/x"])
def test_a_link_that_is_no_url_is_a_clear_failure(lab: Lab, href: str) -> None:
    first_page(lab, href)
    outcome = lab.one("connection_spec_info", {"name": "wanted"})
    assert outcome.failed
    assert "next page" in outcome.msg
    assert "Traceback" not in str(outcome.result)


SPEC: dict[str, t.Any] = {
    "id": "a",
    "name": "wanted",
    "attributes": {"category": "CRM", "isSource": True},
    "authSpec": [{"name": "x"}, {"name": "y"}],
}
FIT = {
    "name==wanted": True,
    'name=="wanted"': True,
    "name==other,wanted": True,
    "name==other": False,
    "name==Wanted": False,
    "attributes.category==CRM": True,
    "attributes.category==ERP": False,
    "authSpec[].name==y": True,
    "authSpec.name==z": False,
    "providerId==x": False,
    # What cannot be compared here is left to the service.
    "attributes.isSource==false": True,
    "name!=wanted": True,
    "name=other": True,
    "name==~^x": True,
    "name==w*": True,
    "no filter": True,
}


@pytest.mark.parametrize("text", FIT)
def test_what_fits_a_filter(text: str) -> None:
    assert fits(text, SPEC) == FIT[text]
