#!/usr/bin/env bash
# tariffs: what each line is worth, since when, and on whose word.
. "$(dirname "$0")/lib.sh"
URL=https://mtr-gateway.example/fhir/ChargeItemDefinition

ask GET "/ChargeItemDefinition?url=$URL/mtr-demo&_summary=true"
expect 200
has '"total":1'

# Every period of every line; what is invented says so.
ask GET "/ChargeItemDefinition/mtr-demo"
expect 200
has '"code":"fictional"'
has '"amount":{"value":8.40,"currency":"EUR"}'
has 'Plafond mensuel'

ask GET "/ChargeItemDefinition/fmt-2026"
expect 200
has '"type":"surcharge"'
has_not '"code":"fictional"'

# All of it is read only.
ask DELETE "/ChargeItemDefinition/mtr-demo"
expect 405
