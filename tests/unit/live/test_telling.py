"""What is told of annotations: what a list's page shows of them, and nothing that is kept beside it."""

import msgspec
from pyroaring import BitMap

from sertantai.live.steps import missed_in
from sertantai.live.telling import difference, messages_of, notes_of
from tests.unit.core.organization import DEFAULT, MEMBER, Organization
from tests.unit.live.test_steps import step
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


def test_what_stands_beside_laws_that_came_is_told_behind_them() -> None:
    """Of a law that came with nothing there is nothing to tell; of one that lost its note there is."""
    catalogue = catalogue_of(
        [Law(number, f"UK_ukpga_1993_{number}", f"Act {number}") for number in (1, 2, 3)]
    )
    noted, bare, was_noted = catalogue.everything
    group = Organization().state.groups[DEFAULT]
    annotations = {noted: {"note": "N", "tags": ["fire"]}}
    now = msgspec.structs.replace(group, records=catalogue.everything, annotations=annotations)
    came = step(7, BitMap([noted, bare]), annotated=catalogue.everything)
    changes, notes = messages_of(came, None, now, catalogue)
    assert (changes.event, changes.before, changes.version) == ("changes", 7, 8)
    assert (notes.event, notes.before, notes.version) == ("annotations", 8, 8)
    records = {catalogue.record_id(noted): annotations[noted], catalogue.record_id(was_noted): {}}
    said = msgspec.json.decode(notes.payload)["records"]
    assert said == {str(id): annotation for id, annotation in records.items()}
    assert difference(missed_in([came]), now, catalogue)["annotations"] == {"records": records}
    bare_step = step(7, BitMap([bare]), annotated=BitMap([bare]))
    assert [message.event for message in messages_of(bare_step, None, now, catalogue)] == ["changes"]
    assert "annotations" not in difference(missed_in([bare_step]), now, catalogue)
