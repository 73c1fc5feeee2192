#!/usr/bin/env bash
# $prevention: the card of a day.
. "$(dirname "$0")/lib.sh"

push
ask GET '/Patient/p/$prevention?date=2025-06-30'
expect 200
has '"resourceType":"Parameters"'
# A man of 45: thirteen items apply to him, one is done.
has 'à jour 1/13, expirés 0/13, jamais faits 12/13'
has 'Observation/bp/_history/1'
