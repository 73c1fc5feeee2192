#!/usr/bin/env bash
# Group: the rosters of a month, what changes of one between two months, and who is leaving.
. "$(dirname "$0")/lib.sh"

push
ask GET '/Group?code=file-active&month=2025-12'
expect 200
has '"total":1'
has '"reference":"Patient/p"'
# Seen on 10 March 2025: on the file active for 24 months.
has '"period":{"start":"2025-03-10","end":"2027-03-10"}'
group="$(grep -o 'grp-[0-9a-f]*' <<<"$ANSWER" | head -n 1 || true)"

ask GET '/Group?member=Patient/p&month=2025-12&_elements=code'
expect 200
has sante-mentale
has parcours-vulnerabilite-sociale

ask GET "/Group/$group/\$diff?from=2025-02&to=2025-03"
expect 200
has '"name":"entered"'
has consultation
# The socle of 8.00, capped with the three typologies at 30.00.
has '"value":30.00'
ask GET "/Group/$group/\$diff?from=2027-02&to=2027-03"
expect 200
has '"name":"left"'
has window-elapsed
ask GET "/Group/$group/\$diff?from=2025-03&to=2025-03"
expect 400
has MTR-ROS-001

ask GET "/Organization/$STRUCTURE/\$leaving?date=2027-01-15"
expect 200
has '"name":"windowEnds","valueDate":"2027-03-10"'

ask PUT "/Group/$group" '{"resourceType":"Group"}'
expect 405
