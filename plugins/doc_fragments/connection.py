# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  access_token:
    description:
      - A token of Adobe IMS to send with every request. With it, no token is fetched.
      - A leading C(Bearer) is removed.
      - Either this or O(client_secret) is required.
      - If not set, the environment variable E(AEP_ACCESS_TOKEN) is used.
    type: str
  client_id:
    description:
      - The client ID of the technical account, called API key in the Adobe Developer Console.
        Every request carries it as C(x-api-key).
      - Required, as an option or in the environment.
      - If not set, the environment variable E(AEP_CLIENT_ID) is used.
    type: str
    aliases:
      - api_key
  client_secret:
    description:
      - The client secret of the technical account, to fetch a token from Adobe IMS by client credentials.
      - If not set, the environment variable E(AEP_CLIENT_SECRET) is used.
    type: str
  scopes:
    description:
      - The scopes to ask a token for.
      - If not set, the environment variable E(AEP_SCOPES) is used, a list with commas between its items.
    type: list
    elements: str
    default:
      - openid
      - session
      - AdobeID
      - read_organizations
      - additional_info.projectedProductContext
  org_id:
    description:
      - The ID of the organization, such as C(0123456789ABCDEF01234567@AdobeOrg).
      - Required, as an option or in the environment.
      - If not set, the environment variable E(AEP_ORG_ID) is used.
    type: str
  sandbox_name:
    description:
      - The name of the sandbox, in lower case.
      - If not set, the environment variable E(AEP_SANDBOX_NAME) is used.
    type: str
    default: prod
  base_url:
    description:
      - Where Adobe Experience Platform is. The path of the Flow Service, C(/data/foundation/flowservice), is added.
      - C(http) is refused for any host but loopback.
      - If not set, the environment variable E(AEP_BASE_URL) is used.
    type: str
    default: https://platform.adobe.io
  ims_url:
    description:
      - Where Adobe IMS is. The path C(/ims/token/v3) is added.
      - C(http) is refused for any host but loopback.
      - If not set, the environment variable E(AEP_IMS_URL) is used.
    type: str
    default: https://ims-na1.adobelogin.com
  validate_certs:
    description:
      - Whether to check the certificates of the service, of Adobe IMS and of an C(https) proxy.
      - If V(false), the task warns that another server can pose as the service.
      - If not set, the environment variable E(AEP_VALIDATE_CERTS) is used.
    type: bool
    default: true
  ca_path:
    description:
      - A file or folder of certificates of the authorities to trust.
      - If not set, the environment variable E(AEP_CA_PATH) is used, then E(REQUESTS_CA_BUNDLE), E(CURL_CA_BUNDLE)
        and E(SSL_CERT_FILE), then the authorities that the Python package C(certifi) brings.
    type: path
  client_cert:
    description:
      - A file with a client certificate to present, in PEM format; it may hold its key as well.
      - If not set, the environment variable E(AEP_CLIENT_CERT) is used.
    type: path
  client_key:
    description:
      - A file with the key of O(client_cert), in PEM format and without a passphrase.
      - If not set, the environment variable E(AEP_CLIENT_KEY) is used.
    type: path
  proxy:
    description:
      - The URL of a proxy for all requests, such as C(http://USER:PASSWORD@HOST:PORT). Without a scheme, C(http) is used.
      - Percent-encode special characters in the user name and the password, for example C(#) as C(%23).
      - If not set, the environment variable E(AEP_PROXY) is used, then the usual E(HTTPS_PROXY), E(HTTP_PROXY)
        and E(NO_PROXY).
    type: str
  timeout:
    description:
      - Seconds within which one request has to be answered, from connecting to the last byte of the answer.
      - If not set, the environment variable E(AEP_TIMEOUT) is used.
    type: float
    default: 60.0
  retries:
    description:
      - How often a request is tried, the first time included, when the connection fails or times out and when the
        service answers C(429), C(500), C(502), C(503) or C(504).
      - A C(Retry-After) in the answer is honoured; otherwise the pauses grow, with some randomness.
      - A request that creates a spec is sent again only after a look whether the spec is there.
      - If not set, the environment variable E(AEP_RETRIES) is used.
    type: int
    default: 5
  retry_deadline:
    description:
      - Seconds after the start of the task after which nothing is tried again.
      - If not set, the environment variable E(AEP_RETRY_DEADLINE) is used.
    type: float
    default: 300.0
  settle_time:
    description:
      - Seconds to wait after an update before the spec is read back. The Flow Service gives specs no version that
        would keep two writers apart, so this collection reads right before it writes, waits, reads back, and merges
        and writes again if its change is gone. No link is lost as long as every writer's update lands within this
        time of its read.
      - After a creation, the specs of its name are looked at once more, at once, since another controller may have
        created one at the same time; this time is waited for only if the new spec is not listed yet.
      - V(0) turns the waiting off, and the look after a creation. Use it only where nobody else writes.
      - If not set, the environment variable E(AEP_SETTLE_TIME) is used.
    type: float
    default: 1.0
  token_cache:
    description:
      - Whether to keep a token that was fetched for later tasks, until shortly before it expires, in a file that only
        the user who runs the task can read. It lies below E(XDG_CACHE_HOME), by default C(~/.cache). A relative path in
        E(XDG_CACHE_HOME) is ignored.
      - If not set, the environment variable E(AEP_TOKEN_CACHE) is used.
    type: bool
    default: true
requirements:
  - requests
  - PyYAML
notes:
  - Requests leave from the host that the task runs on, which is usually the controller. Use it with C(hosts=localhost) or
    C(delegate_to=localhost). A lookup always runs on the controller.
  - Tokens and secrets appear in no output. Redirects are not followed.
  - An environment variable that is empty counts as not set.
"""

    # For lookups, after the standard fragment: where else than in its terms a lookup finds its options.
    LOOKUP = r"""
options:
  access_token:
    env:
      - name: AEP_ACCESS_TOKEN
    vars:
      - name: aep_access_token
  client_id:
    env:
      - name: AEP_CLIENT_ID
    vars:
      - name: aep_client_id
  client_secret:
    env:
      - name: AEP_CLIENT_SECRET
    vars:
      - name: aep_client_secret
  scopes:
    env:
      - name: AEP_SCOPES
    vars:
      - name: aep_scopes
  org_id:
    env:
      - name: AEP_ORG_ID
    vars:
      - name: aep_org_id
  sandbox_name:
    env:
      - name: AEP_SANDBOX_NAME
    vars:
      - name: aep_sandbox_name
  base_url:
    env:
      - name: AEP_BASE_URL
    vars:
      - name: aep_base_url
  ims_url:
    env:
      - name: AEP_IMS_URL
    vars:
      - name: aep_ims_url
  validate_certs:
    env:
      - name: AEP_VALIDATE_CERTS
    vars:
      - name: aep_validate_certs
  ca_path:
    env:
      - name: AEP_CA_PATH
    vars:
      - name: aep_ca_path
  client_cert:
    env:
      - name: AEP_CLIENT_CERT
    vars:
      - name: aep_client_cert
  client_key:
    env:
      - name: AEP_CLIENT_KEY
    vars:
      - name: aep_client_key
  proxy:
    env:
      - name: AEP_PROXY
    vars:
      - name: aep_proxy
  timeout:
    env:
      - name: AEP_TIMEOUT
    vars:
      - name: aep_timeout
  retries:
    env:
      - name: AEP_RETRIES
    vars:
      - name: aep_retries
  retry_deadline:
    env:
      - name: AEP_RETRY_DEADLINE
    vars:
      - name: aep_retry_deadline
  settle_time:
    env:
      - name: AEP_SETTLE_TIME
    vars:
      - name: aep_settle_time
  token_cache:
    env:
      - name: AEP_TOKEN_CACHE
    vars:
      - name: aep_token_cache
notes:
  - Each use of the lookup asks the service. Keep what is used more than once by M(ansible.builtin.set_fact).
  - Defaults of modules, as in C(module_defaults), do not apply to lookups. Variables do, such as C(aep_sandbox_name).
"""
