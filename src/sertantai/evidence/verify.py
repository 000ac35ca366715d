"""Checks an evidence pack of Sertantai. One file, Python 3.9 or later, no package, no network:

    python3 verify.py PACK.zip --key VKEY [--head SAVED.txt ...] [--witness VKEY ...] [--stamps-checked]

The key must come from elsewhere than the pack: the operator's page, or a pack that you got before. It ends
with 0 where all that the pack says of itself is true, 1 where something is not, 2 where it cannot tell.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import json
import re
import struct
import sys
import zlib
from bisect import bisect_left
from datetime import datetime, timezone
from hashlib import sha256, sha512
from typing import Any, Dict, Iterable, List, Optional, Sequence, Tuple

TRUE, FALSE, CANNOT_TELL = 0, 1, 2
PACK_BYTES_MAX = 256 << 20
FILES_MAX = 200
FILE_BYTES_MAX = 128 << 20
ALL_BYTES_MAX = 256 << 20
NOTE_BYTES_MAX = 1 << 17
PLAIN = (
    "README.txt",
    "entries.ndjson",
    "identities.ndjson",
    "keys.txt",
    "report.html",
    "verify.html",
    "verify.py",
)
"""In each pack, and named in its manifest, as are `report.pdf` and what is in `heads/`."""
BESIDE = ("consistency.json", "head.txt", "manifest.json", "proof.json", "statement.json")
"""In each pack, and not in its manifest: each shows by itself that it is true."""
HEAD_FILE = re.compile(r"heads/(0|[1-9][0-9]{0,18})\.txt")
STAMP_FILE = re.compile(r"heads/(0|[1-9][0-9]{0,18})\.tsr")
TIME = re.compile(r"([1-9][0-9]{3})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})(\.[0-9]{1,9})?Z")
NAMED = re.compile(r"heads/(0|[1-9][0-9]{0,18})\.(txt|tsr)")
HEX = re.compile(r"[0-9a-f]{64}")
SALT = re.compile(r"[0-9a-f]{32}")
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
NAME = re.compile("[!-*,-~]+")
NOTICES = (
    *("access", "balance", "checked", "erasure", "events", "hold", "key", "list", "person", "policy"),
    *("register", "rejected", "restore", "retention", "reviewed", "statement"),
)
ADDING = ("select", "bulk_select")
REMOVING = ("deselect", "bulk_deselect", "clear_all")
ZERO = "0" * 64
NUMBER_END = 1 << 53
DEPTH_MAX = 50


Known = Dict[Tuple[int, int], bytes]
"""Roots of subtrees, by where they begin and end."""
Point = Tuple[int, int, int, int]
Key = Tuple[str, int, bytes, bytes]
"""Name, kind (1: signs heads, 4: witness), the public key, the first bytes of its hash."""
Note = Tuple[str, int, bytes, str, List[Tuple[str, bytes, bytes]]]
"""A head: origin, size, root, its text, and who signed it: name, hash, signature."""
Signers = Dict[str, Optional[int]]
"""Keys as they are written, and of witnesses when they saw it, in seconds since 1970."""
Since = Dict[str, int]
"""Of keys that were compromised, as they are written, since when, in microseconds since 1970."""
Texts = Iterable[str]
Saved = Sequence[Tuple[str, bytes]]
Verdict = Tuple[int, Optional[str], List[str]]


class Untrue(Exception):
    """What is not as it must be; ``step`` is where that was found."""

    def __init__(self, step: str, sentence: str) -> None:
        super().__init__(sentence)
        self.step = step


# -- what a pack is made of ---------------------------------------------------------------------------------


def unpacked(data: bytes) -> dict[str, bytes]:
    """Its files by name. A pack has one form to the last byte; whatever else a ZIP may hold is refused."""
    count, start = end_of_zip(data)
    files: dict[str, bytes] = {}
    at, end, total, last = start, 0, 0, ""
    for _ in range(count):
        if at + 46 > len(data) - 22:
            raise Untrue("zip", "The ZIP file's list of files is incomplete.")
        method, crc, packed, size, length = struct.unpack("<10xH4xIIIH", data[at : at + 30])
        encoded = data[at + 46 : at + 46 + length]
        name = printable(encoded)
        belongs(name, last, files)
        shared = struct.pack("<HHHHHIIIHH", 20, 0, method, 0, 0x21, crc, packed, size, length, 0)
        central = b"PK\1\2\x14\3" + shared + struct.pack("<HHHII", 0, 0, 0, 0o100644 << 16, end) + encoded
        local = b"PK\3\4" + shared + encoded
        if data[at : at + len(central)] != central or data[end : end + len(local)] != local:
            raise Untrue("zip", f"What the ZIP file says of {name} is not as it was made.")
        total += size
        if method not in (0, 8) or size > FILE_BYTES_MAX or total > ALL_BYTES_MAX:
            raise Untrue("zip", f"The file {name} is packed in a way, or is of a size, that no pack has.")
        begin = end + len(local)
        at, end, last = at + len(central), begin + packed, name
        if end > start:
            raise Untrue("zip", f"The file {name} is incomplete.")
        files[name] = inflated(data[begin:end], size, method, crc, name)
    if at != len(data) - 22 or end != start:
        raise Untrue("zip", "The ZIP file holds something beside its files.")
    for name in PLAIN + BESIDE:
        if name not in files:
            raise Untrue("zip", f"The pack lacks the file {name}.")
    return files


def end_of_zip(data: bytes) -> tuple[int, int]:
    """How many files it holds, and where its list of them begins."""
    if len(data) > PACK_BYTES_MAX:
        raise Untrue("zip", "The pack is larger than any pack may be.")
    if len(data) < 22 or data[-22:-18] != b"PK\5\6":
        raise Untrue("zip", "This is no pack: it does not end as a ZIP file does.")
    count, length, start = struct.unpack("<HII", data[-12:-2])
    if data[-22:] != struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count, count, length, start, 0):
        raise Untrue("zip", "The end of the ZIP file is damaged.")
    if count > FILES_MAX or start + length + 22 != len(data):
        raise Untrue("zip", "The ZIP file has too many files, or its parts do not meet.")
    return count, start


def belongs(name: str, last: str, files: dict[str, bytes]) -> None:
    if name in files:
        raise Untrue("zip", f"The file {name} is in the pack twice.")
    if not (name in PLAIN or name in BESIDE or name == "report.pdf" or NAMED.fullmatch(name)):
        raise Untrue("zip", f"The pack has a file that belongs in none: {name}.")
    if name < last:
        raise Untrue("zip", f"The files of the pack are not in their order: {name}.")


def printable(name: bytes) -> str:
    return "".join(chr(one) if 32 < one < 127 else "?" for one in name)


def inflated(packed: bytes, size: int, method: int, crc: int, name: str) -> bytes:
    content, whole = packed, True
    if method == 8:
        engine = zlib.decompressobj(-15)
        try:
            content = engine.decompress(packed, size + 1)
        except zlib.error:
            content = b""
        whole = engine.eof and not engine.unused_data and not engine.unconsumed_tail
    if not whole or len(content) != size or zlib.crc32(content) != crc:
        raise Untrue("zip", f"The file {name} cannot be unpacked to what the ZIP file says of it.")
    return content


def canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def parsed(data: bytes, name: str) -> Any:
    """JSON in its one form (RFC 8785), of texts, whole numbers, lists, and objects with ASCII keys."""
    value = None
    try:
        value = json.loads(data.decode(), parse_float=refused, parse_constant=refused, object_pairs_hook=once)
        limited(value)
        same = canonical(value) == data
    except (ValueError, RecursionError):
        same = False
    if not same:
        raise Untrue("form", f"{name} is not written as a pack writes it.")
    return value


def refused(text: str) -> None:
    raise ValueError(text)


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key stands twice")
    return made


def limited(value: Any, depth: int = 0) -> None:
    if depth > DEPTH_MAX:
        raise ValueError("it is too deep")
    if type(value) is int and not -NUMBER_END < value < NUMBER_END:
        raise ValueError("a number is too large")
    if type(value) is dict:
        for key in value:
            if not key.isascii():
                raise ValueError("a key is not ASCII")
            limited(value[key], depth + 1)
    elif type(value) is list:
        for one in value:
            limited(one, depth + 1)


def lines_of(data: bytes, name: str) -> list[Any]:
    if data and not data.endswith(b"\n"):
        raise Untrue("form", f"{name} is incomplete.")
    return [parsed(line, f"Line {at} of {name}") for at, line in enumerate(data.split(b"\n")[:-1], 1)]


def need(holds: Any, sentence: str, *named: Any) -> None:
    if not holds:
        raise Untrue("form", sentence % named)


def whole(value: Any, least: int = 0) -> bool:
    return type(value) is int and value >= least


def text_or_none(value: Any, pattern: re.Pattern[str]) -> bool:
    return value is None or (type(value) is str and pattern.fullmatch(value) is not None)


def is_hash(value: Any) -> bool:
    return type(value) is str and HEX.fullmatch(value) is not None


def is_id(value: Any) -> bool:
    return type(value) is str and ID.fullmatch(value) is not None


def hashes(value: Any, name: str) -> list[bytes]:
    need(type(value) is list and all(map(is_hash, value)), "%s has something that is no hash.", name)
    return [bytes.fromhex(one) for one in value]


def keys_are(value: Any, names: str, what: str) -> None:
    need(type(value) is dict and sorted(value) == names.split(), "%s has other fields than it must.", what)


def is_entry(entry: Any, what: str) -> None:
    """A form that is known; whoever checks must not pass over what they do not understand."""
    need(type(entry) is dict and entry.get("v") == 1, "%s is of a version that is not known here.", what)
    if entry.get("kind") == "change":
        keys_are(
            entry,
            "at by chain count journal kind list named op origin owner part pos rows source undoes v",
            what,
        )
        good = all(is_id(entry[name]) for name in ("by", "journal", "op", "owner"))
        good = (
            good
            and text_or_none(entry["list"], ID)
            and all(whole(entry[name]) for name in ("at", "part", "pos"))
        )
        good = good and all(text_or_none(entry[name], HEX) for name in ("named", "origin"))
        good = good and (entry["count"] is None or whole(entry["count"])) and type(entry["source"]) is str
        good = good and (entry["undoes"] is None or type(entry["undoes"]) is str)
        links = entry["chain"]
        good = good and type(links) is list and len(links) == 2 and is_link(links[1])
        good = (
            good
            and ((links[0] is None) == (entry["list"] is None))
            and (links[0] is None or is_link(links[0]))
        )
        rows = entry["rows"]
        if type(rows) is dict:
            good = good and sorted(rows) == ["n", "root"] and whole(rows["n"], 17) and is_hash(rows["root"])
        else:
            good = good and type(rows) is list and len(rows) <= 16 and all(map(is_row, rows))
    else:
        keys_are(entry, "at body by id kind number previous subject v", what)
        good = (
            entry["kind"] in NOTICES
            and whole(entry["at"])
            and type(entry["body"]) is dict
            and is_id(entry["id"])
        )
        good = good and whole(entry["number"], 1) and is_hash(entry["previous"])
        good = good and text_or_none(entry["by"], ID) and text_or_none(entry["subject"], ID)
    need(good, "%s has a field that is not of its kind.", what)


def is_link(link: Any) -> bool:
    return type(link) is list and len(link) == 2 and whole(link[0], 1) and is_hash(link[1])


def is_row(row: Any) -> bool:
    if type(row) is not list or len(row) != 4:
        return False
    return type(row[0]) is str and whole(row[1]) and type(row[2]) is str and text_or_none(row[3], HEX)


# -- hashes and trees (RFC 6962, RFC 9162) ------------------------------------------------------------------


def leaf_hash(data: bytes) -> bytes:
    return sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


def middle_of(begin: int, end: int) -> int:
    return begin + (1 << ((end - begin - 1).bit_length() - 1))


def root_of_many(leaves: dict[int, bytes], size: int, nodes: list[bytes], known: Known) -> bytes | None:
    """From some leaves, and the nodes that cover the others from left to right; None where these do not fit.
    Whatever subtree is seen on the way is put into ``known``, by where it begins and ends."""
    order = sorted(leaves)
    left = list(reversed(nodes))

    def walk(begin: int, end: int, low: int, high: int) -> bytes:
        if low == high:
            found = left.pop()
        elif end - begin == 1:
            found = leaves[begin]
        else:
            middle = middle_of(begin, end)
            cut = bisect_left(order, middle, low, high)
            found = node_hash(walk(begin, middle, low, cut), walk(middle, end, cut, high))
        known[begin, end] = found
        return found

    try:
        root = walk(0, size, 0, len(order))
    except IndexError:
        return None
    return None if left else root


def is_consistent(first: int, second: int, old: bytes, new: bytes, nodes: list[bytes]) -> bool:
    """Whether the tree of ``second`` leaves begins with the one of ``first`` (RFC 9162, 2.1.4.2)."""
    if first == second or first == 0:
        return not nodes and (old == new if first else old == sha256().digest())
    if first == first & -first:
        nodes = [old, *nodes]
    if not nodes:
        return False
    node, last = first - 1, second - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    was = now = nodes[0]
    for one in nodes[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            was, now = node_hash(one, was), node_hash(one, now)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            now = node_hash(now, one)
        node, last = node >> 1, last >> 1
    return last == 0 and was == old and now == new


def prefix(known: Known, begin: int, end: int) -> bytes | None:
    """The root over these leaves, as far as the pack's proofs tell it; else None."""
    if (begin, end) in known or end - begin < 2:
        return known.get((begin, end))
    middle = middle_of(begin, end)
    left = prefix(known, begin, middle)
    right = prefix(known, middle, end) if left else None
    return node_hash(left, right) if left and right else None


