#!/usr/bin/env bash
# search: by identifier, patient, code and date; an unknown parameter is refused.
. "$(dirname "$0")/lib.sh"

push
ask GET '/Observation?patient=p'
expect 200
has '"total":2'
ask GET '/Observation?patient=p&code=https://mtr-gateway.example/fhir/CodeSystem/mtr-observation%7Cprecar&date=2025-03-10'
expect 200
has '"total":1'
has '"relation":"self"'
ask GET '/Encounter?date=lt2025-03-01'
has '"total":0'
ask GET '/Observation?patiant=p'
expect 400
has patient
