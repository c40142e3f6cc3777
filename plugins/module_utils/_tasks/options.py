# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""The options that modules share, as they are declared to Ansible."""

from __future__ import annotations

import os
import typing as t

from ansible.module_utils.common.parameters import AnsibleFallbackNotFound

from ansible_collections.aep.flow_service.plugins.module_utils._http.settings import DEFAULT_SCOPES
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import Params
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import check_id
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import Kind

# Any: Ansible has no types for it.
ArgumentSpec = dict[str, dict[str, t.Any]]


class EnvironmentText(str):
    """The value of an environment variable, which knows the name of that variable."""

    __slots__ = ("variable",)
    variable: str


def _read_text(variable: str) -> str:
    """Return the value of an environment variable; one that is empty counts as not set.

    AWX sets variables to an empty text for the inputs of a credential that are left empty.
    """
    value = os.environ.get(variable, "")
    if not value.strip():
        raise AnsibleFallbackNotFound
    return value


def _read_for_conversion(variable: str) -> str:
    """Return the value of an environment variable that Ansible is about to convert to another type."""
    text = EnvironmentText(_read_text(variable))
    text.variable = variable
    return text


def name_variables(message: str, params: Params) -> str:
    """Name the environment variables in Ansible's message about parameters that it could not convert."""
    # What could be converted is no longer of this type.
    sources = [
        f"The value of {option} is that of the environment variable {value.variable}."
        for option, value in params.items()
        if isinstance(value, EnvironmentText) and f"'{option}'" in message
    ]
    message = message.replace(str(EnvironmentText), "<class 'str'>").replace(EnvironmentText.__name__, "str")
    return " ".join([message if not sources or message.endswith(".") else f"{message}.", *sources])


def _option(option_type: str, env: str, **more: object) -> dict[str, object]:
    read = _read_text if option_type in ("str", "path") else _read_for_conversion
    return {"type": option_type, "fallback": (read, [env]), **more}


def connection_options() -> ArgumentSpec:
    """Return the connection options, which every module has."""
    return {
        "access_token": _option("str", "AEP_ACCESS_TOKEN", no_log=True),
        "client_id": _option("str", "AEP_CLIENT_ID", aliases=["api_key"]),
        "client_secret": _option("str", "AEP_CLIENT_SECRET", no_log=True),
        "scopes": _option("list", "AEP_SCOPES", elements="str", default=list(DEFAULT_SCOPES)),
        "org_id": _option("str", "AEP_ORG_ID"),
        "sandbox_name": _option("str", "AEP_SANDBOX_NAME", default="prod"),
        "base_url": _option("str", "AEP_BASE_URL", default="https://platform.adobe.io"),
        "ims_url": _option("str", "AEP_IMS_URL", default="https://ims-na1.adobelogin.com"),
        "validate_certs": _option("bool", "AEP_VALIDATE_CERTS", default=True),
        "ca_path": _option("path", "AEP_CA_PATH"),
        "client_cert": _option("path", "AEP_CLIENT_CERT"),
        "client_key": _option("path", "AEP_CLIENT_KEY", no_log=False),
        "proxy": _option("str", "AEP_PROXY"),
        "timeout": _option("float", "AEP_TIMEOUT", default=60.0),
        "retries": _option("int", "AEP_RETRIES", default=5),
        "retry_deadline": _option("float", "AEP_RETRY_DEADLINE", default=300.0),
        "settle_time": _option("float", "AEP_SETTLE_TIME", default=1.0),
        "token_cache": _option("bool", "AEP_TOKEN_CACHE", default=True, no_log=False),
    }


def field_options(kind: Kind) -> ArgumentSpec:
    """Return an option for each field of a kind of spec."""
    return {
        field.option: {"type": field.type, **({"elements": field.elements} if field.elements else {})}
        for field in kind.fields
    }


def backup_options() -> ArgumentSpec:
    """Return the options of a module that replaces or deletes live objects."""
    return {"backup": {"type": "bool", "default": False}, "backup_dir": {"type": "path"}}


def approval_options() -> ArgumentSpec:
    """Return the option of a module that can require an approval for its writes."""
    return {"approved_findings": {"type": "list", "elements": "dict"}}


def definition_options() -> ArgumentSpec:
    """Return the options for whole definitions with the field names of the API."""
    return {
        "definition": {"type": "dict"},
        "src": {"type": "path"},
        "ignore_paths": {"type": "list", "elements": "str", "default": []},
        "match_on": {"type": "list", "elements": "str"},
    }


def optional_id(params: Params, option: str) -> str | None:
    """Return the ID that an option holds; None if it is not set.

    Raises InputError.
    """
    return None if params[option] is None else check_id(params[option], option)
