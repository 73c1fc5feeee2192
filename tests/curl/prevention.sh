#!/usr/bin/env bash
# $prevention: the card of a day.
. "$(dirname "$0")/lib.sh"

push
ask GET '/Patient/p/$prevention?date=2025-06-30'
expect 200
has '"resourceType":"Parameters"'
# A man of 45 whose depression is known: twelve items apply to him, one is done.
has 'à jour 1/12, expirés 0/12, jamais faits 11/12'
has 'Observation/bp/_history/1'
