"""Proofs for many leaves at once, and C2SP's `tlog-proof` for one."""

import base64
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

from sertantai.core.sealing.tree import Node, subtree

TLOG_PROOF: Final = "c2sp.org/tlog-proof@v1"


def multiproof(node: Node, indexes: Sequence[int], size: int) -> list[bytes]:
    """The fewest hashes that, with the leaves at ``indexes``, make the root of ``size`` leaves: the subtrees
    without any of these, from left to right. ``indexes`` ascend."""
    if not indexes or indexes[0] < 0 or indexes[-1] >= size:
        raise ValueError(f"a tree of {size} leaves has no proof for these")
    proof: list[bytes] = []

    def walk(begin: int, end: int, low: int, high: int) -> None:
        if low == high:
            proof.append(subtree(node, begin, end))
        elif high - low < end - begin:
            middle = begin + (1 << ((end - begin - 1).bit_length() - 1))
            cut = bisect_left(indexes, middle, low, high)
            walk(begin, middle, low, cut)
            walk(middle, end, cut, high)

    walk(0, size, 0, len(indexes))
    return proof


def tlog_proof(index: int, proof: Sequence[bytes], head: str, extra: bytes = b"") -> str:
    """The text of a `.tlog-proof`. ``proof``: of inclusion, deepest first; ``head``: a signed note."""
    lines = [TLOG_PROOF]
    if extra:
        lines.append(f"extra {base64.b64encode(extra).decode()}")
    lines += [f"index {index}", *(base64.b64encode(one).decode() for one in proof), "", head]
    return "\n".join(lines)
