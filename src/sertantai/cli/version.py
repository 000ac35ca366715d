"""``sertantai version``"""

from importlib import metadata

from sertantai.cli.output import say


def version() -> None:
    """Print the version."""
    say(metadata.version("sertantai"))
