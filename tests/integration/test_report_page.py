# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTML report, in a real browser."""

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

from ansible_collections.aep.flow_service.plugins.module_utils._tasks.finding_classes import FINDINGS
from ansible_collections.aep.flow_service.plugins.plugin_utils._audit_report import as_html, merged, not_audited
from pages.browser import NewPage

PAGE = Path(__file__).parents[2] / "roles" / "audit" / "files" / "report.html"
HOSTILE = (
    "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>javascript:window.hacked=1\u202e"
)

Spec = dict[str, t.Any]
Open = Callable[..., Page]


@pytest.fixture
def show(new_page: NewPage, tmp_path: Path) -> Iterator[Open]:
    """Opens the page with a report; it must ask for nothing else, and run into no error."""
    asked: list[str] = []
    errors: list[str] = []
    file = tmp_path / "report.html"

    def opened(audits: list[Spec], anchor: str = "", **options: t.Any) -> Page:
        report = merged(audits, datetime.datetime.now(datetime.UTC), "A report")
        file.write_text(as_html(report, PAGE.read_text("utf-8")), encoding="utf-8")
        page = new_page(**options)
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(file.as_uri() + anchor)
        expect(page.locator("#page")).to_be_visible()
        return page

    yield opened
    assert [url for url in asked if not url.startswith(file.as_uri())] == []
    assert errors == []


def finding(kind: str, number: int = 0, **more: t.Any) -> Spec:
    changes = [{"path": f"attributes.a{number}", "before": {"live": number}, "after": ["defined", number]}]
    return {
        "finding": kind,
        "kind": "connection_spec",
        "name": f"{kind}-{number:04}",
        "id": f"id-{kind}-{number}",
        "provider_id": "p",
        "src": f"specs/{kind}-{number}.yml",
        "message": f"This is {kind}.",
        "fails": True,
        "changes": changes if kind == "drifted" else [],
        "connection_spec_ids": [],
        "ignored": None,
        "ignored_changes": [],
        **more,
    }


def sandbox(host: str = "dev", findings: tuple[Spec, ...] = (), links: tuple[Spec, ...] = ()) -> Spec:
    counts = {name: sum(one["finding"] == name and not one["ignored"] for one in findings) for name in FINDINGS}
    failing = sum(one["fails"] for one in findings)
    return {
        "host": host,
        "org_id": "o@AdobeOrg",
        "sandbox_name": host,
        "base_url": "https://x",
        "seconds": 1.0,
        "audited_at": "2026-11-24T03:00:00Z",
        "failure": None,
        "fail_on": ["drifted", "missing"],
        "counts": counts,
        "result": "findings" if failing else "clean",
        "ignored": sum(bool(one["ignored"]) for one in findings),
        "failing": failing,
        "findings": list(findings),
        "links": list(links),
    }


def rows(page: Page) -> int:
    return page.locator("#list > li").count()


@pytest.mark.parametrize("count", [0, 10, 5000])
def test_any_number_of_findings(show: Open, count: int) -> None:
    page = show([sandbox(findings=tuple(finding("drifted", number) for number in range(count)))])
    expect(page.locator("#verdict")).to_be_visible()
    if not count:
        assert rows(page) == 0
        return
    expect(page.locator("#summary")).to_contain_text(re.compile(f"{count:,}|{count}"))
    assert rows(page) == min(count, 200)
    # What is not on the page yet is found all the same.
    page.fill("#q", f"drifted-{count - 1:04}")
    expect(page.locator("#list > li")).to_have_count(1)
    expect(page.locator("#list > li")).to_contain_text(f"drifted-{count - 1:04}")


