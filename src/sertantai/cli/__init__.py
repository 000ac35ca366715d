"""The command ``sertantai``. One command per file; `main` is the entry point."""

import sys

from sertantai.core.errors import SertantaiError
from sertantai.process.garbage import load_quickly


def main() -> None:
    """Run the command line and exit: 0 done, 1 failed, 2 wrong usage, 3 done but some input was rejected."""
    load_quickly()
    from sertantai.cli.output import complain
    from sertantai.cli.tree import app

    try:
        app(auto_envvar_prefix="SERTANTAI")
    except SertantaiError as error:
        complain(error.message)
        sys.exit(1)
    except BrokenPipeError:
        # Whoever read our output has seen enough (`| head`).
        sys.stderr.close()
        sys.exit(1)


__all__ = ["main"]
