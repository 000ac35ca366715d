"""The Merkle tree of RFC 6962 and its proofs (2.1, 2.1.1, 2.1.2; how they are checked: RFC 9162)."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = sha256().digest()
ZERO: Final = bytes(HASH_BYTES)

Node = Callable[[int, int], bytes]
"""``(level, index)`` to the root of the full subtree of 2^level leaves that begins at leaf index·2^level."""


def leaf_hash(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over hashes of leaves, level by level: a last one without a neighbour goes up as it is."""
    level = leaves
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        above = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
        level = above if len(level) % 2 == 0 else [*above, level[-1]]
    return level[0] if level else EMPTY_ROOT


class Frontier:
    """The right edge of a growing tree: all that is needed to go on, one hash for each bit of its size."""

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        """``peaks``: roots of the full subtrees, largest first; as many as ``size`` has bits set."""
        if len(peaks) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} peaks, not {len(peaks)}")
        self.size = size
        self.peaks = list(peaks)

    def append(self, leaf: bytes) -> None:
        size = self.size
        while size & 1:
            leaf = node_hash(self.peaks.pop(), leaf)
            size >>= 1
        self.peaks.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root


def subtree(node: Node, begin: int, end: int) -> bytes:
    """The root over leaves ``begin`` to ``end`` (not included); ``begin`` is where one so wide may begin."""
    width = end - begin
    if width == 1 << (width.bit_length() - 1) and begin % width == 0:
        return node(width.bit_length() - 1, begin // width)
    middle = begin + _split(width)
    return node_hash(subtree(node, begin, middle), subtree(node, middle, end))


def _split(width: int) -> int:
    """The largest power of two below ``width``."""
    return 1 << ((width - 1).bit_length() - 1)


def inclusion_proof(node: Node, index: int, size: int) -> list[bytes]:
    """That leaf ``index`` is in the tree of ``size`` leaves, deepest first."""
    if not 0 <= index < size:
        raise ValueError(f"there is no leaf {index} in a tree of {size}")
    begin, end = 0, size
    proof: list[bytes] = []
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            proof.append(subtree(node, middle, end))
            end = middle
        else:
            proof.append(subtree(node, begin, middle))
            begin = middle
    return proof[::-1]


def consistency_proof(node: Node, first: int, second: int) -> list[bytes]:
    """That the tree of ``first`` leaves is the beginning of the one of ``second``; empty for no leaves."""
    if not 0 <= first <= second:
        raise ValueError(f"no tree of {first} leaves grows into one of {second}")
    proof: list[bytes] = []
    if first == 0:
        return proof
    begin, end, whole = 0, second, True
    while first != end:
        middle = begin + _split(end - begin)
        if first <= middle:
            proof.append(subtree(node, middle, end))
            end = middle
        else:
            proof.append(subtree(node, begin, middle))
            begin, whole = middle, False
    if not whole:
        proof.append(subtree(node, begin, end))
    return proof[::-1]


def root_from_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """The root that a proof leads to (RFC 9162, 2.1.3.2); None: it is no proof for that place."""
    if not 0 <= index < size or len(leaf) != HASH_BYTES:
        return None
    node, last, root = index, size - 1, leaf
    for one in proof:
        if last == 0 or len(one) != HASH_BYTES:
            return None
        if node & 1 or node == last:
            root = node_hash(one, root)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            root = node_hash(root, one)
        node, last = node >> 1, last >> 1
    return root if last == 0 else None


def is_consistent(
    first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the proof shows that the first tree is the beginning of the second (RFC 9162, 2.1.4.2)."""
    if not 0 <= first <= second or any(len(one) != HASH_BYTES for one in (first_root, second_root, *proof)):
        return False
    if first == second:
        return not proof and first_root == second_root and (first > 0 or first_root == EMPTY_ROOT)
    if first == 0:
        return not proof and first_root == EMPTY_ROOT
    path = list(proof)
    if first == 1 << (first.bit_length() - 1):
        path.insert(0, first_root)
    if not path:
        return False
    node, last = first - 1, second - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = path[0]
    for one in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old, new = node_hash(one, old), node_hash(one, new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, one)
        node, last = node >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root
