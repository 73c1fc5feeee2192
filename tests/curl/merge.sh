#!/usr/bin/env bash
# Patient.link replaced-by: one person, paid once; removing the link undoes it.
. "$(dirname "$0")/lib.sh"

push
OTHER="${PATIENT/\"id\":\"p\"/\"id\":\"q\"}"
OTHER="${OTHER/N-1/N-9}"
ask PUT /Patient/q "${OTHER/\"gender\"/\"link\":[{\"other\":{\"reference\":\"Patient/p\"\},\"type\":\"replaced-by\"\}],\"gender\"}"
expect 201
ask GET '/Patient/q/$forfait?month=2025-12'
expect 200
has '"valueCode":"merged"'
has '"valueReference":{"reference":"Patient/p"}'
has '"totalNet":{"value":0.00'
ask GET '/Patient/p/$forfait?month=2025-12'
has '"code":"vulnerabilite-sociale"'
ask PUT /Patient/q "$OTHER"
expect 200
ask GET '/Patient/q/$forfait?month=2025-12'
has_not merged
