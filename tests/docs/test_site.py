# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The site as it was built: what it loads, by the files; how it looks, in a browser. Links are checked by lychee."""

from __future__ import annotations

import re
import typing as t
import urllib.parse
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from playwright.sync_api import Page

from pages.browser import NewPage, Scheme

IMAGES = Path(__file__).parents[2] / "docs" / "images"
PAGES = (
    "docs/index.html",
    "docs/getting-started.html",
    "docs/architecture.html",
    "docs/benchmark.html",
    "CONTRIBUTING.html",
    "reference/index.html",
    "reference/flow_spec_module.html",
    "reference/audit_role.html",
)
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
# Pages, each with what the system prefers, and what the button of the theme was set to.
LOOKS = [
    *((page, scheme, "auto") for page in PAGES for scheme in SCHEMES),
    *((page, *look) for page in PAGES[-2:] for look in (("light", "dark"), ("dark", "light"))),
]
ENOUGH_CONTRAST = 4.5

Open = Callable[..., Page]


class Document(HTMLParser):
    """What a page refers to, and what in it can be referred to."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.file = file
        self.anchors: set[str] = set()
        self.links: list[str] = []
        """Where a reader can go."""
        self.parts: list[str] = []
        """What a browser loads with it."""
        self.images: list[dict[str, str | None]] = []
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.anchors |= {value for name, value in attrs if name == "id" and value}
        if tag in ("a", "area", "form"):
            self.links += [values.get("href") or values.get("action") or ""]
        elif tag == "link" and values.get("rel") in ("index", "search", "next", "prev", "contents"):
            self.links += [values.get("href") or ""]
        else:
            self.parts += [value for name, value in attrs if name in ("src", "href", "data", "poster") and value]
            self.parts += [part.split()[0] for part in (values.get("srcset") or "").split(",") if part]
        if tag == "img":
            self.images.append(values)


class Target(t.NamedTuple):
    """Where a link leads."""

    file: Path
    anchor: str


def is_elsewhere(link: str) -> bool:
    """Whether a link leads out of the site."""
    parts = urllib.parse.urlsplit(link)
    return bool(parts.scheme or parts.netloc)


def target(file: Path, link: str) -> Target:
    """Where a link of the site leads."""
    parts = urllib.parse.urlsplit(link)
    there = (file.parent / urllib.parse.unquote(parts.path)).resolve() if parts.path else file
    return Target(there, urllib.parse.unquote(parts.fragment))


@pytest.fixture(scope="module")
def documents(site: Path) -> dict[Path, Document]:
    """All pages."""
    return {file: Document(file) for file in sorted(site.rglob("*.html")) if "_static" not in file.parts}


def test_everything_a_page_loads_is_in_the_site(site: Path, documents: dict[Path, Document]) -> None:
    missing = [
        f"{document.file.relative_to(site)}: {part}"
        for document in documents.values()
        for part in document.parts
        if not part.startswith(("data:", "#"))
        and (is_elsewhere(part) or not target(document.file, part).file.is_file())
    ]
    assert missing == []


def test_style_sheets_load_nothing_from_elsewhere(site: Path) -> None:
    sheets = list(site.rglob("*.css"))
    assert sheets
    for sheet in sheets:
        text = re.sub(r"/\*.*?\*/", "", sheet.read_text("utf-8"), flags=re.DOTALL)
        for url in re.findall(r"url\(\s*[\"']?([^)\"']+)|@import\s+[\"']([^\"']+)", text):
            assert not re.match(r"(?:https?:)?//", "".join(url)), f"{sheet.name} loads {url}"


def test_every_page_can_be_reached_from_the_first(site: Path, documents: dict[Path, Document]) -> None:
    first = site / "docs" / "index.html"
    waiting, reached = [first], {first}
    while waiting:
        document = documents[waiting.pop()]
        found = {target(document.file, link).file for link in document.links if link and not is_elsewhere(link)}
        waiting += (found & documents.keys()) - reached
        reached |= found
    assert documents.keys() - reached == set()


def test_there_is_a_page_for_everything(site: Path, documents: dict[Path, Document]) -> None:
    repository = IMAGES.parents[1]
    wanted = [
        *(f"docs/{path.stem}.html" for path in (repository / "docs").glob("*.md")),
        *(f"reference/{path.stem}_module.html" for path in (repository / "plugins/modules").glob("*.py")),
        *(f"reference/{path.name}_role.html" for path in (repository / "roles").iterdir()),
        *(f"reference/{path.stem}_filter.html" for path in (repository / "plugins/filter").glob("*.yml")),
        *(f"reference/{path.stem}_lookup.html" for path in (repository / "plugins/lookup").glob("[!_]*.py")),
        *(f"reference/{path.stem}_inventory.html" for path in (repository / "plugins/inventory").glob("[!_]*.py")),
    ]
    assert {site / name for name in wanted} <= documents.keys()


def test_every_image_says_what_it_shows(documents: dict[Path, Document]) -> None:
    images = [image for document in documents.values() for image in document.images]
    assert images
    assert [image["src"] for image in images if not image.get("alt")] == []


# In a browser.

CONTRASTS = """
() => {
    const channels = text => {
        const numbers = text.match(/[\\d.]+/g).map(Number);
        // color(srgb …) counts from 0 to 1, rgb(…) to 255.
        const scale = text.startsWith("color(") ? 255 : 1;
        return [...numbers.slice(0, 3).map(number => number * scale), numbers[3] ?? 1];
    };
    const over = (top, below) => top.slice(0, 3).map((value, i) => value * top[3] + below[i] * (1 - top[3]));
    const luminance = colour => {
        const [r, g, b] = colour.map(value => value / 255)
            .map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const contrast = (one, other) => {
        const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
        return (light + 0.05) / (dark + 0.05);
    };
    // The element of a drawing that lies under a text, or the ancestors of a text in a page: from the top down.
    const grounds = (element, box) => {
        if (!(element instanceof SVGElement)) {
            const found = [];
            for (let one = element; one; one = one.parentElement) found.push(getComputedStyle(one).backgroundColor);
            return found;
        }
        return [...document.querySelectorAll("rect")].reverse().filter(rect => {
            const around = rect.getBoundingClientRect();
            return getComputedStyle(rect).fill !== "none" && around.left <= box.left && around.right >= box.right
                && around.top <= box.top && around.bottom >= box.bottom;
        }).map(rect => getComputedStyle(rect).fill);
    };
    const found = [];
    const texts = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
    for (let text; text = texts.nextNode();) {
        const element = text.parentElement, style = getComputedStyle(element);
        const range = document.createRange();
        range.selectNodeContents(text);
        const box = range.getBoundingClientRect();
        if (!text.data.trim() || !box.width || element.closest("title, desc, style, script")
            || !element.checkVisibility({opacityProperty: true, visibilityProperty: true})) continue;
        const layers = grounds(element, box).map(channels);
        const opaque = layers.findIndex(layer => layer[3] === 1);
        const ground = layers.slice(0, opaque < 0 ? undefined : opaque).reverse()
            .reduce((below, layer) => over(layer, below), opaque < 0 ? [255, 255, 255] : layers[opaque].slice(0, 3));
        const colour = over(channels(element instanceof SVGElement ? style.fill : style.color), ground);
        found.push({text: text.data.trim().slice(0, 60), contrast: contrast(colour, ground), grounds: layers.length});
    }
    return found;
}
"""


@pytest.fixture
def look(new_page: NewPage) -> Iterator[Open]:
    """Opens a page; it must load nothing from elsewhere, and run into no error."""
    asked: list[str] = []
    errors: list[str] = []

    def opened(url: str, scheme: Scheme = "light", button: str = "auto", **options: t.Any) -> Page:
        page = new_page(scheme=scheme, **options)
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.add_init_script(f"localStorage.setItem('theme', '{button}')")
        page.goto(url)
        return page

    yield opened
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert errors == []


def hard_to_read(page: Page) -> list[str]:
    """The texts of a page that stand out too little from what they stand on."""
    texts = page.evaluate(CONTRASTS)
    assert len(texts) > 10
    return [f"{one['text']}: {one['contrast']:.2f}" for one in texts if one["contrast"] < ENOUGH_CONTRAST]


@pytest.mark.parametrize(("name", "scheme", "button"), LOOKS)
def test_texts_can_be_read(site: Path, look: Open, name: str, scheme: Scheme, button: str) -> None:
    page = look((site / name).as_uri(), scheme, button)
    is_dark = (scheme if button == "auto" else button) == "dark"
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", ground)[:3])) < 3 * 128) == is_dark
    assert hard_to_read(page) == []


@pytest.mark.parametrize("name", PAGES)
def test_a_narrow_page_is_not_wider_than_the_window(site: Path, look: Open, name: str) -> None:
    page = look((site / name).as_uri(), width=390, height=800)
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", sorted(path.name for path in IMAGES.glob("*.svg")))
def test_drawings_can_be_read(look: Open, name: str, scheme: Scheme) -> None:
    page = look((IMAGES / name).as_uri(), scheme)
    assert hard_to_read(page) == []
    # Each text is inside the box that it belongs to, whatever fonts there are.
    outside = page.evaluate("""() => [...document.querySelectorAll("text")].filter(text => {
        const box = text.getBoundingClientRect(), before = text.closest("svg").querySelectorAll("rect");
        const hit = [...before].filter(rect => {
            const around = rect.getBoundingClientRect(), middle = (box.left + box.right) / 2;
            return around.left <= middle && around.right >= middle
                && around.top <= box.top && around.bottom >= box.bottom;
        }).at(-1).getBoundingClientRect();
        return box.left < hit.left || box.right > hit.right;
    }).map(text => text.textContent)""")
    assert outside == []


def test_a_page_is_found_by_its_words(site: Path, look: Open) -> None:
    page = look(f"{(site / 'search.html').as_uri()}?q=settle_time")
    page.wait_for_selector("#search-results li a")
    assert page.locator("#search-results li a").count() > 1
