"""``sertantai serve``"""

import asyncio
from collections.abc import Callable
from typing import Annotated

import typer

from sertantai.cli.open_files import raise_open_files
from sertantai.cli.options import DatabaseUrl, DataDir, JournalUrl, MigrationUrl, settings_of


def serve(
    host: Annotated[
        str | None,
        typer.Option(envvar="SERTANTAI_HOST", help="Address to listen on.", show_default="127.0.0.1"),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(envvar="SERTANTAI_PORT", help="Port; 0 picks a free one.", show_default="8000"),
    ] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    database_migration_url: MigrationUrl = None,
    journal_url: JournalUrl = None,
) -> None:
    """Start everything; stop cleanly on SIGTERM or SIGINT."""
    settings = settings_of(
        host=host,
        port=port,
        data_dir=data_dir,
        database_url=database_url,
        database_migration_url=database_migration_url,
        journal_url=journal_url,
    )
    raise_open_files()
    from sertantai.app import serve as serve_application

    with asyncio.Runner(loop_factory=_event_loop()) as runner:
        runner.run(serve_application(settings))


def _event_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
