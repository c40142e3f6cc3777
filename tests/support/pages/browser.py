# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Chromium that is on this machine already, driven by Playwright; none is ever downloaded."""

from __future__ import annotations

import contextlib
import os
import shutil
import typing as t
from collections.abc import Iterator

from playwright.sync_api import Browser, Page, sync_playwright

BROWSER_VARIABLE = "AEP_TEST_BROWSER"
NO_BROWSER = f"SKIPPED: no chromium on the path, and {BROWSER_VARIABLE} names none"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
Scheme = t.Literal["light", "dark"]


class NewPage(t.Protocol):
    """Opens an empty page in a profile of its own."""

    def __call__(self, *, width: int = 1280, height: int = 900, scheme: Scheme = "light") -> Page:
        """A page of this size, on a system that prefers this colour scheme."""


def find_browser() -> str | None:
    """The path of the browser, or None where there is none."""
    return shutil.which(os.environ.get(BROWSER_VARIABLE) or "chromium")


@contextlib.contextmanager
def running_browser(executable: str) -> Iterator[Browser]:
    """Start the browser, and end it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def browser_pages(browser: Browser) -> Iterator[NewPage]:
    """Give what opens pages in the browser, and close all of them."""
    with contextlib.ExitStack() as contexts:

        def new_page(*, width: int = 1280, height: int = 900, scheme: Scheme = "light") -> Page:
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
            contexts.callback(context.close)
            return context.new_page()

        yield new_page
