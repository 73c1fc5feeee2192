#!/usr/bin/env bash
# conditional create, update, delete and read: the criteria find one resource, or none, or are refused.
. "$(dirname "$0")/lib.sh"

BY='/Patient?identifier=urn:oid:1.2.250.1.999.1.1.1%7CN-1'
ANY="${PATIENT/\"id\":\"p\",/}"
ask PUT "$BY" "$ANY"
expect 201
ask PUT "$BY" "${ANY/male/female}"
expect 200
has_header 'etag: W/"2"'
ask POST /Patient "$ANY" 'If-None-Exist: identifier=urn:oid:1.2.250.1.999.1.1.1|N-1'
expect 200
has '"gender":"female"'
ask POST /Patient "$ANY"
expect 409
has MTR-PAT-023
TYPE='"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"PI"}]},'
ask POST /Patient "${ANY/"$TYPE"/}"
expect 201
ask PUT "$BY" "$ANY"
expect 412
has MTR-CND-003
ask DELETE "$BY"
expect 412
ask DELETE '/Patient?identifier=urn:oid:1.2.250.1.999.1.1.1%7Cnobody'
expect 204
ask DELETE /Patient
expect 412
has MTR-CND-006
ask PUT /Patient/p "${PATIENT/N-1/N-2}"
expect 201
ask GET /Patient/p '' 'If-None-Match: "1"'
expect 304
ask DELETE '/Patient?identifier=urn:oid:1.2.250.1.999.1.1.1%7CN-2'
expect 204
ask GET /Patient/p
expect 410
