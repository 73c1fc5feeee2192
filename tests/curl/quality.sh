#!/usr/bin/env bash
# $data-quality: what a structure's records leave unsaid, counted; nobody is in it.
. "$(dirname "$0")/lib.sh"

push
ask PUT /Observation/local '{"resourceType":"Observation","id":"local","status":"final",
  "code":{"coding":[{"system":"https://editeur.example/codes","code":"TA-SYS"}]},
  "subject":{"reference":"Patient/p"},"effectiveDateTime":"2025-05-02","valueInteger":120}'
expect 201
ask GET '/$data-quality'
expect 200
has '"resourceType":"MeasureReport"'
has '"code":"ins-missing"'
has MTR-QLT-001
has '"code":"TA-SYS"'
has_not N-1
has_not 1980-01-01
