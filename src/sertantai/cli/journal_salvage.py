"""``sertantai journal salvage``"""

from pathlib import Path
from typing import Annotated

import typer

from sertantai.cli.options import AsJson, DataDir, settings_of
from sertantai.cli.output import say, say_json
from sertantai.cli.running import require_data_directory


def journal_salvage(
    file: Annotated[
        Path | None, typer.Argument(help="A journal's file; the data directory's if left out.")
    ] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Say which operations of a damaged journal can be read, also behind a bad place. Changes nothing."""
    from sertantai.backend import JOURNAL_FILE
    from sertantai.journal.damage import shown
    from sertantai.journal.mending import salvage

    if file is None:
        settings = settings_of(data_dir=data_dir)
        require_data_directory(settings)
        file = settings.data_path / JOURNAL_FILE
    ranges = salvage(file)
    if as_json:
        say_json({"readable": ranges})
    else:
        say(f"operations that can be read: {shown(ranges) or 'none'}")
