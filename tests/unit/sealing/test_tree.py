"""The tree of RFC 6962, against the vectors of transparency-dev/merkle, as their generator makes them."""

from collections.abc import Callable, Iterator

import pytest

from sertantai.core.sealing.tree import (
    EMPTY_ROOT,
    Frontier,
    Node,
    consistency_proof,
    inclusion_proof,
    is_consistent,
    leaf_hash,
    node_hash,
    root_from_inclusion,
    root_of,
)

LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    bytes.fromhex(text)
    for text in (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    )
]
A, B, C, D, E, F, G, H = (
    bytes.fromhex(text)
    for text in (
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
        "abacaba000000000000000000000000000000000000000000060061e00123456",
    )
)
INCLUDED = [
    (0, 8, [A, B, C]),
    (5, 8, [D, E, ROOTS[3]]),
    (2, 3, [ROOTS[1]]),
    (1, 5, [ROOTS[0], B, D]),
]
CONSISTENT = [
    (1, 1, []),
    (1, 8, [A, B, C]),
    (6, 8, [F, E, ROOTS[3]]),
    (2, 5, [B, D]),
    (6, 7, [F, G, ROOTS[3]]),
]
SIZE = 300


def made(count: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(count)]


def nodes(leaves: list[bytes]) -> Node:
    levels = [leaves]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([node_hash(below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)])
    return lambda level, index: levels[level][index]


def plain_root(leaves: list[bytes]) -> bytes:
    """As the RFC words it."""
    if len(leaves) < 2:
        return leaves[0] if leaves else EMPTY_ROOT
    middle = 1 << ((len(leaves) - 1).bit_length() - 1)
    return node_hash(plain_root(leaves[:middle]), plain_root(leaves[middle:]))