# -- heads: signed notes of C2SP, Ed25519 (RFC 8032) --------------------------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def point(data: bytes) -> Point | None:
    """From its 32 bytes; None where they are no point."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        return None
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * v**3 * pow(u * v**7, (P - 5) // 8, P) % P
    if v * x * x % P != u:
        x = x * ROOT_OF_MINUS_ONE % P
    if v * x * x % P != u or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def plus(one: Point, other: Point) -> Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c, d = 2 * one[3] * other[3] * D % P, 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little")) or (0, 1, 1, 0)


def is_signed_by(public: bytes, signature: bytes, message: bytes) -> bool:
    negative = point(public)
    s = int.from_bytes(signature[32:], "little")
    if negative is None or len(signature) != 64 or s >= ORDER:
        return False
    negative = (P - negative[0], negative[1], 1, P - negative[3])
    k = int.from_bytes(sha512(signature[:32] + public + message).digest(), "little") % ORDER
    both, found = plus(BASE, negative), (0, 1, 1, 0)
    for bit in range(max(s.bit_length(), k.bit_length()) - 1, -1, -1):
        found = plus(found, found)
        which = (s >> bit & 1) + 2 * (k >> bit & 1)
        if which:
            found = plus(found, (found, BASE, negative, both)[which])
    z = pow(found[2], P - 2, P)
    x, y = found[0] * z % P, found[1] * z % P
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


def strict_base64(text: str, what: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        data = b""
    need(data and base64.b64encode(data).decode() == text, "%s is not base64 as it is written.", what)
    return data


def key_of(text: str) -> Key:
    """``NAME+HASH+BASE64`` as name, kind (1: signs heads, 4: witness), public key, hash."""
    name, _, rest = text.strip().partition("+")
    stated, _, encoded = rest.partition("+")
    data = strict_base64(encoded, f"The key {printable(text.encode())}")
    need(is_name(name) and len(data) == 33 and data[0] in (1, 4), "The key of %s is of no known kind.", name)
    own = sha256(name.encode() + b"\n" + data).digest()[:4]
    need(own.hex() == stated, "The key of %s is damaged.", name)
    return name, data[0], data[1:], own


def is_name(name: str) -> bool:
    return NAME.fullmatch(name) is not None


def note_of(data: bytes, what: str) -> Note:
    """A head as origin, size, root, text, and who signed it: ``(name, hash, signature)`` each."""
    try:
        text = data.decode()
    except ValueError:
        text = ""
    at = text.rfind("\n\n")
    bad = len(data) > NOTE_BYTES_MAX or any(one < " " and one != "\n" for one in text)
    need(not bad and at > 0 and text.endswith("\n") and len(text) > at + 2, "%s is no signed head.", what)
    lines = text[:at].split("\n")
    need(len(lines) == 3 and all(lines) and SIZE.fullmatch(lines[1]), "%s is no signed head.", what)
    root = strict_base64(lines[2], f"The root in {what}")
    need(len(root) == 32 and int(lines[1]) < NUMBER_END, "%s is no signed head.", what)
    signatures = []
    for line in text[at + 2 : -1].split("\n"):
        sign, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        need(sign == "\u2014" and is_name(name), "%s has a line that is no signature.", what)
        signed = strict_base64(encoded, f"A signature in {what}")
        need(len(signed) > 4, "%s has a line that is no signature.", what)
        signatures.append((name, signed[:4], signed[4:]))
    need(len(set(signatures)) == len(signatures), "%s is signed twice by the same.", what)
    return lines[0], int(lines[1]), root, text[: at + 1], signatures


# -- time stamps (RFC 3161): what they are of, and when; who signed them is not checked ---------------------

SHA256 = bytes.fromhex("0609608648016503040201")
SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
STAMP_INFO = bytes.fromhex("060b2a864886f70d0109100104")


def pieces(data: bytes) -> list[tuple[int, bytes, bytes]]:
    """What stands in DER one after another: tag, content, and all of it. Raises `ValueError`."""
    found, at = [], 0
    while at < len(data):
        if at + 2 > len(data):
            raise ValueError("incomplete")
        begin, length = at + 2, data[at + 1]
        if length > 128:
            begin += length - 128
            length = int.from_bytes(data[at + 2 : begin], "big")
        elif length == 128:
            raise ValueError("no length")
        if begin + length > len(data) or begin - at > 8:
            raise ValueError("incomplete")
        found.append((data[at], data[begin : begin + length], data[at : begin + length]))
        at = begin + length
    return found


def inside(piece: tuple[int, bytes, bytes], tag: int) -> list[tuple[int, bytes, bytes]]:
    if piece[0] != tag:
        raise ValueError("another tag")
    return pieces(piece[1])


def moment(digits: Sequence[str]) -> datetime:
    """From year to second. Raises `ValueError`."""
    year, month, day, hour, minutes, seconds = map(int, digits)
    return datetime(year, month, day, hour, minutes, seconds, tzinfo=timezone.utc)


def stamp_of(data: bytes, what: str) -> tuple[bytes, int]:
    """The SHA-256 that was stamped, and when, in seconds since 1970."""
    try:
        status, token = inside(pieces(data)[0], 0x30)[:2]
        kind, wrapped = inside(token, 0x30)[:2]
        encapsulated = inside(inside(wrapped, 0xA0)[0], 0x30)[2]
        named, content = inside(encapsulated, 0x30)[:2]
        stated = inside(inside(content, 0xA0)[0], 0x04)[0]
        imprint, told = inside(stated, 0x30)[2], inside(stated, 0x30)[4]
        algorithm, digest = inside(imprint, 0x30)[:2]
        kinds = (kind[2], named[2], inside(algorithm, 0x30)[0][2])
        at = TIME.fullmatch(told[1].decode("ascii", "replace"))
        good = kinds == (SIGNED_DATA, STAMP_INFO, SHA256) and told[0] == 0x18 and at is not None
        good = good and inside(status, 0x30)[0][2] in (b"\2\1\0", b"\2\1\1") and digest[0] == 4
        time = moment(at.groups()[:6]) if good and at else None
    except (IndexError, ValueError):
        time, digest = None, (4, b"", b"")
    if time is None or len(digest[1]) != 32:
        raise Untrue("form", f"{what} is no time stamp.")
    return digest[1], int(time.timestamp())


def stamped_text(note: Note, keys: dict[str, Key]) -> bytes:
    """What an authority stamps: the head with the log's own signatures, as it was signed."""
    own = {(key[0], key[3]) for key in keys.values() if key[1] == 1}
    lines = [
        "\u2014 {} {}\n".format(name, base64.b64encode(mark + signature).decode())
        for name, mark, signature in note[4]
        if (name, mark) in own
    ]
    return (note[3] + "\n" + "".join(lines)).encode()


