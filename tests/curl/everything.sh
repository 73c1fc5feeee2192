#!/usr/bin/env bash
# $everything: the patient, what belongs to it, and whom that names.
. "$(dirname "$0")/lib.sh"

push
ask GET '/Patient/p/$everything'
expect 200
has '"fullUrl":"'"$BASE"'/fhir/Practitioner/gp"'
has '"search":{"mode":"include"}'
has '"resourceType":"Encounter"'
ask GET '/Patient/p/$everything?_type=Encounter&_count=1'
has '"total":1'
has_not '"resourceType":"Observation"'
ask GET '/Patient/p/$everything?end=2000-01-01'
has_not '"resourceType":"Encounter"'
ask GET '/Patient/p/$everything?begin=2020'
expect 400
has MTR-OPR-002
