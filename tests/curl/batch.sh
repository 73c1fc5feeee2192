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

# An operation, a history, what is published: as when asked alone.
ask POST '' '{"resourceType":"Bundle","type":"batch","entry":[
  {"request":{"method":"GET","url":"Patient/p/_history"}},
  {"request":{"method":"GET","url":"Patient/p/_history/1"}},
  {"request":{"method":"GET","url":"Patient/p/$prevention?date=2026-10-31"}},
  {"request":{"method":"POST","url":"Patient/$validate"},"resource":{"resourceType":"Patient","id":"p","birthDate":"nobody"}},
  {"request":{"method":"GET","url":"Patient/p/$nothing"}},
  {"request":{"method":"GET","url":"CodeSystem/outcome"}}]}'
expect 200
has '"type":"history"'
has 'OperationOutcome'
has '400 Bad Request'
has '"resourceType":"CodeSystem"'

# In a transaction they are refused.
ask POST '' '{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"GET","url":"Patient/p/_history"}}]}'
expect 422
has MTR-BDL-015
