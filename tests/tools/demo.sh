#!/usr/bin/env bash
# The main job, step by step. Runs on an emulator whose address is in the environment.
set -euo pipefail

step() { printf '\n\033[1m=== %s\033[0m\n' "$*"; }
play() { printf '$ ansible-playbook %s\n' "$*"; ansible-playbook "$@"; }

step "An emulator of the Flow Service listens on $AEP_BASE_URL. A new source is described in this file:"
sed -n '1,12p' "$AEP_DEMO_DEFINITION"
echo "..."

step "1. What would happen? Check mode sends no write, and shows the difference that a run would make."
play aep.flow_service.demo --check --diff

step "2. Do it: create the connection spec, and have the flow spec RestStorageToAEP support it."
play aep.flow_service.demo

step "3. Do it again: nothing changes."
play aep.flow_service.demo

step "4. The flow spec as the service has it now: the new source is in its list, everything else is as it was."
printf '$ curl %s/data/foundation/flowservice/flowSpecs/6499120c-0b15-42dc-936e-847ea3c24d72\n' "$AEP_BASE_URL"
python - <<'PYTHON'
import json, os, requests

headers = {
    "Authorization": "Bearer emulator-token",
    "x-api-key": os.environ["AEP_CLIENT_ID"],
    "x-gw-ims-org-id": os.environ["AEP_ORG_ID"],
    "x-sandbox-name": os.environ["AEP_SANDBOX_NAME"],
}
base = os.environ["AEP_BASE_URL"] + "/data/foundation/flowservice"
flow_spec = requests.get(f"{base}/flowSpecs/6499120c-0b15-42dc-936e-847ea3c24d72", headers=headers).json()["items"][0]
names = {spec["id"]: spec["name"] for spec in requests.get(f"{base}/connectionSpecs", headers=headers).json()["items"]}
print(f"{flow_spec['name']} supports:")
for spec_id in flow_spec["sourceConnectionSpecIds"]:
    print(f"  {spec_id}  {names[spec_id]}")
print(f"Its other fields: {', '.join(name for name in flow_spec if name != 'sourceConnectionSpecIds')}")
PYTHON

step "To do the same on the real platform"
cat <<'TEXT'
  ansible-galaxy collection install .    # in this folder
  python -m pip install requests
  export AEP_CLIENT_ID=...       # of a project in the Adobe Developer Console, with an OAuth server-to-server credential
  export AEP_CLIENT_SECRET=...
  export AEP_ORG_ID=...@AdobeOrg
  export AEP_SANDBOX_NAME=...    # try it in a development sandbox first
  ansible-playbook aep.flow_service.demo --check --diff

The technical account needs the right to write specs, which Adobe grants to source partners. A flow spec is shared with
everybody who uses the sandbox, and the API cannot delete a spec: run with --check --diff first.
TEXT
