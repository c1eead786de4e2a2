#!/usr/bin/env bash
# Installs Chromium and a CJK font from Debian where they are missing (the browser tests need both).
set -euo pipefail

# Ubuntu's `chromium-browser` may be a stub that asks for a snap: present is not enough, it has to run.
runs() { command -v "$1" >/dev/null && "$1" --version >/dev/null 2>&1; }
has_chromium() { [ -x "${SANJI_CHROMIUM:-}" ] || runs chromium || runs chromium-browser; }

missing=()
has_chromium || missing+=(chromium)
[ -n "$(fc-list :lang=zh 2>/dev/null)" ] || missing+=(fonts-noto-cjk fontconfig)
[ ${#missing[@]} -gt 0 ] || { echo "sanji: Chromium and a CJK font are here"; exit 0; }
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "sanji: missing: ${missing[*]}; run: sudo apt-get install ${missing[*]}" >&2
  exit 2
fi
echo "sanji: installing ${missing[*]} from Debian"
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >/dev/null || true
has_chromium || {
  echo "sanji: this system has no Chromium package that runs; install one and name it with SANJI_CHROMIUM" >&2
  exit 2
}
[ -n "$(fc-list :lang=zh 2>/dev/null)" ] || { echo "sanji: no CJK font could be installed" >&2; exit 2; }
