#!/usr/bin/env bash
# $typologies: declared, eligible, paid.
. "$(dirname "$0")/lib.sh"

push
ask GET '/Patient/p/$typologies?date=2025-12-31'
expect 200
for id in nourrisson jeune-enfant sante-femme personne-agee ald vulnerabilite-sociale sante-mentale \
          haut-risque-cv handicap perte-autonomie-domicile; do has "\"$id\""; done
has '"valueCode":"unknown"'
has SCORE2
has 'Condition/ald/_history/1'
