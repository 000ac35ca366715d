"""The notes of a large list are stored in parts, each made in a short time."""

from sertantai.core.operations import Annotation
from sertantai.core.stored_state import NOTES_TOGETHER_MAX, notes_parts


def test_many_small_notes_make_several_parts() -> None:
    few: dict[int, Annotation] = {number: {"note": "n"} for number in range(NOTES_TOGETHER_MAX)}
    many: dict[int, Annotation] = {number: {"note": "n"} for number in range(2 * NOTES_TOGETHER_MAX + 1)}
    assert len(list(notes_parts(few))) == 1
    parts = list(notes_parts(many))
    assert len(parts) == 3
    assert parts[0] == next(notes_parts(few))
