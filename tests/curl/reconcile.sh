#!/usr/bin/env bash
# $reconcile: a payer's list against what was issued and what is computed now.
. "$(dirname "$0")/lib.sh"

push
ask POST "/Organization/$STRUCTURE/\$close-month" '{"resourceType":"Parameters","parameter":[{"name":"month","valueString":"2025-12"}]}'
expect 200
line() {
  echo "{\"name\":\"line\",\"part\":[{\"name\":\"patient\",\"valueString\":\"$1\"},{\"name\":\"month\",\"valueString\":\"$2\"},{\"name\":\"amount\",\"valueDecimal\":$3}]}"
}
list() {
  local IFS=,
  echo "{\"resourceType\":\"Parameters\",\"parameter\":[$*]}"
}
ask POST "/Organization/$STRUCTURE/\$reconcile" "$(list "$(line p 2025-12 1.00)" "$(line nobody 2025-12 2.00)" "$(line p 2026-01 3.00)")"
expect 200
has '"code":"amount-differs"'
has '"code":"patient-unknown"'
has '"code":"month-open"'
has '{"name":"theirs","valueMoney":{"value":6.00,"currency":"EUR"}}'

# One that cannot be read is told line by line.
ask POST "/Organization/$STRUCTURE/\$reconcile" "$(list "$(line p 12/2025 1.00)")"
expect 400
has MTR-RCN-002
