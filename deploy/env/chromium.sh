#!/usr/bin/env bash
# Installs Chromium and a CJK font from Debian where they are missing (the browser tests need both).
set -euo pipefail

# Ubuntu's `chromium-browser` may be a stub that asks for a snap: present is not enough, it has to run.
runs() { command -v "$1" >/dev/null && "$1" --version >/dev/null 2>&1; }
has_chromium() { [ -x "${SANJI_CHROMIUM:-}" ] || runs chromium-headless-shell || runs chromium || runs chromium-browser; }
has_font() { [ -n "$(fc-list :lang=zh 2>/dev/null)" ]; }
install() { DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" >/dev/null 2>&1; }

may_install=
[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && may_install=yes
# The same Chromium without windows to draw takes two thirds of the processor time; it is no must.
if [ -n "$may_install" ] && [ -z "${SANJI_CHROMIUM:-}" ] && ! runs chromium-headless-shell; then
  echo "sanji: installing chromium-headless-shell from Debian"
  apt-get update -qq || true
  install chromium-headless-shell || echo "sanji: not to be had here; any Chromium will do"
fi
missing=()
has_chromium || missing+=(chromium)
has_font || missing+=(fonts-noto-cjk fontconfig)
[ ${#missing[@]} -gt 0 ] || { echo "sanji: Chromium and a CJK font are here"; exit 0; }
if [ -z "$may_install" ]; then
  echo "sanji: missing: ${missing[*]}; run: sudo apt-get install ${missing[*]}" >&2
  exit 2
fi
echo "sanji: installing ${missing[*]} from Debian"
apt-get update -qq
install "${missing[@]}" || true
has_chromium || {
  echo "sanji: this system has no Chromium package that runs; install one and name it with SANJI_CHROMIUM" >&2
  exit 2
}
has_font || { echo "sanji: no CJK font could be installed" >&2; exit 2; }
