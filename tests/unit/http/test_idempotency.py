"""A POST that is sent again has one effect and one answer."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import pytest

from sertantai.core.clock import ManualClock
from sertantai.core.ids import UserId
from sertantai.http.idempotency import KEPT_S, Answer, AnsweredRequests, Entry
from sertantai.http.idempotency_key import IdempotencyKeyReused, operation_id_for
from tests.unit.http.application import client

SLOT = ("reader", "key-1")
DONE = Answer(200, ((b"content-type", b"application/json"),), b"{}")


def answered(**bounds: int) -> AnsweredRequests:
    return AnsweredRequests(ManualClock(datetime(2026, 1, 1, tzinfo=UTC)), **bounds)


def test_the_same_request_gets_the_first_answer_and_has_no_second_effect() -> None:
    with client() as web:
        headers = {"Idempotency-Key": "once"}
        first = web.post("/api/v1/wishes", json={"name": "a"}, headers=headers)
        again = web.post("/api/v1/wishes", json={"name": "a"}, headers=headers)
        other = web.post("/api/v1/wishes", json={"name": "a"}, headers={"Idempotency-Key": "twice"})
    assert (first.status_code, first.json()["number"]) == (201, 1)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["idempotency-replayed"] == "true"
    assert other.json()["number"] == 2


def test_a_key_of_another_request_or_without_sense_is_refused() -> None:
    with client() as web:
        web.post("/api/v1/wishes", json={"name": "a"}, headers={"Idempotency-Key": "once"})
        reused = web.post("/api/v1/wishes", json={"name": "b"}, headers={"Idempotency-Key": "once"})
        wrong = web.post("/api/v1/wishes", json={"name": "b"}, headers={"Idempotency-Key": "x" * 256})
    assert (reused.status_code, reused.json()["code"]) == (422, "idempotency_key_reused")
    assert (wrong.status_code, wrong.json()["field"]) == (422, "Idempotency-Key")


def test_keys_of_two_callers_have_nothing_to_do_with_each_other() -> None:
    with client() as web:
        key = {"Idempotency-Key": "once"}
        web.post("/api/v1/wishes", json={"name": "a"}, headers=key)
        second = web.post("/api/v1/wishes", json={"name": "a"}, headers={**key, "x-test-role": "user"})
    assert second.json()["number"] == 2


def test_a_token_for_scripts_is_not_given_what_its_owner_was_answered_in_a_session() -> None:
    with client() as web:
        key = {"Idempotency-Key": "once", "x-test-role": "user"}
        first = web.post(
            "/api/v1/wishes", json={"name": "a"}, headers={**key, "x-test-scopes": "admin,select"}
        )
        other = web.post("/api/v1/wishes", json={"name": "a"}, headers={**key, "x-test-scopes": "select"})
        again = web.post("/api/v1/wishes", json={"name": "a"}, headers={**key, "x-test-scopes": "select"})
    assert [answer.json()["number"] for answer in (first, other, again)] == [1, 2, 2]


def test_a_refusal_may_be_tried_again_under_the_same_key() -> None:
    with client() as web:
        key = {"Idempotency-Key": "once"}
        assert web.post("/api/v1/wishes", json={}, headers=key).status_code == 422
        assert web.post("/api/v1/wishes", json={"name": "a"}, headers=key).status_code == 201


async def test_the_second_of_two_at_once_waits_for_the_first() -> None:
    memory = answered()
    entry = await memory.answer_or_turn(SLOT, b"f")
    assert isinstance(entry, Entry)
    second = asyncio.create_task(memory.answer_or_turn(SLOT, b"f"))
    await asyncio.sleep(0)
    assert not second.done()
    memory.end(SLOT, entry, DONE)
    assert await second == DONE


async def test_when_the_first_fails_one_that_waits_takes_its_turn() -> None:
    memory = answered()
    entry = await memory.answer_or_turn(SLOT, b"f")
    assert isinstance(entry, Entry)
    waiting = [asyncio.create_task(memory.answer_or_turn(SLOT, b"f")) for _ in range(2)]
    await asyncio.sleep(0)
    memory.end(SLOT, entry, None)
    done, left = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    turn = done.pop().result()
    assert isinstance(turn, Entry)
    memory.end(SLOT, turn, DONE)
    assert await left.pop() == DONE


async def test_an_answer_is_kept_for_a_day_and_its_key_is_free_after_it() -> None:
    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    memory = AnsweredRequests(clock)
    entry = await memory.answer_or_turn(SLOT, b"f")
    assert isinstance(entry, Entry)
    memory.end(SLOT, entry, DONE)
    with pytest.raises(IdempotencyKeyReused):
        await memory.answer_or_turn(SLOT, b"g")
    clock.advance(KEPT_S + 1)
    assert isinstance(await memory.answer_or_turn(SLOT, b"g"), Entry)


@pytest.mark.parametrize("bounds", [{"answers_max": 3}, {"memory_max_bytes": 3_000}])
async def test_the_memory_is_bounded_and_forgets_the_oldest(bounds: dict[str, int]) -> None:
    memory = answered(**bounds)
    for number in range(10):
        entry = await memory.answer_or_turn(("reader", str(number)), b"f")
        assert isinstance(entry, Entry)
        memory.end(("reader", str(number)), entry, DONE)
    assert await memory.answer_or_turn(("reader", "9"), b"f") == DONE
    assert isinstance(await memory.answer_or_turn(("reader", "0"), b"f"), Entry)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, (), b"x" * 10_000),
        Answer(200, ((b"location", b"x" * 10_000),), b""),
        Answer(200, tuple((b"a%d" % number, b"") for number in range(90)), b""),
    ],
)
async def test_what_is_remembered_is_bounded_with_headers_and_keys(answer: Answer) -> None:
    memory = answered(memory_max_bytes=100_000)
    for number in range(30):
        slot = ("reader", str(number).rjust(200))
        entry = await memory.answer_or_turn(slot, b"f")
        assert isinstance(entry, Entry)
        memory.end(slot, entry, answer)
    assert 5 <= len(memory._entries) <= 10
    for slot in list(memory._entries):
        memory._drop(slot)
    assert memory._bytes == 0


async def test_an_answer_with_endless_headers_is_not_kept() -> None:
    memory = answered()
    entry = await memory.answer_or_turn(SLOT, b"f")
    assert isinstance(entry, Entry)
    memory.end(SLOT, entry, Answer(200, ((b"link", b"x" * 70_000),), b""))
    assert isinstance(await memory.answer_or_turn(SLOT, b"f"), Entry)


def test_an_operation_id_follows_from_caller_and_key() -> None:
    mine, yours = UserId(UUID(int=1)), UserId(UUID(int=2))
    assert operation_id_for(mine, "k") == operation_id_for(mine, "k")
    assert len({operation_id_for(mine, "k"), operation_id_for(yours, "k"), operation_id_for(mine, "l")}) == 3
