#!/usr/bin/env bash
# Makes .venv in the checkout: `scripts/setup.sh run` for the product, `scripts/setup.sh dev` for tests too.
# Needs Python 3.11 or newer; takes packages from wherever this machine's pip is configured to take them.
set -euo pipefail
cd "$(dirname "$0")/.."

extras=${1:-run}
venv=.venv

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
die() { printf 'Set-up stopped: %s\n' "$*" >&2; exit 1; }

may_apt() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

# Debian cuts ensurepip out of Python; python3-venv brings it back.
make_venv() {
    local python=$1
    if "$python" -c 'import ensurepip' 2>/dev/null; then
        "$python" -m venv "$venv"
    elif "$python" -m pip --version >/dev/null 2>&1; then
        "$python" -m venv --without-pip "$venv"
    elif may_apt; then
        say "This Python has no venv of its own; installing Debian's python3-venv …"
        scripts/apt-install.sh python3-venv
        "$python" -m venv "$venv"
    else
        die "this Python can make no virtual environment. As root: apt-get install python3-venv"
    fi
}

pip() {
    if "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
        "$venv/bin/python" -m pip "$@"
    else
        "$python" -m pip --python "$venv/bin/python" "$@"
    fi
}

# uv reads neither pip.conf nor PIP_*: hand it what this machine's pip knows, unless uv is configured itself.
share_pip_configuration() {
    local index certificate
    index=$(pip config get global.index-url 2>/dev/null || true)
    index=${PIP_INDEX_URL:-$index}
    certificate=$(pip config get global.cert 2>/dev/null || true)
    certificate=${PIP_CERT:-$certificate}
    if [ -n "$index" ] && [ -z "${UV_DEFAULT_INDEX:-${UV_INDEX_URL:-}}" ]; then export UV_DEFAULT_INDEX=$index; fi
    if [ -n "$certificate" ] && [ -z "${SSL_CERT_FILE:-}" ]; then export SSL_CERT_FILE=$certificate; fi
    export UV_HTTP_TIMEOUT=${UV_HTTP_TIMEOUT:-${PIP_DEFAULT_TIMEOUT:-60}}
}

install() {
    local what=. compile=--compile-bytecode
    # A first start must be quick: what it does not import is not compiled. Tests start many processes.
    if [ "$extras" = run ]; then compile=--no-compile-bytecode; else what=".[$extras]"; fi
    if [ ! -x "$venv/bin/uv" ]; then
        pip install -qq --disable-pip-version-check uv || true
    fi
    share_pip_configuration
    if [ -x "$venv/bin/uv" ] &&
        "$venv/bin/uv" pip install --quiet "$compile" --python "$venv/bin/python" --constraint requirements.lock -e "$what"; then
        return
    fi
    say "uv could not install the packages; trying pip, which takes longer …"
    pip install -qq --disable-pip-version-check --constraint requirements.lock -e "$what" ||
        die "the packages could not be installed; the lines above say why (is a package index reachable?)."
}

# A client that tests follow lists with, and that wants an older `websockets` than the product runs with: by
# itself, beside what tests import. All else that it needs is there.
install_older_client() {
    local place=$venv/older-client
    rm -rf "$place"
    if [ -x "$venv/bin/uv" ]; then
        "$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --no-deps --target "$place" -r scripts/older-client.txt
    else
        pip install -qq --disable-pip-version-check --no-deps --target "$place" -r scripts/older-client.txt
    fi || die "a client that tests need could not be installed (scripts/older-client.txt)."
}

found=$(scripts/find-python.sh) ||
    die "Python 3.11 or newer is needed. On Debian: apt-get install python3. Or name one: make setup PYTHON=/path/to/python3"
IFS=$'\t' read -r python optimised <<<"$found"
if ! scripts/venv-fits.sh; then
    if [ -e "$venv" ]; then say "$venv belongs to another place or another Python: it is made anew."; fi
    say "Making $venv with $("$python" --version), $python${optimised:+, built with profile-guided optimisation} …"
    rm -rf "$venv"
    make_venv "$python"
fi
say "Installing Sertantai and its packages ($extras) …"
install
if [ "$extras" = dev ]; then install_older_client; fi

# Make compares these with pyproject.toml and requirements.lock; dev holds all that run needs.
touch "$venv/.ready-run"
[ "$extras" = run ] || touch "$venv/.ready-$extras"
