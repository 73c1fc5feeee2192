#!/usr/bin/env bash
# Measure/$care-gaps: the gaps of a patient as a document, those of the structure as a deferred answer;
# ImmunizationRecommendation.
. "$(dirname "$0")/lib.sh"

push
MEASURE='https://mtr-gateway.example/fhir/Measure'
PERIOD='periodStart=2025-01-01&periodEnd=2025-06-30'

ask GET "/Measure/\$care-gaps?$PERIOD&subject=Patient/p&measureUrl=$MEASURE/blood-pressure&measureUrl=$MEASURE/tobacco&status=open-gap&status=closed-gap"
expect 200
has '"type":"document"'
has '"code":"96315-7"'
# Taken in May 2025.
has '"code":"closed-gap"'
has '"code":"open-gap"'
has '"code":"NotFound"'

ask POST '/Measure/$care-gaps' "{\"resourceType\":\"Parameters\",\"parameter\":[
  {\"name\":\"periodStart\",\"valueDate\":\"2025\"},{\"name\":\"periodEnd\",\"valueDate\":\"2025-06\"},
  {\"name\":\"measureUrl\",\"valueCanonical\":\"$MEASURE/prevention\"},{\"name\":\"status\",\"valueCode\":\"not-applicable\"},
  {\"name\":\"subject\",\"valueString\":\"Patient/p\"},{\"name\":\"isDocument\",\"valueBoolean\":false}]}"
expect 200
has '"type":"collection"'
has "$MEASURE/breast-cancer|"

ask GET "/Measure/\$care-gaps?$PERIOD&subject=Patient/p&measureurl=$MEASURE/bmi&status=open-gap"
expect 400
has MTR-OPR-002
has measureUrl
ask GET "/Measure/\$care-gaps?$PERIOD&subject=Patient/p&measureUrl=$MEASURE/bmii&status=open-gap"
expect 404
has MTR-MEA-001

ask GET "/Measure/\$care-gaps?$PERIOD&subject=Organization/$STRUCTURE&measureUrl=$MEASURE/prevention&status=open-gap" '' 'Prefer: respond-async'
expect 202
job="$(sed -n 's/^[Cc]ontent-[Ll]ocation: .*\(\/_jobs\/.*\)$/\1/p' <<<"$HEADERS")"
for _ in $(seq 100); do
  ask GET "$job"
  if [ "$STATUS" != 202 ]; then break; fi
  sleep 0.1
done
expect 200
has '"transactionTime"'
has '"type":"Bundle"'
file="$(sed -n 's/.*"url":"[^"]*\(\/_jobs\/[^"]*\)".*/\1/p' <<<"$ANSWER")"
ask GET "$file"
expect 200
has '/fhir/Patient/p"'
ask DELETE "$job"
expect 202
ask GET "$job"
expect 404
has MTR-JOB-001

ask GET '/ImmunizationRecommendation?patient=Patient/p&date=2025-06-30'
expect 200
has '"forecastStatus"'
has dtp-dose
