#!/usr/bin/env bash
# Installs Chromium and a CJK font from Debian where they are missing (the browser tests need both).
set -euo pipefail
missing=()
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || missing+=(chromium)
[ -n "$(fc-list :lang=zh 2>/dev/null)" ] || missing+=(fonts-noto-cjk fontconfig)
[ ${#missing[@]} -gt 0 ] || { echo "sanji: Chromium and a CJK font are here"; exit 0; }
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "sanji: missing: ${missing[*]}; run: sudo apt-get install ${missing[*]}" >&2
  exit 2
fi
echo "sanji: installing ${missing[*]} from Debian"
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >/dev/null
