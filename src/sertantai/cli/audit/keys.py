"""``sertantai audit keys``"""

from sertantai.cli.options import AsJson, DataDir, settings_of
from sertantai.cli.output import say, say_json
from sertantai.cli.running import require_data_directory
from sertantai.core.errors import NotFound


def audit_keys_show(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """The public key that heads of the sealed log are signed with, newest first: give it to whoever
    checks."""
    from sertantai.sealing.log import KEYS_FILE, keys_of, newest_log

    settings = settings_of(data_dir=data_dir)
    require_data_directory(settings)
    folder = newest_log(settings.data_path)
    if not (folder / KEYS_FILE).exists():
        raise NotFound("Nothing is sealed in this data directory yet.")
    keys = [str(key) for key in reversed(keys_of(folder))]
    if as_json:
        say_json(keys)
        return
    say("\n".join(keys))
