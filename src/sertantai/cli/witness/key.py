"""``sertantai witness key``"""

from sertantai.cli.options import DataDir, settings_of
from sertantai.cli.output import say
from sertantai.cli.running import require_directory


def witness_key(data_dir: DataDir = None) -> None:
    """The key of the witness of this data directory: for the setting `audit_witness_urls` of a log."""
    settings = settings_of(data_dir=data_dir)
    require_directory(settings)
    from sertantai.witness.states import cosigner_in

    say(str(cosigner_in(settings.data_path).key))
