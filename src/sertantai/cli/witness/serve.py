"""``sertantai witness serve``"""

import asyncio
from typing import Annotated

import typer

from sertantai.cli.options import DataDir, settings_of


def witness_serve(
    origin_keys: Annotated[
        list[str],
        typer.Option(
            "--origin-key",
            help="The key of a log to believe, as its `audit keys show` prints it; once for each.",
            show_default=False,
        ),
    ],
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Port to listen on; 0 picks a free one.")
    ] = 8_001,
    name: Annotated[
        str | None,
        typer.Option(help="What it is called, such as witness.example.org: at the first start, for good."),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Remember the heads of other people's logs, and sign what continues them. Never put its data directory
    back from a backup: it would sign a second history."""
    from sertantai.core.sealing.notes import NotANote
    from sertantai.core.sealing.witnessing import parse_origin_key
    from sertantai.process import logs
    from sertantai.witness.serving import serve_witness

    settings = settings_of(data_dir=data_dir)
    try:
        keys = [parse_origin_key(text) for text in origin_keys]
    except NotANote as error:
        raise typer.BadParameter(f"{error}.", param_hint="--origin-key") from None
    logs.configure_logs(settings.log_level, settings.log_format)
    asyncio.run(serve_witness(settings.data_path, name, keys, host, port))
