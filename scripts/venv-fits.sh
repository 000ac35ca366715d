#!/usr/bin/env bash
# Whether .venv belongs to this checkout and its Python works: not so after the checkout was renamed, moved or copied,
# nor after the Python that it was made with is gone or another.
set -euo pipefail
cd "$(dirname "$0")/.."

# What starts with our name says which Python runs it; with a long path that stands in a later line.
ours=.venv/bin/sertantai
head -n 3 "$ours" 2>/dev/null | grep -qF -e "$(pwd -P)/.venv/bin/python" -e "$(pwd -L)/.venv/bin/python" &&
    .venv/bin/python -c 'import pathlib, sertantai, sys
here = pathlib.Path("src").resolve()
sys.exit(sys.version_info < (3, 11) or here not in pathlib.Path(sertantai.__file__).resolve().parents)' 2>/dev/null
