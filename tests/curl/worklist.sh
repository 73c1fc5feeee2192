#!/usr/bin/env bash
# A practice's worklist: open care gaps, what they weigh, what one visit closes, what a tariff pays.
. "$(dirname "$0")/lib.sh"

push
ask GET "/Organization/$STRUCTURE/\$worklist?date=2025-10-31"
expect 200
has '"reference":"Patient/p"'
has '"name":"neverDone"'
has '"name":"oneVisit","valueBoolean":true'
# Money only when a tariff is asked for.
has_not '"name":"amount"'

ask GET "/Organization/$STRUCTURE/\$worklist?date=2026-04-15&tariff=fmt-2026&practitioner=Practitioner/gp&item=bmi&item=tobacco"
expect 200
has '"name":"paysPrevention","valueBoolean":true'

ask GET "/Organization/$STRUCTURE/\$worklist?item=tabaco"
expect 400
has MTR-WRK-001
has tobacco
ask GET '/Organization/another/$worklist'
expect 404
