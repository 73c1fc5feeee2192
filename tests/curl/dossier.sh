#!/usr/bin/env bash
# $mtr-dossier: everything about a patient at a date.
. "$(dirname "$0")/lib.sh"

push
ask GET '/Patient/p/$mtr-dossier?date=2025-12-31'
expect 200
for type in Invoice MeasureReport DetectedIssue Group Provenance; do has "\"resourceType\":\"$type\""; done
