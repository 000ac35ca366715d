"""Options that several commands have, and the settings made of them."""

import os
from typing import Annotated, Any

import typer

from sertantai.core.errors import InvalidInput
from sertantai.process.settings import Settings, read_settings

DataDir = Annotated[
    str | None,
    typer.Option("--data-dir", envvar="SERTANTAI_DATA_DIR", help="The data directory.", show_default="data"),
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "--database-url",
        envvar="SERTANTAI_DATABASE_URL",
        help="A PostgreSQL to use instead of the embedded one.",
        show_default=False,
    ),
]
MigrationUrl = Annotated[
    str | None,
    typer.Option(
        "--database-migration-url",
        envvar="SERTANTAI_DATABASE_MIGRATION_URL",
        help="The same PostgreSQL as the user that migrates, backs up and restores.",
        show_default=False,
    ),
]
JournalUrl = Annotated[
    str | None,
    typer.Option(
        "--journal-url",
        envvar="SERTANTAI_JOURNAL_URL",
        help="A PostgreSQL that keeps the journal instead of a file.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")]


def settings_of(**given: Any) -> Settings:
    """The settings, from what was given and the environment. A wrong one is wrong usage (exit 2)."""
    try:
        return read_settings(os.environ, **given)
    except InvalidInput as error:
        raise typer.BadParameter(error.message) from None