def test_filters_and_a_link_to_what_they_show(show: Open) -> None:
    findings = (
        finding("missing"),
        *(finding("drifted", number) for number in range(3)),
        finding("in_sync", fails=False),
    )
    page = show([sandbox("dev", findings), sandbox("prod", (finding("unmanaged", fails=False),))])
    # What is in sync is not listed unless it is asked for.
    assert rows(page) == 5
    page.check("#failing")
    expect(page.locator("#list > li")).to_have_count(4)
    page.uncheck("#failing")
    page.locator("#chips button", has_text="Drifted").click()
    expect(page.locator("#list > li")).to_have_count(3)
    anchor = page.evaluate("location.hash")
    assert "drifted" in anchor
    again = show([sandbox("dev", findings)], anchor)
    assert rows(again) == 3


def test_the_change_side_by_side_by_keyboard_alone(show: Open) -> None:
    page = show([sandbox(findings=(finding("drifted", 7),))])
    page.keyboard.press("/")
    page.keyboard.type("drifted-0007")
    assert page.evaluate("document.activeElement.id") == "q"
    summary = page.locator("#list summary")
    for _tab in range(40):
        page.keyboard.press("Tab")
        if summary.evaluate("one => one === document.activeElement"):
            break
    page.keyboard.press("Enter")
    details = page.locator("#list details")
    assert details.get_attribute("open") is not None
    for words in ("attributes.a7", "live", "defined"):
        expect(details).to_contain_text(words, ignore_case=True)


def test_a_sandbox_that_was_not_audited_is_no_drift(show: Open) -> None:
    page = show([sandbox(), not_audited("gone", {"msg": "Nobody answers there."})])
    expect(page.locator("#verdict")).to_contain_text("could not be audited")
    expect(page.locator("#not-audited")).to_contain_text("Nobody answers there.")


def test_fifty_sandboxes(show: Open) -> None:
    page = show([sandbox(f"s-{number:02}", (finding("drifted", number),)) for number in range(50)])
    more = page.locator("#all-sandboxes")
    if more.is_visible():
        more.click()
    expect(page.locator("#sandbox-table tbody tr")).to_have_count(50)


def brightness(page: Page, of: str) -> list[float]:
    """Relative luminance of the text and of what it stands on."""
    colours = page.evaluate(
        """of => {
          const style = getComputedStyle(document.querySelector(of));
          const body = getComputedStyle(document.body).backgroundColor;
          const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
          return [style.color, body].map((colour) => {
            canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
            return [...canvas.getImageData(0, 0, 1, 1).data];
          });
        }""",
        of,
    )

    def luminance(rgb: list[int]) -> float:
        parts = [part / 255 for part in rgb[:3]]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    return [luminance(colour) for colour in colours]


def test_light_and_dark_can_be_read(show: Open) -> None:
    grounds = {}
    for scheme in ("light", "dark"):
        page = show([sandbox(findings=(finding("drifted"),))], scheme=scheme)
        ink, grounds[scheme] = brightness(page, "#verdict")
        assert (max(ink, grounds[scheme]) + 0.05) / (min(ink, grounds[scheme]) + 0.05) >= 4.5
        page.click("#theme")
        assert abs(brightness(page, "#verdict")[1] - grounds[scheme]) > 0.5
    assert grounds["light"] - grounds["dark"] > 0.5


def test_it_prints_everything_and_no_controls(show: Open) -> None:
    page = show([sandbox(findings=tuple(finding("drifted", number) for number in range(450)))], scheme="dark")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert rows(page) == 450
    expect(page.locator("#filters")).to_be_hidden()
    expect(page.locator("#list details").nth(449)).to_contain_text("attributes.a449")
    assert brightness(page, "#verdict")[1] > 0.9
    assert page.pdf().startswith(b"%PDF")


