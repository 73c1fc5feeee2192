#!/usr/bin/env bash
# metadata: what is offered, by type.
. "$(dirname "$0")/lib.sh"

ask GET /metadata
expect 200
has '"history-system"'
has '"patchFormat":["application/json-patch+json"]'
has '"conditionalDelete":"single"'
has '"name":"everything"'
