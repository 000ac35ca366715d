"""``sertantai audit heads``"""

from typing import Annotated

import typer

from sertantai.cli.options import AsJson, DataDir, settings_of
from sertantai.cli.output import say, say_json
from sertantai.cli.running import require_data_directory
from sertantai.core.errors import NotFound


def audit_heads(
    data_dir: DataDir = None,
    all_of_them: Annotated[
        bool, typer.Option("--all", help="Every head that is kept, not the newest alone.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """The newest signed head of the sealed log, to be kept elsewhere: `audit verify --head` asks for it."""
    from sertantai.core.sealing.notes import parse_head, parse_note
    from sertantai.sealing.files import TrailFiles
    from sertantai.sealing.log import newest_log

    settings = settings_of(data_dir=data_dir)
    require_data_directory(settings)
    files = TrailFiles(newest_log(settings.data_path))
    newest = files.newest_note()
    if newest is None:
        raise NotFound("Nothing is sealed in this data directory yet.")
    notes = list(files.notes()) if all_of_them else [newest]
    if as_json:
        heads = [(note, parse_head(parse_note(note).text)) for note in notes]
        say_json(
            [{"origin": h.origin, "size": h.size, "root": h.root.hex(), "note": note} for note, h in heads]
        )
        return
    say("\n".join(note.rstrip("\n") for note in notes))
