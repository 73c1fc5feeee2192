#!/usr/bin/env bash
# The session of the README on a practice of its own: push a record, read the month and the card.
. "$(dirname "$0")/lib.sh"

ask GET /metadata
expect 200
has CapabilityStatement
push
ask GET '/Patient/p/$forfait?month=2025-12'
expect 200
has '"totalNet":{"value":30.00,"currency":"EUR"}'
ask GET '/Patient/p/$prevention?date=2025-12-31'
expect 200
has 'à jour 1/12'
ask GET '/Patient/p/$explain?month=2025-12' '' 'Accept: text/plain'
expect 200
echo "$ANSWER"
# The score is corrected: the month follows.
ask PUT /Observation/precar "${PRECAR/60/12}"
expect 200
ask GET '/Patient/p/$forfait?month=2025-12'
expect 200
# 8.00 + 7.35 + 9.99 = 25.34.
has '"totalNet":{"value":25.34,"currency":"EUR"}'
