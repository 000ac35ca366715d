"""What can be listened to, in one spelling each."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertantai.live.topics import NAMED, REALTIME, Kind, Topic, topic_of


@given(st.sampled_from(sorted(NAMED)), st.uuids(), st.sampled_from(["", REALTIME]))
def test_each_is_named_as_it_is_written(kind: Kind, id: UUID, before: str) -> None:
    topic = Topic(kind, id)
    assert topic_of(f"{before}{topic}") == topic


@pytest.mark.parametrize("kind", sorted(set(Kind) - NAMED))
def test_of_some_there_is_one(kind: Kind) -> None:
    assert topic_of(kind) == topic_of(f"{REALTIME}{kind}") == Topic(kind)
    for wrong in (f"{kind}:", f"{kind}:{UUID(int=1)}", f"{kind} ", f"{REALTIME}{REALTIME}{kind}"):
        assert topic_of(wrong) is None, wrong


@given(st.text() | st.text().map(lambda text: f"list:{text}"))
def test_whatever_is_named_is_named_in_one_way_only(text: str) -> None:
    found = topic_of(text)
    assert found is None or str(found) == text.removeprefix(REALTIME)


@pytest.mark.parametrize(
    "text",
    [
        "list",
        "list:",
        f"list:{UUID(int=10)}".upper(),
        f"list:{UUID(int=10).hex}",
        f"list:{{{UUID(int=10)}}}",
        f"list:urn:uuid:{UUID(int=10)}",
        f"list:{UUID(int=10)}:x",
        f"list::{UUID(int=10)}",
        "lists",
        "",
        ":",
        REALTIME,
    ],
)
def test_other_spellings_are_none(text: str) -> None:
    assert topic_of(text) is None