def signers(note: Note, keys: dict[str, Key], what: str) -> Signers:
    """Which of ``keys`` signed it. Each signature must be of one of them, and true."""
    found: Signers = {}
    for name, own, signature in note[4]:
        text = next((text for text, key in keys.items() if (key[0], key[3]) == (name, own)), None)
        if text is None:
            raise Untrue("head", f"{what} has a signature of {name}, of whom the pack has no key.")
        message, time, key = note[3].encode(), None, keys[text]
        if key[1] == 4:
            need(len(signature) == 72, "%s has a line that is no signature.", what)
            time, signature = int.from_bytes(signature[:8], "big"), signature[8:]
            need(time < NUMBER_END, "%s was signed at a time that is none.", what)
            message = b"cosignature/v1\ntime %d\n" % time + message
        if not is_signed_by(key[2], signature, message):
            raise Untrue("head", f"{what} is not signed by {name}: text or signature was changed.")
        found[text] = time
    return found


def short(text: str) -> str:
    """A key as people compare it: name and hash."""
    return "+".join(text.split("+")[:2])


def minute(at: int) -> str:
    """``at`` in microseconds since 1970."""
    return datetime.fromtimestamp(at // 1_000_000, timezone.utc).isoformat(" ")[:16] + " UTC"


def is_recovered(body: dict[str, Any], recovery: str) -> bool:
    """Whether this recovery key signed that the key is the next one."""
    signature = body.get("signature")
    if body.get("vouched_for") != recovery or type(signature) is not str:
        return False
    text = "sertantai-recovery/v1\n{key}\n".format(**body)
    return is_signed_by(key_of(recovery)[2], strict_base64(signature, "A signature of a key"), text.encode())


# -- what is checked, in this order -------------------------------------------------------------------------


class Pack:
    """A pack while it is checked. ``holds``: what was shown; ``remarks``: what should be looked at;
    ``unchecked``: what nobody can tell from a pack; ``doubts``: why it cannot be told whether it is true."""

    def __init__(
        self,
        data: bytes,
        keys: Texts = (),
        heads: Saved = (),
        witnesses: Texts = (),
        stamps_checked: bool = False,
    ) -> None:
        """``keys`` and ``witnesses``: as they are written; ``heads``: ``(name, bytes)`` each;
        ``stamps_checked``: that the time stamps are an authority's was found true otherwise."""
        self.stamps_checked = stamps_checked
        self.data, self.saved = data, heads
        self.given = {key.strip(): key_of(key) for key in keys}
        self.witnesses = {key.strip(): key_of(key) for key in witnesses}
        self.holds: list[str] = []
        self.remarks: list[str] = []
        self.unchecked: list[str] = []
        self.doubts: list[str] = []
        self.known: Known = {}
        self.history: list[Any] = []

    def check(self) -> int:
        """The exit status. Raises `Untrue` where something is not as it must be."""
        self.files = unpacked(self.data)
        self.read_statement()
        self.read_entries()
        self.head_and_key()
        self.earlier_heads()
        self.statement_is_sealed()
        self.files_are_sealed()
        self.entries_are_sealed()
        self.nothing_left_out()
        self.laws_are_counted()
        self.opened_fields()
        self.times()
        self.saved_heads()
        self.say_limits()
        return CANNOT_TELL if self.doubts else TRUE

    def read_statement(self) -> None:
        self.statement = parsed(self.files["statement.json"], "statement.json")
        keys_are(self.statement, "entry index nodes opened", "statement.json")
        opened_well(self.statement["opened"], "statement.json")
        entry = self.statement["entry"]
        is_entry(entry, "The statement")
        need(
            whole(self.statement["index"]) and entry["kind"] == "statement",
            "statement.json is no statement.",
        )
        self.body = body = entry["body"]
        keys_are(body, "about asked count entries hash manifest number of since until", "The statement")
        good = body["about"] in ("law", "list", "organization", "person") and type(body["of"]) is str
        good = (
            good and text_or_none(body["asked"], HEX) and is_hash(body["manifest"]) and whole(body["entries"])
        )
        good = good and all(
            body[one] is None or whole(body[one]) for one in ("count", "number", "since", "until")
        )
        need(good and text_or_none(body["hash"], HEX), "The statement has a field that is not of its kind.")
        self.owner = entry["subject"]

    def read_entries(self) -> None:
        self.lines, last = lines_of(self.files["entries.ndjson"], "entries.ndjson"), -1
        for at, line in enumerate(self.lines, 1):
            what = f"Line {at} of entries.ndjson"
            keys_are(line, "entry index opened rows", what)
            need(
                whole(line["index"], last + 1), "%s is not in the order of the log, or is there twice.", what
            )
            last = line["index"]
            is_entry(line["entry"], what)
            opened_well(line["opened"], what)
        need(last < self.statement["index"], "The statement is older than an entry of the pack.")
        need(len(self.lines) == self.body["entries"], "The pack has not as many entries as it says.")

    def head_and_key(self) -> None:
        listed = self.files["keys.txt"].decode("ascii", "replace")
        own = {line: key_of(line) for line in listed.split("\n")[:-1]}
        need(
            "".join(line + "\n" for line in own) == listed,
            "keys.txt has a key twice, or a line that is none.",
        )
        keys = {**own, **self.given, **self.witnesses}
        self.notes: list[tuple[Note, Signers]] = []
        for name in sorted(self.files):
            if HEAD_FILE.fullmatch(name):
                note = note_of(self.files[name], name)
                need(name == f"heads/{note[1]}.txt", "%s is the head of another size.", name)
                self.notes.append((note, signers(note, keys, name)))
        self.read_stamps(keys)
        head = note_of(self.files["head.txt"], "head.txt")
        self.origin, self.size, self.root = head[:3]
        self.notes.sort(key=lambda one: one[0][1])
        self.notes.append((head, signers(head, keys, "head.txt")))
        for key in self.given.values():
            if key[0] != self.origin or key[1] != 1:
                raise Untrue(
                    "head", f"The pack is of {self.origin}, and the key you gave is one of {key[0]}."
                )
        self.since = self.compromised_keys()
        self.trusted = self.keys_that_follow() if self.given else own
        if not self.given:
            self.doubts.append(
                "You gave no key: anybody can have made this pack, which is only consistent with itself."
            )
        if not self.counts(self.notes[-1], self.trusted):
            self.doubt_or_refuse(own)
        else:
            self.holds.append(
                f"The head of {self.origin}, of {self.size} entries, is signed with {self.which_key()}."
            )
        self.say_of_compromised(keys)

    def read_stamps(self, keys: dict[str, Key]) -> None:
        """When an authority saw heads, by their sizes."""
        self.stamps: dict[int, int] = {}
        of = {note[1]: sha256(stamped_text(note, keys)).digest() for note, _ in self.notes}
        for name in sorted(self.files):
            if STAMP_FILE.fullmatch(name):
                size = int(name[6:-4])
                digest, self.stamps[size] = stamp_of(self.files[name], name)
                if of.get(size) != digest:
                    raise Untrue("head", f"{name} is a time stamp of something else than its head.")
        last = max(self.stamps, default=0)
        if self.stamps:
            when = minute(self.stamps[last] * 1_000_000)
            self.holds.append(
                f"Time stamps: {len(self.stamps)}, each of the head beside it; that of {last} entries "
                f"says {when}."
            )
        if self.stamps and not self.stamps_checked:
            self.unchecked.append(
                f"who made the time stamps: openssl ts -verify -digest {of[last].hex()} -in heads/{last}.tsr "
                "-CAfile AUTHORITY.pem"
            )

    def which_key(self) -> str:
        if not self.given:
            return "a key that stands in the pack itself"
        given = any(text in self.given for text in self.notes[-1][1])
        return "the key you gave" if given else "a key that follows from the one you gave"

    def is_of_log(self, found: Signers, keys: dict[str, Key]) -> bool:
        """Whether one of the signatures is the log's own, with one of these keys."""
        return any(text in keys and keys[text][:2] == (self.origin, 1) for text in found)

    def counts(self, note: tuple[Note, Signers], keys: dict[str, Key]) -> bool:
        """Whether it is signed with one of these keys, and nobody else can have done it: of a key that was
        compromised, only what a witness that is trusted saw before, or a time stamp that was checked."""
        found = note[1]
        seen = [time for text, time in found.items() if time is not None and text in self.witnesses]
        if self.stamps_checked and note[0][1] in self.stamps:
            seen.append(self.stamps[note[0][1]])
        for text in found:
            is_ours = text not in self.since or (bool(seen) and min(seen) * 1_000_000 <= self.since[text])
            if is_ours and self.is_of_log({text: None}, keys):
                return True
        return False

    def told_of_keys(self) -> list[tuple[int, dict[str, Any]]]:
        """What the log tells of its keys, with the entries that do."""
        return [
            (line["index"], line["entry"]["body"]) for line in self.lines if line["entry"]["kind"] == "key"
        ]

    def compromised_keys(self) -> Since:
        found: Since = {}
        for _, body in self.told_of_keys():
            since, old = body.get("compromised"), body.get("vouched_for")
            if type(since) is int and since >= 0 and type(old) is str:
                found[old] = min(since, found.get(old, since))
        return found

    def keys_that_follow(self) -> dict[str, Key]:
        """The keys given, and those that the log itself told of under a head that such a key has signed, or
        with the signature of a recovery key of which it told so before."""
        trusted, before = dict(self.given), 0
        self.followed: dict[str, str] = {}
        while len(trusted) > before:
            before, recovery = len(trusted), None
            upto = max((one[0][1] for one in self.notes if self.counts(one, trusted)), default=0)
            for index, body in self.told_of_keys():
                told, new = body.get("recovery"), body.get("key")
                if index < upto and type(told) is str:
                    recovery = told
                if type(new) is not str or new in trusted:
                    continue
                if index < upto:
                    self.followed[new] = f"an earlier key, in entry {index}"
                elif recovery is not None and is_recovered(body, recovery):
                    self.followed[new] = f"the recovery key, in entry {index}"
                else:
                    continue
                trusted[new] = key_of(new)
        for text, by in self.followed.items():
            self.holds.append(f"The key {short(text)} was vouched for by {by}.")
        return trusted

    def doubt_or_refuse(self, own: dict[str, Key]) -> None:
        """The head is signed with no key that counts: an honest pack says why, and then nobody can tell."""
        signing = [text for text in self.notes[-1][1] if self.is_of_log({text: None}, own)]
        known = [one for one in self.notes[:-1] if self.is_of_log(one[1], self.trusted)]
        for text in signing:
            told = [
                (index, old)
                for index, body in self.told_of_keys()
                for old in (body.get("vouched_for"),)
                if body.get("key") == text and type(old) is str and (old == "nobody" or old in self.since)
            ]
            if text in self.trusted:
                self.doubts.append(
                    f"head.txt is signed with {short(text)}, which somebody else may have since "
                    f"{minute(self.since[text])}: ask the operator for the key of today."
                )
                return
            if told and known:
                index, old = told[0]
                why = (
                    "the one before was lost"
                    if old == "nobody"
                    else "the one that did may be somebody else's"
                )
                self.doubts.append(
                    f"Nobody vouched for the key {short(text)} of entry {index}, as {why}: ask the operator "
                    f"in person whether it is theirs. Your key signed the log of {known[-1][0][1]} entries."
                )
                self.say_who_saw_both(text, known)
                return
        raise Untrue("head", "head.txt is not signed with the key, nor with one that follows from it.")

    def say_who_saw_both(self, text: str, known: list[tuple[Note, Signers]]) -> None:
        """Witnesses carry on where keys do not: they saw one log, whoever signed it."""
        for witness in self.witnesses:
            after = [note[1] for note, found in self.notes if text in found and witness in found]
            if after and any(witness in found for _, found in known):
                self.holds.append(
                    f"The witness {short(witness)} saw the log continue from your key to the other one, to "
                    f"entry {max(after)}."
                )

    def say_of_compromised(self, keys: dict[str, Key]) -> None:
        for text, since in self.since.items():
            signed = [one for one in self.notes if text in one[1]]
            seen = sum(self.counts(one, {text: keys[text]}) for one in signed)
            self.remarks.append(
                f"Somebody else may have the key {short(text)} since {minute(since)}: of {len(signed)} heads "
                f"that it signed, {seen} were seen before by somebody whom you trust, and the others count "
                "for nothing."
            )

    def earlier_heads(self) -> None:
        steps = parsed(self.files["consistency.json"], "consistency.json")
        need(
            type(steps) is list and len(steps) == len(self.notes) - 1,
            "consistency.json has not as many steps as heads.",
        )
        for step, (old, _), (new, _) in (
            (steps[at], self.notes[at], self.notes[at + 1]) for at in range(len(steps))
        ):
            keys_are(step, "first nodes second", "consistency.json")
            sizes, nodes = (step["first"], step["second"]), hashes(step["nodes"], "consistency.json")
            need(sizes == (old[1], new[1]), "consistency.json is about other heads.")
            if old[0] != new[0] or not old[1] < new[1] or not is_consistent(*sizes, old[2], new[2], nodes):
                raise Untrue("heads", f"The log of {new[1]} entries does not begin as it was with {old[1]}.")
        for note, _ in self.notes:
            self.known[0, note[1]] = note[2]
        if steps:
            self.holds.append(f"It continues each of the {len(steps)} earlier heads in the pack.")

    def statement_is_sealed(self) -> None:
        index, nodes = self.statement["index"], hashes(self.statement["nodes"], "statement.json")
        leaf = leaf_hash(canonical(self.statement["entry"]))
        if index >= self.size or root_of_many({index: leaf}, self.size, nodes, self.known) != self.root:
            raise Untrue("statement", "The statement of this pack is not in the log that the head speaks of.")
        self.holds.append(f"The statement made for this pack is entry {index} of the log.")

    def files_are_sealed(self) -> None:
        data = self.files["manifest.json"]
        if sha256(data).hexdigest() != self.body["manifest"]:
            raise Untrue("manifest", "manifest.json is not the one that was sealed.")
        manifest = parsed(data, "manifest.json")
        keys_are(manifest, "files v", "manifest.json")
        listed = manifest["files"]
        need(
            type(listed) is dict and manifest["v"] == 1,
            "manifest.json is of a version that is not known here.",
        )
        for name in sorted(set(self.files) - set(BESIDE) | set(listed)):
            content = self.files.get(name)
            if content is None or listed.get(name) != sha256(content).hexdigest():
                raise Untrue("manifest", f"{printable(name.encode())} is not the file that was sealed.")
        self.holds.append("The report and the files beside it are, to the byte, what was sealed.")

    def entries_are_sealed(self) -> None:
        proof = parsed(self.files["proof.json"], "proof.json")
        keys_are(proof, "nodes size", "proof.json")
        nodes = hashes(proof["nodes"], "proof.json")
        need(proof["size"] == self.size, "proof.json is for another head.")
        self.leaves = {line["index"]: leaf_hash(canonical(line["entry"])) for line in self.lines}
        if not self.leaves:
            need(not nodes, "proof.json proves nothing.")
        elif root_of_many(self.leaves, self.size, nodes, self.known) != self.root:
            raise Untrue(
                "entries", "The entries do not lead to the head: one of them, or the proof, was changed."
            )
        self.holds.append(f"All {len(self.lines)} entries are in the log, each at its place.")

    def nothing_left_out(self) -> None:
        end = (self.body["number"] or 0, self.body["hash"] or ZERO)
        if self.body["about"] not in ("list", "organization"):
            need(end == (0, ZERO), "The statement ends a history that there is none of.")
            self.unchecked.append(
                "whether entries were left out: of a law or a person the log keeps no numbers"
            )
            return
        place, field = (0, "list") if self.body["about"] == "list" else (1, "owner")
        number, before = 0, ZERO
        for line in self.lines:
            entry = line["entry"]
            if entry["kind"] == "change" and entry[field] == self.body["of"] and entry["owner"] == self.owner:
                link = entry["chain"][place]
                if not self.history and link[0] > 1:
                    number, before = link[0] - 1, link[1]
                if link != [number + 1, before]:
                    raise Untrue(
                        "chain", f"After number {number} of the history something is missing or changed."
                    )
                number, before = link[0], self.leaves[line["index"]].hex()
                self.history.append(line)
        if (number, before) != end:
            raise Untrue(
                "chain", f"The history continues to number {end[0]}, and the pack ends with {number}."
            )
        first = self.history[0]["entry"]["chain"][place][0] if self.history else 1
        self.holds.append(f"Nothing was left out between number {first} and number {number} of its history.")
        if first > 1:
            self.unchecked.append(f"what happened before number {first} of the history")

    def laws_are_counted(self) -> None:
        for line in self.lines:
            entry = line["entry"]
            what = "Entry {index}".format(**line)
            need(entry["kind"] == "change" or line["rows"] is None, "%s has no rows.", what)
            line["shown"] = shown_rows(entry["rows"], line["rows"], what) if entry["kind"] == "change" else []
        if self.body["about"] == "list":
            before, steps = counted(self.history)
            last = self.history[-1]["entry"]["count"] if self.history else self.body["count"]
            if last != self.body["count"]:
                said, led = ("no" if one is None else one for one in (self.body["count"], last))
                raise Untrue("count", f"The statement says {said} laws, and the last entry {led}.")
            self.holds.append(f"The number of laws in the list is right after each of {steps} steps.")
            if before:
                self.unchecked.append(f"which {before} laws were in the list before its first entry here")

    def opened_fields(self) -> None:
        opened = 0
        for line in [*self.lines, self.statement]:
            for place, salt, field, value in line["opened"]:
                sealed = commitment_at(line, place, field)
                if sealed is None or sha256(canonical([salt, field, value])).hexdigest() != sealed:
                    index, shown = line["index"], printable(place.encode())
                    raise Untrue("opened", f"Entry {index}: {shown} is not what was sealed.")
                opened += 1
        named = {line["index"]: line for line in self.lines}
        told = 0
        for at, one in enumerate(lines_of(self.files["identities.ndjson"], "identities.ndjson"), 1):
            keys_are(one, "id index name", f"Line {at} of identities.ndjson")
            line = named.get(one["index"]) if whole(one["index"]) else None
            told += one["index"] is None
            need(
                is_id(one["id"]) and type(one["name"]) is str,
                "Line %d of identities.ndjson names nobody.",
                at,
            )
            if one["index"] is not None and not (
                line
                and line["entry"].get("subject") == one["id"]
                and canonical(one["name"]).decode() in [each[3] for each in line["opened"]]
            ):
                raise Untrue("opened", "The name of {} is not what was sealed.".format(one["id"]))
        self.holds.append(f"{opened} fields are shown in clear text, each as it was sealed.")
        if told:
            self.unchecked.append(
                f"{told} names of people: they are as the sender had them when the pack was made"
            )

    def times(self) -> None:
        seen = [(time, note[1]) for note, found in self.notes for time in found.values() if time is not None]
        witnessed = bool(seen)
        seen += [(time, size) for size, time in self.stamps.items()]
        latest = 0
        for line in self.lines:
            index, at = line["index"], line["entry"]["at"]
            if at < latest - 5_000_000:
                self.remarks.append(f"Entry {index} says an earlier time than one before it.")
            latest = max(latest, at)
            if any(size > index and at > (time + 60) * 1_000_000 for time, size in seen):
                self.remarks.append(f"Entry {index} says a later time than when somebody else saw it.")
            if any(size <= index and at < (time - 3600) * 1_000_000 for time, size in seen):
                self.remarks.append(f"Entry {index} says a time at which somebody else saw a log without it.")
        if not seen:
            self.unchecked.append(
                "times: no witness has signed a head, so they are those of the server's own clock"
            )
        elif witnessed and not self.witnesses:
            self.unchecked.append("who the witnesses are: their keys stand in the pack itself (--witness)")

    def saved_heads(self) -> None:
        for name, data in self.saved:
            try:
                saved = note_of(data, name)
            except Untrue as unreadable:
                self.doubts.append(str(unreadable))
                continue
            known = None
            if saved[1] == 0:
                known = sha256(b"").digest()  # the root of a log without entries, whoever's it is
            elif saved[1] <= self.size:
                known = prefix(self.known, 0, saved[1])
            if saved[0] != self.origin:
                self.doubts.append(f"{name} is a head of {saved[0]}, not of {self.origin}.")
            elif known is None:
                self.doubts.append(
                    f"{name} is of {saved[1]} entries: this pack has no proof from there; ask for one."
                )
            elif known != saved[2]:
                raise Untrue(
                    "saved", f"{name} is the head of another history: what it saw was changed since."
                )
            else:
                self.holds.append(f"It continues the head that you kept in {name}.")

    def say_limits(self) -> None:
        if not self.saved:
            self.unchecked.append(
                "whether the log tells others the same: compare a head that you kept (--head)"
            )
        self.unchecked.append(
            "how the report words the entries: it is sealed as it is, and entries.ndjson decides"
        )
        self.unchecked.append("whether what people entered was right, and who sat at their screens")


def opened_well(opened: Any, what: str) -> None:
    need(type(opened) is list and all(map(is_opening, opened)), "%s opens a field as no pack does.", what)
    places = [one[0] for one in opened]
    need(places == sorted(set(places)), "%s opens a field twice, or not in order.", what)


def is_opening(one: Any) -> bool:
    good = type(one) is list and len(one) == 4 and all(type(text) is str for text in one)
    return good and one[0].isascii() and SALT.fullmatch(one[1]) is not None


def shown_rows(rows: Any, shown: Any, what: str) -> list[Any]:
    """The rows of an entry: they stand in it, or are shown beside it, all or some, by a tree of their own."""
    if type(rows) is list:
        need(shown is None, "%s shows rows twice.", what)
        return rows
    if shown is None:
        return []
    keys_are(shown, "at nodes", what)
    at, last = shown["at"], -1
    need(type(at) is list, "%s shows no rows.", what)
    for one in at:
        need(type(one) is list and len(one) == 2 and is_row(one[1]), "%s shows a row that is none.", what)
        need(whole(one[0], last + 1) and one[0] < rows["n"], "%s shows rows that are not in order.", what)
        last = one[0]
    leaves = {one[0]: leaf_hash(canonical(one[1])) for one in at}
    root = root_of_many(leaves, rows["n"], hashes(shown["nodes"], what), {}) if leaves else None
    if root is None or root.hex() != rows["root"]:
        raise Untrue("rows", f"{what}: a row that is shown is not what was sealed.")
    return [one[1] for one in at]


def is_full(line: Any) -> bool:
    rows = line["entry"]["rows"]
    return type(rows) is list or len(line["shown"]) == rows["n"]


def held_before(history: list[Any]) -> int | None:
    """How many laws the list held before its first entry; None: that cannot be told."""
    net = 0
    for line in history:
        net += sum((row[0] in ADDING) - (row[0] in REMOVING) for row in line["shown"])
        if not is_full(line):
            return None
        if line["entry"]["count"] is not None:
            return int(line["entry"]["count"] - net)
    return None


def counted(history: list[Any]) -> tuple[int | None, int]:
    """How many laws the list held before its first entry, and after how many entries the number was found
    right. Where only a part of an entry is shown, what it says is believed."""
    before = count = held_before(history)
    held: set[int] | None = set() if before == 0 else None
    steps = 0
    for line in history:
        entry = line["entry"]
        if count is None or not is_full(line):
            held, count = None, entry["count"]
            continue
        for action, law in ((row[0], row[1]) for row in line["shown"] if row[0] in ADDING + REMOVING):
            if held is not None and (law in held) != (action in REMOVING):
                index = line["index"]
                raise Untrue("count", f"Entry {index} changes law {law} to what it was already.")
            count += 1 if action in ADDING else -1
            if held is not None:
                held.symmetric_difference_update((law,))
        if entry["count"] is None:  # a part of something larger, or the end of the list
            continue
        if count != entry["count"]:
            index, says = line["index"], entry["count"]
            raise Untrue("count", f"Entry {index} says {says} laws, and there are {count}.")
        steps += 1
    return before, steps


def commitment_at(line: Any, place: str, field: str) -> str | None:
    entry, (first, _, rest) = line["entry"], place.partition("/")
    if entry["kind"] != "change":
        found = entry["body"].get(rest) if first == "body" else None
        return found if type(found) is str else None
    if first == "rows" and SIZE.fullmatch(rest) and int(rest) < len(line["shown"]):
        row = line["shown"][int(rest)]
        return row[3] if field == f"content/{row[1]}" else None
    return entry[place] if place in ("named", "origin") and place == field else None


def verify(
    data: bytes,
    keys: Texts = (),
    heads: Saved = (),
    witnesses: Texts = (),
    stamps_checked: bool = False,
) -> Verdict:
    """The exit status, where it failed (or None), and what is to be said, line by line."""
    pack = None
    try:
        pack = Pack(data, keys, heads, witnesses, stamps_checked)
        status = pack.check()
    except Untrue as untrue:
        if pack is None:
            return CANNOT_TELL, "key", [f"CANNOT TELL. {untrue}"]
        said = [f"  holds   {one}" for one in pack.holds] + [f"  FALSE   {untrue}"]
        return FALSE, untrue.step, [*said, "", "This pack is NOT true. Do not rely on it."]
    said = [f"  holds   {one}" for one in pack.holds] + [f"  look    {one}" for one in pack.remarks]
    said += [f"  unsure  {one}" for one in pack.doubts]
    said += ["", "Not checked:", *(f"  - {one};" for one in pack.unchecked), ""]
    said.append("CANNOT TELL whether this pack is true." if pack.doubts else "This pack is true.")
    return status, None, said


def main(arguments: list[str] | None = None) -> int:
    asked = argparse.ArgumentParser(
        prog="sertantai-verify", description="Checks an evidence pack of Sertantai."
    )
    asked.add_argument("pack", help="the ZIP file")
    asked.add_argument(
        "--key", action="append", default=[], help="the operator's key, got from elsewhere than the pack"
    )
    asked.add_argument(
        "--head", action="append", default=[], help="a head that you kept; may be given several times"
    )
    asked.add_argument("--witness", action="append", default=[], help="the key of a witness that you trust")
    asked.add_argument(
        "--stamps-checked", action="store_true", help="you have checked the time stamps (openssl ts -verify)"
    )
    given = asked.parse_args(arguments)
    try:
        with open(given.pack, "rb") as file:
            data = file.read(PACK_BYTES_MAX + 1)
        heads = []
        for name in given.head:
            with open(name, "rb") as file:
                heads.append((name, file.read(NOTE_BYTES_MAX + 1)))
    except OSError as error:
        sys.stderr.write(f"CANNOT TELL: {error}\n")
        return CANNOT_TELL
    status, _, said = verify(data, given.key, heads, given.witness, given.stamps_checked)
    sys.stdout.write("\n".join([given.pack, *said, ""]))
    return status


if __name__ == "__main__":
    sys.exit(main())
