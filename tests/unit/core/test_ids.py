from uuid import UUID

import pytest

from sertantai.core.errors import InvalidInput
from sertantai.core.ids import parse_uuid


def test_a_uuid_is_read_in_any_case() -> None:
    made = UUID("018bcfe5-6800-7abc-8def-0123456789ab")
    assert parse_uuid(str(made).upper(), "id") == made


@pytest.mark.parametrize("text", ["", "x", "1234", "g" * 32, "x" * 5000])
def test_what_is_no_uuid_is_refused_by_its_field_and_not_repeated_at_length(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_uuid(text, "record_id")
    assert refused.value.field == "record_id"
    assert len(refused.value.message) < 120
