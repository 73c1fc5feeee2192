#!/usr/bin/env bash
# simulate: what another tariff would pay; nothing is stored.
. "$(dirname "$0")/lib.sh"
TARIFF="$(dirname "$0")/../../mappings/tariffs/mtr-demo.yaml"

# A tariff beside itself changes nothing. It is sent as the YAML it is.
ANSWER="$(curl -sS -X POST -H "X-MTR-Structure: $STRUCTURE" -H 'Content-Type: application/yaml' \
  --data-binary "@$TARIFF" "$BASE/fhir/\$simulate?from=2026-01&to=2026-12")"
has '"code":"simulated"'
has '"name":"withoutAdjustments","valueBoolean":true'
has '"name":"effect","valueMoney":{"value":0.00,"currency":"EUR"}'

# A faulty one is refused with the place of each fault.
ask POST "/\$simulate" '{"resourceType":"Parameters","parameter":[{"name":"from","valueString":"2026-10"},{"name":"content","valueString":"id: essai"}]}'
expect 422
has 'MTR-SIM-001'
