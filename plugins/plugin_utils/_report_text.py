# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Texts in reports: values that can come from anyone, in XML, Markdown, and sentences."""

from __future__ import annotations

import re
import typing as t

_NOT_IN_XML: t.Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(text: object) -> str:
    """Return a text without the characters that XML 1.0 cannot have, not even escaped."""
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", str(text))


def markdown_text(text: object) -> str:
    """Return a text that means nothing to Markdown, nor to the HTML in it, on one line."""
    line = " ".join(xml_text(text).split())
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_{}\[\]()#+!|~$@:])", r"\\\1", line)
