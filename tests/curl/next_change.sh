#!/usr/bin/env bash
# $next-change: when something changes with no new data, and why.
. "$(dirname "$0")/lib.sh"

push
ask GET '/Patient/p/$next-change?date=2025-11-15'
expect 200
has '"name":"next","valueDate":"2026-01-01"'
has parameter-changes
has tariffs/mtr-demo.socle
ask GET '/Patient/p/$next-change?date=2025-11-15&months=0'
expect 400
has MTR-OPR-004