def test_roots_are_those_of_the_vectors() -> None:
    hashes = [leaf_hash(leaf) for leaf in LEAVES]
    assert [root_of(hashes[: size + 1]) for size in range(8)] == ROOTS
    assert root_of([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize(("index", "size", "proof"), INCLUDED)
def test_proofs_of_inclusion_are_those_of_the_vectors(index: int, size: int, proof: list[bytes]) -> None:
    hashes = [leaf_hash(leaf) for leaf in LEAVES]
    leaf, root = hashes[index], ROOTS[size - 1]
    assert inclusion_proof(nodes(hashes), index, size) == proof
    assert root_from_inclusion(leaf, index, size, proof) == root
    for what, probe in spoilt_inclusion(index, size, proof, root, leaf):
        found = root_from_inclusion(probe[3], probe[0], probe[1], probe[4])
        assert found is None or found != probe[2], what


Inclusion = tuple[int, int, bytes, bytes, list[bytes]]


def spoilt_inclusion(
    index: int, size: int, proof: list[bytes], root: bytes, leaf: bytes
) -> Iterator[tuple[str, Inclusion]]:
    """The mutations that the generator of the vectors makes of one true proof."""
    yield "leafIdx - 1", (index - 1, size, root, leaf, proof)
    yield "leafIdx + 1", (index + 1, size, root, leaf, proof)
    yield "leafIdx ^ 2", (index ^ 2, size, root, leaf, proof)
    yield "treeSize * 2", (index, size * 2, root, leaf, proof)
    yield "treeSize / 2", (index, size // 2, root, leaf, proof)
    yield "wrong leaf", (index, size, root, b"WrongLeaf", proof)
    yield "empty root", (index, size, EMPTY_ROOT, leaf, proof)
    yield "random root", (index, size, H, leaf, proof)
    yield "trailing garbage", (index, size, root, leaf, [*proof, b""])
    yield "trailing root", (index, size, root, leaf, [*proof, root])
    yield "preceding garbage", (index, size, root, leaf, [b"", *proof])
    yield "preceding root", (index, size, root, leaf, [root, *proof])
    yield "removed component", (index, size, root, leaf, proof[:-1])
    if len(proof) > 1:
        yield "inserted component", (index, size, root, leaf, [proof[0], H, *proof[1:]])
    for at, one in enumerate(proof):
        yield f"bit of {at}", (index, size, root, leaf, [*proof[:at], flipped(one, 3), *proof[at + 1 :]])


def flipped(one: bytes, bit: int) -> bytes:
    return bytes([one[0] ^ 1 << bit]) + one[1:]


@pytest.mark.parametrize(("first", "second", "proof"), CONSISTENT)
def test_proofs_of_consistency_are_those_of_the_vectors(first: int, second: int, proof: list[bytes]) -> None:
    hashes = [leaf_hash(leaf) for leaf in LEAVES]
    old, new = ROOTS[first - 1], ROOTS[second - 1]
    assert consistency_proof(nodes(hashes), first, second) == proof
    assert is_consistent(first, second, old, new, proof)
    for what, probe in spoilt_consistency(first, second, proof, old, new) if proof else ():
        assert not is_consistent(*probe), what


Consistency = tuple[int, int, bytes, bytes, list[bytes]]


def spoilt_consistency(
    first: int, second: int, proof: list[bytes], old: bytes, new: bytes
) -> Iterator[tuple[str, Consistency]]:
    for what, size in (("- 1", first - 1), ("+ 1", first + 1), ("^ 2", first ^ 2)):
        yield f"size1 {what}", (size, second, old, new, proof)
    yield "size2 * 2", (first, second * 2, old, new, proof)
    yield "size2 / 2", (first, second // 2, old, new, proof)
    yield "wrong root1", (first, second, b"WrongRoot", new, proof)
    yield "wrong root2", (first, second, old, b"WrongRoot", proof)
    yield "swapped roots", (first, second, new, old, proof)
    yield "empty proof", (first, second, old, new, [])
    yield "truncated proof", (first, second, old, new, proof[:-1])
    for what, one in (("garbage", b""), ("root1", old), ("root2", new), ("proof[0]", proof[0])):
        yield f"preceding {what}", (first, second, old, new, [one, *proof])
    for what, one in (("garbage", b""), ("root1", old), ("root2", new)):
        yield f"trailing {what}", (first, second, old, new, [*proof, one])
    for at, one in enumerate(proof):
        yield f"bit of {at}", (first, second, old, new, [*proof[:at], flipped(one, 4), *proof[at + 1 :]])


def test_a_hash_of_no_length_proves_nothing() -> None:
    one = leaf_hash(b"data")
    assert root_from_inclusion(one, 0, 1, []) == one
    assert root_from_inclusion(b"", 0, 1, []) is None
    assert root_from_inclusion(one, 0, 0, []) is None
    assert root_from_inclusion(one, 2, 1, []) is None
    assert not is_consistent(1, 1, b"", b"", [])


@pytest.mark.parametrize(
    ("first", "second", "old", "new", "proof", "true"),
    [
        (0, 0, EMPTY_ROOT, EMPTY_ROOT, [], True),
        (0, 1, EMPTY_ROOT, A, [], True),
        (1, 1, A, A, [], True),
        (0, 0, A, B, [], False),
        (0, 0, A, A, [], False),  # the vectors let it pass: of no leaves there is one root
        (0, 1, A, B, [], False),  # likewise
        (1, 1, A, B, [], False),
        (1, 0, A, B, [], False),
        (2, 1, A, B, [], False),
        (1, 2, A, B, [], False),
        (0, 0, EMPTY_ROOT, EMPTY_ROOT, [EMPTY_ROOT], False),
        (0, 1, EMPTY_ROOT, A, [EMPTY_ROOT], False),
        (1, 1, EMPTY_ROOT, EMPTY_ROOT, [EMPTY_ROOT], False),
    ],
)
def test_trees_of_no_size_and_of_one(
    first: int, second: int, old: bytes, new: bytes, proof: list[bytes], true: bool
) -> None:
    assert is_consistent(first, second, old, new, proof) is true


def test_all_proofs_up_to_some_size_are_true_and_of_no_other_place() -> None:
    """Each leaf in each tree, with a proof that is the shortest and of that leaf alone."""
    leaves = made(SIZE)
    node, growing = nodes(leaves), Frontier()
    for size in range(1, SIZE + 1):
        growing.append(leaves[size - 1])
        root = growing.root()
        if size < 70 or size > SIZE - 5:
            assert root == plain_root(leaves[:size])
        for index in range(0, size, 1 if size < 40 else 7):
            proof = inclusion_proof(node, index, size)
            assert len(proof) <= (size - 1).bit_length()
            assert root_from_inclusion(leaves[index], index, size, proof) == root
            assert root_from_inclusion(leaves[index - 1], index, size, proof) != root or size == 1
            assert root_from_inclusion(leaves[index], index ^ 1, size, proof) != root


def test_all_pairs_of_sizes_up_to_300_are_consistent_and_no_other_pair() -> None:
    leaves = made(SIZE)
    node, growing = nodes(leaves), Frontier()
    roots = [growing.root()]
    for leaf in leaves:
        growing.append(leaf)
        roots.append(growing.root())
    for second in range(SIZE + 1):
        for first in range(second + 1):
            proof = consistency_proof(node, first, second)
            assert is_consistent(first, second, roots[first], roots[second], proof)
            if (first + second) % 7 == 0:
                assert not is_consistent(first, second, roots[first - 1], roots[second], proof)


def test_a_frontier_goes_on_where_another_one_ended() -> None:
    leaves = made(50)
    first = Frontier()
    for leaf in leaves[:27]:
        first.append(leaf)
    second = Frontier(first.size, first.peaks)
    for leaf in leaves[27:]:
        second.append(leaf)
    assert second.root() == root_of(leaves)
    assert first.root() == root_of(leaves[:27])


@pytest.mark.parametrize(
    "ask",
    [
        lambda node: inclusion_proof(node, 3, 3),
        lambda node: inclusion_proof(node, -1, 3),
        lambda node: consistency_proof(node, 3, 2),
        lambda node: consistency_proof(node, -1, 2),
        lambda _: Frontier(3, [EMPTY_ROOT]),
    ],
)
def test_what_is_not_there_has_no_proof(ask: Callable[[Node], object]) -> None:
    with pytest.raises(ValueError, match=r"tree of"):
        ask(nodes(made(3)))
