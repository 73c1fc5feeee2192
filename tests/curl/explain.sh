#!/usr/bin/env bash
# $explain: why, for people, in French or in English.
. "$(dirname "$0")/lib.sh"

push
ask GET '/Patient/p/$explain?month=2025-12' '' 'Accept: text/plain'
expect 200
has 12,40
has fictifs
ask GET '/Patient/p/$explain?month=2025-12' '' 'Accept: text/plain' 'Accept-Language: en'
expect 200
has 12.40
has fictional
ask GET '/Patient/p/$explain?month=2025-12'
expect 200
has '"resourceType":"Parameters"'
has '"resourceType":"Provenance"'
