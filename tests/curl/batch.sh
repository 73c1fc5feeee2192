#!/usr/bin/env bash
# batch: each entry for itself, in the order of the request.
. "$(dirname "$0")/lib.sh"

ask POST '' '{"resourceType":"Bundle","type":"batch","entry":[
  {"request":{"method":"PUT","url":"Patient/p"},"resource":{"resourceType":"Patient","id":"p","birthDate":"1990-05-05"}},
  {"request":{"method":"GET","url":"Patient/absent"}},
  {"request":{"method":"HEAD","url":"Patient/p"}},
  {"request":{"method":"DELETE","url":"Patient?identifier=urn:x|none"}}]}'
expect 200
has '"type":"batch-response"'
has '201 Created'
has 'Bundle.entry[1]'
has '204 No Content'
