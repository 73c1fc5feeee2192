#!/usr/bin/env bash
# $forfait: the Invoice of a month, euro by euro, under invented amounts.
. "$(dirname "$0")/lib.sh"

push
ask GET '/Patient/p/$forfait?month=2025-12'
expect 200
has '"resourceType":"Invoice"'
has '"status":"draft"'
# 8.00 + 7.35 + 12.40 + 9.99 = 37.74, over the cap of 30.00 by 7.74.
for amount in 8.00 7.35 12.40 9.99 -7.74 30.00; do has "\"value\":$amount"; done
has fictional
has ecretement
ask GET '/Patient/p/$forfait?month=2025-13'
expect 400
