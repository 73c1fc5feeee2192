#!/usr/bin/env bash
# Measures: of one patient, of the structure, month by month.
. "$(dirname "$0")/lib.sh"

push
PERIOD='periodStart=2025&periodEnd=2025'
ask GET "/Measure/blood-pressure/\$evaluate-measure?$PERIOD&subject=Patient/p"
expect 200
has '"type":"individual"'
has '"measureScore":{"value":1.0000'
has 'Observation/bp/_history/1'

ask GET "/Measure/prevention/\$evaluate-measure?$PERIOD"
expect 200
has '"type":"summary"'
has '"code":"typologie"'
ask GET "/Measure/blood-pressure/\$evaluate-measure?$PERIOD&reportType=subject-list&practitioner=Practitioner/gp"
expect 200
has '"reference":"Patient/p"'

ask POST '/Measure/$evaluate' '{"resourceType":"Parameters","parameter":[{"name":"measureUrl","valueCanonical":"Measure/blood-pressure"},
  {"name":"periodStart","valueDate":"2025-01-01"},{"name":"periodEnd","valueDate":"2025-12-31"},
  {"name":"subject","valueString":"Patient/p"}]}'
expect 200
has '"resourceType":"Bundle"'

ask GET '/Measure/blood-pressure/$trend?from=2025-03&to=2025-06&stratify=no'
expect 200
has '"start":"2025-03-01"'
has '"end":"2025-06-30"'

ask GET "/Measure/blood-presure/\$evaluate-measure?$PERIOD"
expect 404
has MTR-MEA-001
has blood-pressure
ask GET '/Measure/blood-pressure/$evaluate-measure?periodStart=2026&periodEnd=2025'
expect 400
has MTR-MEA-004
