# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bare HTTP calls, from one Python process: what no client can do without. Prints their seconds as JSON."""

from __future__ import annotations

import json
import os
import sys
import time

import requests


def main() -> None:
    """``bare.py COUNT METHOD PATH``: so many requests; a PUT is preceded by a GET, whose answer it sends back."""
    count, method, path = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    url = f"{os.environ['AEP_BASE_URL']}/data/foundation/flowservice/{path}"
    session = requests.Session()
    session.trust_env = False
    form = {"grant_type": "client_credentials", "scope": "openid"}
    form |= {name: os.environ[f"AEP_{name.upper()}"] for name in ("client_id", "client_secret")}
    token = session.post(f"{os.environ['AEP_IMS_URL']}/ims/token/v3", data=form, timeout=60).json()["access_token"]
    session.headers.update(
        {
            "Authorization": f"Bearer {token}",
            "x-api-key": os.environ["AEP_CLIENT_ID"],
            "x-gw-ims-org-id": os.environ["AEP_ORG_ID"],
            "x-sandbox-name": "prod",
        }
    )
    begin = time.perf_counter()
    for _number in range(count):
        content = session.get(url, timeout=60).json()
        if method == "PUT":
            session.put(url, json=content["items"][0], timeout=60).raise_for_status()
    print(json.dumps({"http_seconds": time.perf_counter() - begin}))


if __name__ == "__main__":
    main()
