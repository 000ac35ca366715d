"""All that reports need, put together."""

from pathlib import Path
from typing import NamedTuple

from sertantai.audit.rights_then import RightsThen
from sertantai.audit.snapshots import Snapshots
from sertantai.core.clock import Clock
from sertantai.core.sealing.notes import head_in_words
from sertantai.engine.engine import Engine
from sertantai.organizations.directory import Directory
from sertantai.postgres import Database
from sertantai.reporting.saved import SavedReports
from sertantai.reporting.service import Reporting
from sertantai.reporting.sights import Sights
from sertantai.reporting.trail_reviewing import TrailReviews
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.log import newest_log
from sertantai.sealing.notices import Notices


class Reports(NamedTuple):
    reporting: Reporting
    sights: Sights
    saved: SavedReports
    trail_reviews: TrailReviews


def reports_of(
    engine: Engine, database: Database, clock: Clock, notices: Notices, data_path: Path
) -> Reports:
    """With the newest head of the sealed log as it is when a report is made."""

    def head() -> str:
        return head_in_words(TrailFiles(newest_log(data_path)).newest_head())

    reporting = Reporting(Snapshots(engine, database), database, clock, head, notices)
    sights = Sights(reporting, Directory(database), RightsThen(engine, database))
    reviews = TrailReviews(database, clock, notices)
    return Reports(reporting, sights, SavedReports(database, clock), reviews)
