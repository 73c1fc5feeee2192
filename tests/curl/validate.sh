#!/usr/bin/env bash
# $validate: every fault at once, in French and English, nothing stored.
. "$(dirname "$0")/lib.sh"

ask POST '/Patient/$validate' "$PATIENT"
expect 200
has_not '"severity":"error"'
ask POST '/Patient/$validate' '{"resourceType":"Patient","birthDate":"2023-02-31","nom":"X"}'
expect 200
has Patient.birthDate
has Patient.nom
has MTR-VAL-002
has MTR-STR-001
ask GET '/Patient?identifier=N-1'
has '"total":0'

# Before a create: would it be refused because somebody has that number?
ask PUT /Patient/p "$PATIENT"
expect 201
ask POST '/Patient/$validate?mode=create' "$PATIENT"
expect 200
has MTR-PAT-023
ask POST '/Patient/$validate?mode=update' "$PATIENT"
expect 200
has_not MTR-PAT-023
