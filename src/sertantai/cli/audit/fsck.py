"""``sertantai audit fsck``"""

import msgspec
import typer

from sertantai.cli.options import AsJson, DataDir, settings_of
from sertantai.cli.output import say, say_json
from sertantai.cli.running import require_data_directory
from sertantai.core.errors import NotFound

EXIT_DIFFERS = 1


def audit_fsck(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Hold the sealed log's files against their own heads: entries, places, notices, signatures. Exit 1 if
    anything differs."""
    from sertantai.sealing.damaged import of_keys
    from sertantai.sealing.fsck import fsck
    from sertantai.sealing.heads import gone
    from sertantai.sealing.log import logs_in
    from sertantai.sealing.reached import Reached

    settings = settings_of(data_dir=data_dir)
    require_data_directory(settings)
    folders, reached = logs_in(settings.data_path), Reached(settings.data_path)
    if not folders and (note := reached.note()) is not None:
        say(gone(note))
        raise typer.Exit(EXIT_DIFFERS)
    if not folders:
        raise NotFound("Nothing is sealed in this data directory yet.")
    found = [fsck(folder, reached if folder == folders[-1] else None) for folder in folders]
    of_all = [fault.said for fault in of_keys(settings.data_path)]
    found[-1] = msgspec.structs.replace(found[-1], faults=[*found[-1].faults, *of_all])
    if as_json:
        names = ("origin", "size", "heads", "notices", "faults", "clean")
        say_json([{name: getattr(one, name) for name in names} for one in found])
    else:
        for one in found:
            for fault in one.faults:
                say(f"{one.origin}: {fault}")
            state = "clean" if one.clean else f"{len(one.faults)} faults"
            say(f"{one.origin} {state}: {one.size} entries under {one.heads} heads, {one.notices} notices")
    if not all(one.clean for one in found):
        raise typer.Exit(EXIT_DIFFERS)
