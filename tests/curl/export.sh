#!/usr/bin/env bash
# $export-lines: the lines of closed months for a payer's accountant, with their control totals.
. "$(dirname "$0")/lib.sh"
LINES="/Organization/$STRUCTURE/\$export-lines"

push
# An open month is no statement yet: only its draft can be exported.
ask GET "$LINES?month=2025-12"
expect 422
has MTR-EXP-002
ask GET "$LINES?month=2025-12&drafts=true&format=csv"
expect 200
has ',draft,'

ask POST "/Organization/$STRUCTURE/\$close-month" '{"resourceType":"Parameters","parameter":[{"name":"month","valueString":"2025-12"}]}'
expect 200
ask GET "$LINES?month=2025-12&format=csv"
expect 200
has 'structure,month,invoice,patient,sequence,kind,line,amount,centimes'
has ',due,socle,8.00,800,'
has_header 'Repr-Digest: sha-256=:'
has_header 'X-MTR-Control: patient-months=1; '
FIRST="$ANSWER"

# Late data changes nothing of it.
ask DELETE /Observation/precar
expect 204
ask GET "$LINES?month=2025-12" '' 'Accept: text/csv'
expect 200
[ "$ANSWER" = "$FIRST" ] || { echo "$0: the lines of a closed month changed" >&2; exit 1; }

ask GET "$LINES?month=2025-12&_control=true"
expect 200
has '"name":"sha256"'
