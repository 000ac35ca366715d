#!/usr/bin/env bash
# Installs Debian packages, or says what an administrator has to install: scripts/apt-install.sh PACKAGE …
set -euo pipefail

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    printf 'Missing on this machine: %s\nOn Debian, as root: apt-get install %s\n' "$*" "$*" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
printf 'Installing with apt-get: %s …\n' "$*" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { apt-get update -q && apt-get install -q -y --no-install-recommends "$@"; } >"$log" 2>&1 </dev/null; then
    tail -n 30 "$log" >&2
    printf 'apt-get could not install: %s\n' "$*" >&2
    exit 1
fi
