#!/usr/bin/env bash
# transaction: all or nothing, with references between entries; a bad entry is named.
. "$(dirname "$0")/lib.sh"

push
has '"type":"transaction-response"'
ask POST '' '{"resourceType":"Bundle","type":"transaction","entry":[
  {"fullUrl":"urn:uuid:8d0f5a3c-0000-4000-8000-000000000001","request":{"method":"POST","url":"Condition"},
   "resource":{"resourceType":"Condition","code":{"text":"x"},"subject":{"reference":"urn:uuid:8d0f5a3c-0000-4000-8000-000000000002"}}},
  {"fullUrl":"urn:uuid:8d0f5a3c-0000-4000-8000-000000000002","request":{"method":"POST","url":"Patient"},
   "resource":{"resourceType":"Patient","birthDate":"1990-05-05"}}]}'
expect 200
has '201 Created'
has_not 'urn:uuid'
ask POST '' '{"resourceType":"Bundle","type":"transaction","entry":[
  {"request":{"method":"PUT","url":"Patient/good"},"resource":{"resourceType":"Patient","id":"good","birthDate":"1990-05-05"}},
  {"request":{"method":"PUT","url":"Patient/bad"},"resource":{"resourceType":"Patient","id":"bad","birthDate":"2023-02-31"}}]}'
expect 400
has 'Bundle.entry[1].resource.birthDate'
ask GET /Patient/good
expect 404
