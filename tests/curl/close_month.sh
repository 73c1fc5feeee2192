#!/usr/bin/env bash
# close-month: what a month comes to, closing it, and what was issued.
. "$(dirname "$0")/lib.sh"
params() { echo "{\"resourceType\":\"Parameters\",\"parameter\":[{\"name\":\"month\",\"valueString\":\"$1\"},{\"name\":\"dryRun\",\"valueBoolean\":$2}]}"; }

ask PUT "/Patient/close-p" '{"resourceType":"Patient","id":"close-p","gender":"male","birthDate":"1980-01-01","name":[{"family":"Essai"}]}'
expect 201

# Nothing is closed by a dry run.
ask POST "/Organization/$STRUCTURE/\$close-month" "$(params 2026-08 true)"
expect 200
has '"name":"closable","valueBoolean":true'
has identity-missing

ask POST "/Organization/$STRUCTURE/\$close-month" "$(params 2026-08 false)"
expect 200
has '"status":"issued"'

# Once is enough, and the next one is September.
ask POST "/Organization/$STRUCTURE/\$close-month" "$(params 2026-08 false)"
expect 409
has 'MTR-CLO-001'
ask POST "/Organization/$STRUCTURE/\$close-month" "$(params 2026-10 false)"
expect 422
has 'MTR-CLO-003'

# The patient's month and the structure's.
ask GET "/Invoice?issuer=Organization/$STRUCTURE&date=2026-08"
expect 200
has '"total":2'
has '"code":"structure-month"'
ask GET "/Invoice?subject=Patient/close-p&status=issued"
expect 200
has '"total":1'
