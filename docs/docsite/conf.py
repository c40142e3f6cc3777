# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How Sphinx makes the site; tests/tools/docs_site.py puts the pages in place and hands the version over."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes

project = "aep.flow_service"
project_copyright = "aep.flow_service contributors"
html_title = "aep.flow_service"

extensions = ["myst_parser", "sphinx_antsibull_ext"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
default_role = "any"
exclude_patterns = ["static"]

# Anchors as forges make them, down to the headings of this level.
myst_heading_anchors = 4

# Nothing is fetched from anywhere, so these pages, which the reference names, are not looked up but known here.
intersphinx_mapping: dict[str, tuple[str, None]] = {}
of_ansible = "https://docs.ansible.com/ansible/latest"
elsewhere = {
    "action_plugins": f"{of_ansible}/plugins/action.html",
    "ansible_configuration_settings": f"{of_ansible}/reference_appendices/config.html",
    "common_return_values": f"{of_ansible}/reference_appendices/common_return_values.html",
}

html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_use_index = False
# A summary is fetched from each page found, which a browser does not do for files.
html_show_search_summary = False
html_show_sphinx = False
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"

# antsibull's own colours follow the system alone, not the button of the theme, and some are hard to read.
antsibull_ext_color_scheme = "none"


def _antsibull(**colours: str) -> dict[str, str]:
    both = {
        "table-background-header": "var(--color-background-secondary)",
        "table-background-even": "var(--color-background-primary)",
        "table-background-odd": "var(--color-background-primary)",
        "table-border": "var(--color-background-border)",
        "narrowtable-background": "var(--color-background-secondary)",
        "links-background": "var(--color-background-secondary)",
        "links-background-active": "var(--color-background-hover)",
        "links-focus-outline": "var(--color-brand-primary)",
        "links-text": "var(--color-brand-content)",
        "option-sample-header": "var(--color-foreground-primary)",
        "attribute-support-na": "inherit",
        "deprecation-border": "var(--color-foreground-primary)",
        "deprecation-background": "var(--color-background-secondary)",
        "deprecation-color": "var(--color-foreground-primary)",
    }
    named = {name.replace("_", "-"): colour for name, colour in colours.items()}
    return {f"antsibull-{name}": colour for name, colour in {**both, **named}.items()}


html_theme_options = {
    "navigation_with_keys": False,
    "light_css_variables": _antsibull(
        option_type="#7a1f7a",
        option_elements="#7a1f7a",
        option_required="#b00020",
        option_version_added="#0b5d1e",
        option_aliases="#0b5d1e",
        option_default="#0b47c2",
        option_sample="#0b47c2",
        attribute_support_none="#b00020",
        attribute_support_partial="#7a5b00",
        attribute_support_full="#0b5d1e",
    ),
    "dark_css_variables": _antsibull(
        option_type="#ff9cff",
        option_elements="#ff9cff",
        option_required="#ff8f8f",
        option_version_added="#7ddc8f",
        option_aliases="#7ddc8f",
        option_default="#a9c1ff",
        option_sample="#a9c1ff",
        attribute_support_none="#ff8f8f",
        attribute_support_partial="#dcc34b",
        attribute_support_full="#7ddc8f",
    ),
}


def _link_to_ansible(_app: Any, _env: Any, node: Any, text: Any) -> Any:
    """Make a link of a reference into Ansible's documentation; any other that leads nowhere is an error."""
    label = node["reftarget"]
    builtin = re.fullmatch(r"ansible_collections\.ansible\.builtin\.(\w+)", label)
    address = f"{of_ansible}/collections/ansible/builtin/{builtin[1]}.html" if builtin else elsewhere.get(label)
    return nodes.reference("", "", text, internal=False, refuri=address) if address else None


def setup(app: Any) -> None:
    """Have Sphinx ask us about references that it cannot resolve."""
    app.connect("missing-reference", _link_to_ansible)
