# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTML report of a verification, in a real browser."""

from __future__ import annotations

import base64
import datetime
import hashlib
import re
import typing as t
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ansible_collections.aep.flow_service.plugins.plugin_utils._verification_facts import Verification, Wanted
from ansible_collections.aep.flow_service.plugins.plugin_utils._verification_report import as_html, make_report
from pages.browser import NewPage

PAGE = Path(__file__).parents[2] / "roles" / "verify" / "files" / "report.html"
HOSTILE = "</li><script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>\u202e" + "n" * 300
Open = Callable[..., Page]


def report(name: str = "acme-crm") -> dict[str, t.Any]:
    """A report with each verdict."""
    spec = {"id": "5c1f8e0a-3b7d-4a52-9a6e-1f0c2d3e4b5a", "name": name, "type": "generic-rest", "authSpec": []}
    ids = [f"{number:032}" for number in range(40)]
    found = {"connection_specs": [spec], "api": {"requests": 1, "request_ids": ids}}
    message = f"Could not list the flow specs: {name}. Next step: {name}."
    results: dict[str, t.Any] = {"connection_spec": found, "flow_spec": {"failed": True, "msg": message}}
    now = datetime.datetime.now(datetime.UTC)
    wanted = Wanted(connection_spec=name, dataset_id="dataset")
    return make_report(Verification(wanted, results), "localhost", now.timestamp(), now)


@pytest.fixture
def show(new_page: NewPage, tmp_path: Path) -> Iterator[Open]:
    """Opens the page with a report; it must ask for nothing else, and run into no error."""
    asked: list[str] = []
    errors: list[str] = []
    file = tmp_path / "verify.html"

    def opened(content: dict[str, t.Any], **options: t.Any) -> Page:
        file.write_text(as_html(content, PAGE.read_text("utf-8")), encoding="utf-8")
        page = new_page(**options)
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.goto(file.as_uri())
        return page

    yield opened
    assert [url for url in asked if not url.startswith(file.as_uri())] == []
    assert errors == []


def luminance(page: Page, script: str) -> float:
    """The relative luminance of a colour of the page."""
    channels = page.evaluate(
        """script => {
          const canvas = document.createElement('canvas').getContext('2d');
          canvas.fillStyle = eval(script); canvas.fillRect(0, 0, 1, 1);
          return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
        }""",
        script,
    )
    linear = [c / 255 / 12.92 if c / 255 <= 0.03928 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in channels]
    return t.cast(float, 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])


def contrast(page: Page, of: str, ground: str) -> float:
    ink = luminance(page, f"getComputedStyle(document.querySelector('{of}')).color")
    paper = luminance(page, f"getComputedStyle(document.querySelector('{ground}')).backgroundColor")
    return (max(ink, paper) + 0.05) / (min(ink, paper) + 0.05)


def test_it_shows_each_step(show: Open) -> None:
    page = show(report())
    expect(page).to_have_title("Verification of the source acme-crm")
    expect(page.locator("h1")).to_have_text("Verification failed")
    expect(page.locator(".steps > li")).to_have_count(12)
    expect(page.locator("#flow_spec")).to_contain_text("Could not list the flow specs: acme-crm.")
    expect(page.locator("#flow_spec .next")).to_contain_text("Next step: acme-crm.")
    expect(page.locator("#connection_spec details p")).to_be_hidden()
    page.locator("#connection_spec summary").click()
    expect(page.locator("#connection_spec details p")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark_can_be_read(show: Open, scheme: str) -> None:
    page = show(report(), scheme=scheme)
    for verdict in ("passed", "failed", "not_tried"):
        step = f".steps > li.{verdict}"
        assert contrast(page, f"{step} .verdict", step) >= 4.5
    assert contrast(page, "h1", "body") >= 4.5
    ground = luminance(page, "getComputedStyle(document.body).backgroundColor")
    assert (ground > 0.5) == (scheme == "light")


def test_narrow_screens_need_no_sideways_scrolling(show: Open) -> None:
    page = show(report("n" * 300), width=360)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_it_prints_on_white(show: Open) -> None:
    page = show(report(), scheme="dark")
    page.emulate_media(media="print")
    assert luminance(page, "getComputedStyle(document.body).backgroundColor") > 0.9
    expect(page.locator(".steps > li").nth(11)).to_be_visible()
    expect(page.locator("details").first).to_be_hidden()
    assert page.pdf().startswith(b"%PDF")


def test_hostile_texts_are_only_texts(show: Open) -> None:
    page = show(report(HOSTILE))
    expect(page.locator("#flow_spec")).to_contain_text("window.hacked = 1")
    assert page.evaluate("window.hacked") is None
    assert page.locator("body img, body script").count() == 0


def test_its_policy_lets_only_its_own_style_apply() -> None:
    text = PAGE.read_text("utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert policy
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy[1].startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
    assert "<script" not in text
