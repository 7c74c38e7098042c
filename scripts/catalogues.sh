#!/usr/bin/env bash
# Reads the sentences marked in the code into the catalogues and compiles them.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
babel=(.venv/bin/pybabel -q)
[[ -x ${babel[0]} ]] || babel=(.venv/bin/python -m babel.messages.frontend -q)
folder=rexus/modules/backup/locale
domain=rexus_backups
template=$(mktemp)
trap 'rm -f -- "$template"' EXIT

"${babel[@]}" extract -k _ -k N_ -k n_:1,2 --no-location --no-wrap --sort-output --project rexus-backups \
  -o "$template" rexus/modules/backup
for language in es en; do
  catalogue=$folder/$language/LC_MESSAGES/$domain.po
  if [[ -f $catalogue ]]; then
    "${babel[@]}" update -D "$domain" -i "$template" -o "$catalogue" -l "$language" \
      --no-wrap --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
  else
    "${babel[@]}" init -D "$domain" -i "$template" -o "$catalogue" -l "$language" --no-wrap
  fi
done
# Dates and placeholders of people say nothing and make every change look large.
sed -i -E '/^"(POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Generated-By|Project-Id-Version):/d' \
  "$folder"/*/LC_MESSAGES/"$domain.po"
sed -i -E '/^# (.*translations? (template )?for|Copyright|This file is distributed|FIRST AUTHOR)/d' "$folder"/*/LC_MESSAGES/"$domain.po"
"${babel[@]}" compile -D "$domain" -d "$folder" --statistics
