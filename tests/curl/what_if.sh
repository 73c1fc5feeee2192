#!/usr/bin/env bash
# $what-if: the month with a fact more or less; nothing is stored.
. "$(dirname "$0")/lib.sh"

push
FLAG='{"resourceType":"Flag","status":"active","code":{"text":"déclaré par le médecin"},
  "category":[{"coding":[{"system":"https://mtr-gateway.example/fhir/CodeSystem/mtr-typologie","code":"handicap"}]}],
  "subject":{"reference":"Patient/p"},"period":{"start":"2025-01-01"}}'
ask POST '/Patient/p/$what-if' "{\"resourceType\":\"Parameters\",\"parameter\":[
  {\"name\":\"month\",\"valueString\":\"2025-12\"},
  {\"name\":\"add\",\"resource\":$FLAG},
  {\"name\":\"remove\",\"valueReference\":{\"reference\":\"Observation/precar\"}}]}"
expect 200
has '"code":"simulated"'
has '"name":"difference","valueMoney"'
has vulnerabilite-sociale
ask GET '/Flag?patient=p'
expect 200
has '"total":0'
ask POST '/Patient/p/$what-if' '{"resourceType":"Parameters","parameter":[
  {"name":"remove","valueReference":{"reference":"Observation/absent"}}]}'
expect 422
has MTR-WIF-002
