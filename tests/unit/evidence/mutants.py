"""Packs taken apart, changed and put together again, as somebody would who wants to deceive."""

import io
import json
import random
import zipfile
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

from sertantai.core.sealing.canonical import canonical
from sertantai.evidence.packing import manifest_of
from sertantai.evidence.verify import BESIDE
from sertantai.evidence.zip_file import zip_of

Files = dict[str, bytes]


def files_of(pack: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(pack)) as file:
        return {name: file.read(name) for name in file.namelist()}


def with_manifest(files: Files) -> Files:
    sealed = {name: content for name, content in files.items() if name not in BESIDE}
    return files | {"manifest.json": manifest_of(sealed)}


def with_statement(files: Files, **body: Any) -> Files:
    """The manifest made anew, and a statement that says so; nobody can put it into the log."""
    made = with_manifest(files)
    try:
        said = json.loads(made["statement.json"])
        said["entry"]["body"] |= {"manifest": sha256(made["manifest.json"]).hexdigest()} | body
        return made | {"statement.json": canonical(said)}
    except (LookupError, TypeError, ValueError):  # it was changed beyond mending
        return made


def lines_of(files: Files) -> list[dict[str, Any]]:
    return [json.loads(line) for line in files["entries.ndjson"].splitlines()]


def with_lines(files: Files, lines: list[dict[str, Any]]) -> Files:
    return files | {"entries.ndjson": b"".join(canonical(line) + b"\n" for line in lines)}


def changed_json(value: Any, chance: random.Random) -> Any:
    """The value with one thing in it changed somewhere."""
    if isinstance(value, dict):
        if not value or chance.random() < 0.1:
            return value | {"extra": 1}
        key = chance.choice(sorted(value))
        if chance.random() < 0.1:
            return {one: value[one] for one in value if one != key}
        return value | {key: changed_json(value[key], chance)}
    if isinstance(value, list):
        if not value or chance.random() < 0.1:
            return [*value, None]
        at = chance.randrange(len(value))
        if chance.random() < 0.15:
            return value[:at] + value[at + 1 :]
        if chance.random() < 0.15:
            return [*value[:at], value[at], *value[at:]]
        return [*value[:at], changed_json(value[at], chance), *value[at + 1 :]]
    if isinstance(value, bool) or value is None:
        return chance.choice([0, "", "x", [], {}, not value])
    if isinstance(value, int):
        return chance.choice([value + 1, value - 1, -value, 0, None, str(value), 1 << 52])
    text = str(value)
    at = chance.randrange(len(text) + 1)
    return chance.choice(
        [text[:at] + "0" + text[at + 1 :], text[:at] + "é" + text[at:], "", None, text + " ", 7]
    )


def mutants(pack: bytes, count: int, seed: int) -> Iterator[bytes]:
    """``count`` packs, each changed in one way at random: bits, JSON, files, the ZIP itself."""
    chance = random.Random(seed)
    files = files_of(pack)
    ways: list[Callable[[], bytes]] = [
        lambda: flipped_bit(pack, chance),
        lambda: zip_of(flipped_file(files, chance)),
        lambda: zip_of(files | json_file(files, chance)),
        lambda: zip_of(with_manifest(files | json_file(files, chance))),
        lambda: zip_of(with_statement(files | json_file(files, chance))),
        lambda: zip_of({name: files[name] for name in files if name != chance.choice(sorted(files))}),
        lambda: zip_of(files | {chance.choice(["x", "heads/7.txt", "../x", "report.pdf", "A"]): b"x\n"}),
        lambda: zip_of(swapped(files, chance)),
        lambda: pack[: chance.randrange(len(pack))],
        lambda: pack + b"\0",
        lambda: chance.choice([b"", b"PK", b"x"]) + pack,
        lambda: zip_of(text_file(files, chance)),
        lambda: pack,
    ]
    for _ in range(count):
        yield chance.choice(ways)()


def flipped_bit(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]


def flipped_file(files: Files, chance: random.Random) -> Files:
    name = chance.choice(sorted(files))
    return files | {name: flipped_bit(files[name], chance)}


def json_file(files: Files, chance: random.Random) -> Files:
    name = chance.choice([one for one in sorted(files) if one.endswith("json")])
    if name.endswith(".ndjson"):
        lines = files[name].splitlines()
        at = chance.randrange(len(lines))
        lines[at] = written(changed_json(json.loads(lines[at]), chance))
        return {name: b"".join(line + b"\n" for line in lines)}
    return {name: written(changed_json(json.loads(files[name]), chance))}


def written(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def swapped(files: Files, chance: random.Random) -> Files:
    one, other = chance.sample(sorted(files), 2)
    return files | {one: files[other], other: files[one]}


def text_file(files: Files, chance: random.Random) -> Files:
    """Of what is text, something that a lenient reader would pass over."""
    name = chance.choice(sorted(files))
    text = files[name]
    return files | {
        name: chance.choice(
            [
                text + b"\n",
                text + b" ",
                text.replace(b"\n", b"\r\n"),
                b"\xef\xbb\xbf" + text,
                text.replace(b":", b": ", 1),
                text.replace(b'"v":1', b'"v":1,"v":1', 1),
                text.replace(b"1", b"1.0", 1),
                text.replace(b"1", b"1e0", 1),
                text.replace(b"0", b"-0", 1),
                text.replace(b"a", b"\\u0061", 1),
                text.replace(b"a", b"\\ud800", 1),
                text.replace(b"=\n", b"\n", 1),
                text.replace(b"A", b"\xff", 1),
                text[:-1],
                b"",
                b"[" * 2_000,
                b"null",
                b"[]",
            ]
        )
    }
