#!/usr/bin/env bash
# create: 201 with a Location; with If-None-Exist, the one that is there.
. "$(dirname "$0")/lib.sh"

ask POST /Patient "$PATIENT"
expect 201
has_header "location: $BASE/fhir/Patient/"
has_header 'etag: W/"1"'
ask POST /Patient "$PATIENT" 'If-None-Exist: identifier=urn:oid:1.2.250.1.999.1.1.1|N-1'
expect 200
ask GET '/Patient?identifier=urn:oid:1.2.250.1.999.1.1.1%7CN-1'
expect 200
has '"total":1'
ask POST /Medication '{"resourceType":"Medication"}'
expect 404
has not-supported
