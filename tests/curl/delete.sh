#!/usr/bin/env bash
# delete: 204, then 410; a patient with dependants only with _cascade=delete.
. "$(dirname "$0")/lib.sh"

push
ask DELETE /Condition/ald
expect 204
ask GET /Condition/ald
expect 410
ask GET /Condition/ald/_history/1
expect 200
ask DELETE /Patient/p
expect 409
ask DELETE '/Patient/p?_cascade=delete'
expect 204
ask GET /Encounter/e
expect 410
