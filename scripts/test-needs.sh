#!/usr/bin/env bash
# What the tests need beside Python: a browser, another PostgreSQL than the embedded one, strace to make system calls
# fail and to cut the power between two of them, what deploy/ is for, and the benchmarks' peers.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
need() { # need PACKAGE COMMAND-OR-PATTERN
    command -v "$2" >/dev/null || compgen -G "$2" >/dev/null || missing+=("$1")
}

command -v chromium >/dev/null || need chromium-headless-shell chromium-headless-shell
need fonts-liberation '/usr/share/fonts/truetype/liberation*'
need postgresql-15 '/usr/lib/postgresql/15/bin/postgres'
need redis-server redis-server
need erlang-base escript
need strace strace
need nginx-light /usr/sbin/nginx
need systemd systemd-analyze

if [ "${#missing[@]}" -gt 0 ]; then scripts/apt-install.sh "${missing[@]}"; fi
touch .venv/.ready-machine
