#!/usr/bin/env bash
# search: by identifier, patient, code, name, value and date; order, inclusion, a chain; an unknown
# parameter is refused, or passed over where the client prefers so.
. "$(dirname "$0")/lib.sh"

push
ask GET '/Observation?patient=p'
expect 200
has '"total":2'
ask GET '/Patient/p/Observation'
expect 200
has '"total":2'
ask GET '/Observation?patient=p&code=https://mtr-gateway.example/fhir/CodeSystem/mtr-observation%7Cprecar&date=2025-03-10'
expect 200
has '"total":1'
has '"relation":"self"'
ask GET '/Encounter?date=lt2025-03-01'
has '"total":0'
ask GET '/Condition?clinical-status=active&onset-date=ge2019&code:not=I10'
has '"total":1'
ask GET '/Patient?birthdate=ge1980&birthdate=lt1981&gender=male'
has '"total":1'
ask GET '/Observation?patient.identifier=urn:oid:1.2.250.1.999.1.1.1%7CN-1&_sort=-date'
has '"total":2'
has_not 'N-1"}],"link'
ask GET '/Patient?_has:Encounter:patient:practitioner=Practitioner/gp&_revinclude=Encounter:patient'
has '"total":1'
has '"mode":"include"'
ask GET '/Observation?patient=p&_summary=count'
has '"total":2'
has_not '"entry"'
ask GET '/Observation?patiant=p'
expect 400
has patient
ask GET '/Observation?patient=p&zodiac=lion' '' 'Prefer: handling=lenient'
expect 200
has '"mode":"outcome"'

# Chains and inclusions go on through what they lead to.
ask GET '/Patient?general-practitioner:Practitioner._has:Encounter:practitioner:patient.gender=male'
expect 200
has '"total":1'
ask GET '/Observation?patient=p&_include=Observation:patient&_include:iterate=Patient:general-practitioner'
expect 200
has '"id":"gp"'
