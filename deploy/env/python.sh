#!/usr/bin/env bash
# Builds the virtual environment from requirements.lock. Arguments: the Python to use, the folder.
set -euo pipefail
python=$1 venv=$2
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
  echo "sanji: needs Python 3.11 or newer; '$python' is $("$python" --version 2>&1 || echo missing). Say which: make env PYTHON=python3.12" >&2
  exit 2
}
# Debian and Ubuntu ship venv without its pip in a package of its own.
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "sanji: installing python$version-venv from Debian"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "python$version-venv" >/dev/null
  else
    echo "sanji: this Python has no venv; run: sudo apt-get install python$version-venv" >&2
    exit 2
  fi
fi
# One whose Python went away (an upgrade) or whose making was interrupted is made anew.
"$venv/bin/python" -m pip --version >/dev/null 2>&1 || "$python" -m venv --clear "$venv"
echo "sanji: installing the locked packages into $venv"
"$venv/bin/pip" install -q --require-hashes -r requirements.lock 2> >(grep -v '^WARNING: Location' >&2)
"$venv/bin/pip" install -q --no-deps --no-build-isolation -e . 2> >(grep -v '^WARNING: Location' >&2)
