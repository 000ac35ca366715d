"""``sertantai journal inspect``"""

from sertantai.cli.options import AsJson, DataDir, settings_of
from sertantai.cli.output import say, say_json
from sertantai.cli.running import require_data_directory


def _proved(since: int | None, last: int) -> str:
    if since is None:
        return "none: the journal's key is not here"
    return f"from operation {since} on, by the journal's key" if since <= last else "all that comes"


def journal_inspect(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """What the journal holds and what was found wrong with it, beside a running server too."""
    from sertantai.journal.chosen import journal_of

    settings = settings_of(data_dir=data_dir)
    require_data_directory(settings)
    journal = journal_of(settings)
    report, damages = journal.inspect(), journal.damages()
    if as_json:
        say_json({"journal": report, "damages": damages})
        return
    if report is None:
        say(f"there is no journal {journal.path}")
    else:
        say(f"journal     {report.id}")
        say(f"operations  {report.first} to {report.last}, {report.size_bytes:,} bytes")
        say(f"proved      {_proved(report.proved_from, report.last)}")
    for damage in damages:
        say(f"{damage.found_at:%Y-%m-%d %H:%M} UTC  {damage.text}")
