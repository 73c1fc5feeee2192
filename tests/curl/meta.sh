#!/usr/bin/env bash
# $meta: profiles, tags and labels of a resource, or all in use in a type.
. "$(dirname "$0")/lib.sh"

ask PUT /Patient/p '{"resourceType":"Patient","id":"p","birthDate":"1980-01-01","meta":{"tag":[{"system":"urn:t","code":"a"}]}}'
expect 201
ask GET '/Patient/p/$meta'
expect 200
has '"versionId":"1"'
ask GET '/Patient/$meta'
has '"code":"a"'
ask POST '/Patient/p/$meta-add' '{"resourceType":"Parameters","parameter":[{"name":"meta","valueMeta":{"tag":[{"code":"b"}]}}]}'
expect 200
has '"code":"b"'
ask POST '/Patient/p/$meta-delete' '{"resourceType":"Parameters","parameter":[{"name":"meta","valueMeta":{"tag":[{"code":"b"}]}}]}'
has_not '"code":"b"'
ask GET '/$met'
expect 400
has MTR-OPR-001
