"""What is told of annotations: what a list's page shows of them, and nothing that is kept beside it."""

import msgspec
from pyroaring import BitMap

from sertantai.live.telling import notes_of
from tests.unit.core.organization import DEFAULT, MEMBER, Organization
from tests.unit.records.small_register import Law, catalogue_of


def test_who_answers_for_a_law_and_its_day_are_told_as_a_note_is() -> None:
    catalogue = catalogue_of([Law(3, "UK_ukpga_1993_11", "Clean Air Act")])
    [number] = catalogue.everything
    said = {"note": "N", "responsible": str(MEMBER), "review_on": "2026-03-01"}
    group = Organization().state.groups[DEFAULT]
    annotations = {number: {**said, "note_by": str(MEMBER), "note_at": "2026-01-01T00:00:00+00:00"}}
    now = msgspec.structs.replace(group, records=BitMap([number]), annotations=annotations)
    told = notes_of(now, BitMap([number]), catalogue)
    assert told == {"records": {catalogue.record_id(number): said}}
