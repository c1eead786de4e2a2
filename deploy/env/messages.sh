#!/usr/bin/env bash
# Extract the Chinese msgids, bring the English catalogue up to date, compile it. Usage: messages.sh VENV [compile]
# Msgids outside gettext(): the first argument of Refused and NavItem, the second of Portal, both("…") and N_("…").
# `compile` alone is what `make env` needs: the .po is committed, the .mo is built.
set -euo pipefail
babel="$1/bin/pybabel"
catalogue=shared/kit/i18n/en/LC_MESSAGES/messages
if [[ "${2:-all}" != compile ]]; then
  pot="$(mktemp)"
  trap 'rm -f "$pot"' EXIT
  "$babel" --quiet extract -F deploy/env/babel.cfg --no-location --sort-output --no-wrap \
    --project sanji -k gettext -k ngettext:1,2 -k lazy_gettext -k N_ -k both -k Refused:1 -k NavItem:1 -k Portal:2 -o "$pot" shared services deploy
  "$babel" --quiet update -i "$pot" -o "$catalogue.po" -l en --no-fuzzy-matching --ignore-obsolete \
    --no-wrap --ignore-pot-creation-date
fi
"$babel" --quiet compile -i "$catalogue.po" -o "$catalogue.mo" -l en