def test_hostile_texts_are_only_texts(show: Open) -> None:
    change = {"path": HOSTILE, "before": HOSTILE, "after": {HOSTILE: [HOSTILE]}}
    texts: Spec = dict.fromkeys(("name", "id", "provider_id", "src", "message"), HOSTILE)
    bad = finding("drifted", **texts, changes=[change], ignored_changes=[change])
    dangling = finding("dangling", **texts, connection_spec_ids=[HOSTILE])
    ignored = finding("missing", **texts, ignored={"reason": HOSTILE, "expires": HOSTILE})
    links = {"id": HOSTILE, "name": HOSTILE, "sources": [{"id": HOSTILE, "name": HOSTILE}, {"id": "x", "name": None}]}
    page = show([sandbox(HOSTILE, (bad, dangling, ignored), (links,)), not_audited(HOSTILE, {"msg": HOSTILE})])
    for summary in page.locator("#list summary").all():
        summary.click()
    expect(page.locator("#list > li").first).to_contain_text("window.hacked = 1")
    assert page.evaluate("window.hacked") is None
    assert page.locator("#page img, #page script").count() == 0


def test_the_picture_of_which_flow_spec_supports_what(show: Open) -> None:
    links = (
        {"id": "f1", "name": "Flow One", "sources": [{"id": "a", "name": "Source A"}, {"id": "b", "name": None}]},
        {"id": "f2", "name": "Flow Two", "sources": [{"id": "a", "name": "Source A"}]},
    )
    page = show([sandbox(findings=(finding("dangling"),), links=links)])
    picture = page.locator("#links svg[role=group]")
    expect(picture).to_be_visible()
    assert [picture.locator(f".{part}").count() for part in ("flow", "source", "edge", "edge.dangling")] == [2, 2, 3, 1]
    for name in ("Flow One", "Flow Two", "Source A"):
        expect(page.locator("#links")).to_contain_text(name)
    many = [{"id": f"s{number}", "name": f"source {number}"} for number in range(300)]
    page = show([sandbox(links=({"id": "f", "name": "Many", "sources": many},))])
    assert page.locator("#links svg[role=group] .source").count() == 300


def test_narrow_screens_need_no_sideways_scrolling(show: Open) -> None:
    page = show([sandbox(findings=(finding("drifted", name="n" * 300),))], width=360)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_its_policy_lets_only_its_own_script_and_style_run() -> None:
    text = PAGE.read_text("utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy
    assert policy[1].startswith("default-src 'none'")
    for tag in ("style", "script"):
        content = re.search(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert content
        digest = base64.b64encode(hashlib.sha256(content[1].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy[1]
        assert text.count(f"<{tag}>") == 1


ORGANIZATION = "0123456789ABCDEF01234567@AdobeOrg"


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_an_organization_is_neither_broken_nor_cut(show: Open, width: int) -> None:
    audits = [{**sandbox(host, (finding("missing"),)), "org_id": ORGANIZATION} for host in ("dev", "prod")]
    shown = [one for one in show(audits, width=width).locator(".org").all() if one.is_visible()]
    assert shown
    for one in shown:
        assert one.evaluate("element => element.getClientRects().length") == 1
        assert one.evaluate("element => element.scrollWidth <= element.clientWidth")
        assert one.evaluate("element => element.clientHeight < 1.8 * parseFloat(getComputedStyle(element).fontSize)")


@pytest.mark.parametrize(("seconds", "shown"), [(0.0, None), (0.04, "took less than 0.1 s"), (1.26, "took 1.3 s")])
def test_a_duration_is_never_zero(show: Open, seconds: float, shown: str | None) -> None:
    page = show([{**sandbox(findings=(finding("missing"),)), "seconds": seconds}, sandbox("prod")])
    text = page.locator("td.time").first.inner_text()
    assert ("took" in text) == (shown is not None)
    assert shown is None or shown in text


def test_findings_of_dataflows_are_drawn_like_the_others(show: Open) -> None:
    classes = ("failing", "unsupported", "stale", "flawed", "orphaned", "disabled")
    page = show([sandbox(findings=tuple({**finding(each), "kind": "dataflow"} for each in classes))])
    colors = set()
    for each in classes:
        tile = page.locator(f".tile.f-{each}")
        expect(tile).to_contain_text(each.capitalize())
        colors.add(tile.evaluate("tile => getComputedStyle(tile).getPropertyValue('--c')"))
    assert len(colors) == len(classes)
    expect(page.locator("summary", has_text="Dataflow")).to_have_count(len(classes))
