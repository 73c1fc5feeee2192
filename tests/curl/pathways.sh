#!/usr/bin/env bash
# Pathways: who may enter, who is in, what is used of what is granted, as Parameters, CarePlan and Group.
. "$(dirname "$0")/lib.sh"

push
EPISODE='{"resourceType":"EpisodeOfCare","id":"stay","status":"active","patient":{"reference":"Patient/p"},
  "type":[{"coding":[{"system":"https://mtr-gateway.example/fhir/CodeSystem/mtr-parcours","code":"souffrance-psychologique"}]}],
  "period":{"start":"2025-04-01"}}'
SESSION="${VISIT/\"id\":\"e\"/\"id\":\"s1\"}"
SESSION="${SESSION/2025-03-10T09/2025-04-10T09}"
SESSION="${SESSION%\}},\"type\":[{\"coding\":[{\"system\":\"https://mtr-gateway.example/fhir/CodeSystem/mtr-session\",\"code\":\"psychologue\"}]}]}"

ask GET '/Patient/p/$pathways?date=2025-06-01'
expect 200
# PRECAR of 60 and a depression: both factors of the psychological pathway.
has '"name":"eligible","valueCode":"yes"'
has '"name":"state","valueCode":"not-entered"'

ask PUT /EpisodeOfCare/stay "$EPISODE"
expect 201
ask PUT /Encounter/s1 "$SESSION"
expect 201
ask GET '/Patient/p/$pathways?date=2025-06-01'
expect 200
has '"name":"state","valueCode":"entered"'
has '"name":"left","valueInteger":4'
# Nobody published how many places there are: that is said.
has '"name":"capacityUnknown","valueBoolean":true'

ask GET '/CarePlan?patient=p&status=active'
expect 200
has '"total":1'
has '1 sur 5, reste 4'
ask GET '/Group?member=Patient/p&month=2025-06&_elements=code'
expect 200
has parcours-souffrance-psychologique-entered
ask GET "/Organization/$STRUCTURE/\$pathways?date=2025-06-01"
expect 200
has '"name":"entered","valueInteger":1'
ask POST /CarePlan '{"resourceType":"CarePlan"}'
expect 405
