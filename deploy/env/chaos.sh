#!/usr/bin/env bash
# What `make chaos` needs from Debian: `ip` for namespaces, libfaketime for wrong clocks. Without them it says
# what cannot strike.
set -euo pipefail
missing=()
command -v ip >/dev/null || missing+=(iproute2)
compgen -G '/usr/lib/*/faketime/libfaketimeMT*' >/dev/null || missing+=(libfaketime)
[ ${#missing[@]} -gt 0 ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "sanji: missing: ${missing[*]}; run: sudo apt-get install ${missing[*]}" >&2
  exit 0
fi
echo "sanji: installing ${missing[*]} from Debian"
apt-get update -qq || true
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >/dev/null || true
