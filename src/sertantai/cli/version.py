"""``sertantai version``"""

from sertantai.cli.output import say


def version() -> None:
    """Print the version."""
    from importlib import metadata

    say(metadata.version("sertantai"))
