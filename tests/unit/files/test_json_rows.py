"""JSON arrays and NDJSON as streams."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertantai.core.errors import InvalidInput
from sertantai.files import json_rows
from sertantai.files.json_rows import json_header, json_objects
from sertantai.files.sources import Format, Source, open_source
from sertantai.records.importing.staging import COLUMNS_MAX

VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.lists(st.text(max_size=3), max_size=3)
)
OBJECTS = st.lists(st.dictionaries(st.text(max_size=4), VALUES, max_size=4), max_size=20)


def objects(path: Path, content: bytes) -> list[tuple[int, dict[str, Any] | None]]:
    path.write_bytes(content)
    with open_source(path) as source:
        return [(line, record) for line, record, _, _ in json_objects(source)]


@given(OBJECTS, st.sampled_from([None, 2]), st.integers(1, 30))
def test_an_array_is_read_as_it_was_written(
    laws: list[dict[str, Any]], indent: int | None, chars: int
) -> None:
    class InMemory:
        text = io.StringIO(json.dumps(laws, indent=indent) + "\n")
        format = Format.JSON_ARRAY

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(json_rows, "READ_CHARS", chars)
        read = [record for _, record, _, _ in json_objects(InMemory())]  # type: ignore[arg-type]  # a source's text
    assert read == laws


def test_a_line_of_an_array_is_where_the_object_begins(tmp_path: Path) -> None:
    content = b'[\n{"a": 1},\n\n  {"a":\n 2},\n7]'
    assert objects(tmp_path / "x", content) == [(2, {"a": 1}), (4, {"a": 2}), (6, None)]


@pytest.mark.parametrize(
    "content", [b'[{"a": 1}, {"a": ', b'[{"a": 1} {"b" 2}]', b'[{"a": 1}, nonsense]', b"["]
)
def test_a_broken_array_fails_as_a_whole(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InvalidInput, match="broken or incomplete"):
        objects(tmp_path / "x", content)


def test_a_broken_line_of_ndjson_is_one_rejection(tmp_path: Path) -> None:
    content = b'{"a": 1}\n{"a": \n\n[1]\n{"a": "caf\xe9"}\n{"a": 4}\n'
    assert objects(tmp_path / "x", content) == [(1, {"a": 1}), (2, None), (4, None), (5, None), (6, {"a": 4})]


def test_the_columns_are_every_key_of_every_object(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text('{"name": "a"}\n{"title_en": "b", "name": "c"}\n{"d": 1}', encoding="utf-8")
    with open_source(path) as source:
        assert json_header(source, COLUMNS_MAX) == ["name", "title_en", "d"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf \n", "is empty"),
        ("name,title_en".encode("utf-16"), "UTF-16"),
        (b"\x1f\x8b\x08\x00broken", "incomplete|damaged"),
    ],
)
def test_a_file_that_is_no_register_says_what_it_is(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match=said), open_source(path):
        pass


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(InvalidInput, match=r"nowhere\.csv cannot be read"),
        open_source(tmp_path / "nowhere.csv"),
    ):
        pass


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b"name,title_en\n", Format.CSV), (b' [{"a":1}]', Format.JSON_ARRAY), (b'\n{"a":1}', Format.NDJSON)],
)
def test_a_format_is_recognised_by_its_content(tmp_path: Path, content: bytes, expected: Format) -> None:
    path = tmp_path / "misleading.xlsx"
    path.write_bytes(content)
    with open_source(path) as source:
        assert isinstance(source, Source)
        assert source.format is expected
