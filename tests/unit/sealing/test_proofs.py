"""Proofs of many leaves, and the text of one."""

import base64
import random

import pytest

from sertantai.core.sealing.proofs import multiproof, tlog_proof
from sertantai.core.sealing.tree import inclusion_proof, root_of
from sertantai.evidence.verify import root_of_many
from tests.unit.sealing.test_tree import made, nodes


def test_any_choice_of_leaves_is_proved_and_by_its_own_leaves_alone() -> None:
    chance = random.Random(16)
    leaves = made(300)
    node = nodes(leaves)
    for size in (*range(1, 40), 127, 128, 129, 300):
        root = root_of(leaves[:size])
        for _ in range(12):
            chosen = sorted(chance.sample(range(size), chance.randint(1, min(size, 20))))
            proof = multiproof(node, chosen, size)
            some = {index: leaves[index] for index in chosen}
            assert root_of_many(some, size, proof, {}) == root
            assert root_of_many(some | {chosen[0]: leaves[-1]}, size, proof, {}) != root or chosen[0] == 299
            assert root_of_many(some, size, [*proof, root], {}) is None
            assert root_of_many(some, size, proof[1:], {}) is None if proof else len(chosen) == size


def test_many_together_need_fewer_nodes_than_each_alone() -> None:
    leaves = made(256)
    node = nodes(leaves)
    assert multiproof(node, range(256), 256) == []
    assert len(multiproof(node, range(64, 128), 256)) == 2
    assert sorted(multiproof(node, [77], 256)) == sorted(inclusion_proof(node, 77, 256))


@pytest.mark.parametrize("indexes", [[], [-1], [3], [0, 3]])
def test_what_is_not_there_has_no_proof(indexes: list[int]) -> None:
    with pytest.raises(ValueError, match="has no proof"):
        multiproof(nodes(made(3)), indexes, 3)


def test_the_proof_of_one_entry_is_c2sps_text() -> None:
    leaves = made(5)
    head = "example.org/trail/1\n5\nAAAA\n\n— example.org/trail/1 AAAA\n"
    proof = inclusion_proof(nodes(leaves), 3, 5)
    text = tlog_proof(3, proof, head, b'{"v":1}')
    before, _, note = text.partition("\n\n")
    assert note == head
    assert before.split("\n") == [
        "c2sp.org/tlog-proof@v1",
        "extra eyJ2IjoxfQ==",
        "index 3",
        *(base64.b64encode(one).decode() for one in proof),
    ]
    assert "extra" not in tlog_proof(3, proof, head)
