"""Heads and notes, against the examples of C2SP (signed-note, checkpoint, cosignature) and Go's own note."""

import base64

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from sertantai.core.sealing import notes
from sertantai.core.sealing.notes import (
    COSIGNATURE,
    ED25519,
    NOTE_BYTES_MAX,
    SIGNATURES_MAX,
    Head,
    Key,
    NotANote,
    Note,
    Signature,
    cosigned_at,
    cosigned_text,
    is_signed,
    parse_head,
    parse_key,
    parse_note,
    signed,
    strict_base64,
)

PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
OF_PETER = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6"
    "KE6RyyBwJnAM=\n"
)
OF_ENOCH = (
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1"
    "RvMc+QQ=\n"
)
SOFA = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q"
    "1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2o"
    "yin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)
QUASIMODO = (
    "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n"
    "— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj9"
    "9ihAQwaqP3ZekRwNtIc=\n"
)


def verify(public: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def test_the_note_of_go_is_read_and_made_again_byte_for_byte() -> None:
    key = parse_key(PETER)
    note = parse_note(f"{TEXT}\n{OF_PETER}")
    assert note.text == TEXT
    assert is_signed(note, key, verify)
    made = Ed25519PrivateKey.from_private_bytes(PETER_SEED).sign(TEXT.encode())
    assert signed(TEXT, [Signature(key.name, key.hash, made)]) == f"{TEXT}\n{OF_PETER}"
    assert str(key) == PETER


def test_each_of_several_signatures_counts_for_its_own_key() -> None:
    note = parse_note(f"{TEXT}\n{OF_PETER}{OF_ENOCH}")
    assert is_signed(note, parse_key(PETER), verify)
    assert is_signed(note, parse_key(ENOCH), verify)
    assert not is_signed(parse_note(f"{TEXT}\n{OF_PETER}"), parse_key(ENOCH), verify)


def test_a_false_signature_of_a_known_key_beside_a_true_one_spoils_the_note() -> None:
    peter = parse_key(PETER)
    false = Signature(peter.name, peter.hash, bytes(64))
    true = parse_note(f"{TEXT}\n{OF_PETER}").signatures[0]
    assert not is_signed(Note(TEXT, (true, false)), peter, verify)
    assert not is_signed(Note(TEXT, (false, true)), peter, verify)


def test_no_part_of_a_key_is_a_key_and_no_character_may_change() -> None:
    for begin in range(len(PETER) + 1):
        for end in range(begin + 1, len(PETER) + 1):
            if end - begin < len(PETER):
                with pytest.raises(NotANote):
                    parse_key(PETER[begin:end])
    for at, character in enumerate(PETER):
        with pytest.raises(NotANote):
            parse_key(PETER[:at] + chr(ord(character) + 1) + PETER[at + 1 :])


@pytest.mark.parametrize(
    "text",
    [
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        PETER.replace("c74f20a3", "C74F20A3"),
        "",
        "++",
    ],
)
def test_keys_of_another_length_or_kind_are_refused(text: str) -> None:
    with pytest.raises(NotANote):
        parse_key(text)


@pytest.mark.parametrize(
    "data",
    [
        TEXT,
        f"{TEXT}\n",
        f"{TEXT}\n{OF_PETER[:-1]}",
        f"\x01{TEXT}\n{OF_PETER}",
        f"{TEXT}\n— Bad Name x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZI=\n",
        f"{TEXT}\n{OF_PETER}Unexpected line.\n",
        f"{TEXT}\n— a+b x08go/ZJ\n",
        f"{TEXT}\n— PeterNeumann x08g\n",
        "",
    ],
)
def test_what_is_no_note_is_refused(data: str) -> None:
    with pytest.raises(NotANote):
        parse_note(data)


def test_the_examples_of_the_specifications_are_read() -> None:
    note = parse_note(QUASIMODO)
    assert note.text.endswith("sera.\n")
    assert note.text.count("\n") == 4
    assert signed(note.text, note.signatures) == QUASIMODO
    sofa = parse_note(SOFA)
    head = parse_head(sofa.text)
    assert (head.origin, head.size) == ("example.com/behind-the-sofa", 20852163)
    assert head.text == sofa.text
    assert signed(sofa.text, sofa.signatures) == SOFA
    assert cosigned_at(sofa.signatures[1]) == 1679315147
    assert cosigned_at(sofa.signatures[0]) is None


def test_a_cosignature_is_of_the_head_and_its_time() -> None:
    private = Ed25519PrivateKey.generate()
    key = Key("witness.example/1", COSIGNATURE, private.public_key().public_bytes_raw())
    text = parse_note(SOFA).text
    expected = (
        "cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\n"
        "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    )
    assert cosigned_text(1679315147, text) == expected.encode()
    true = private.sign(expected.encode())
    for time, holds in ((1679315147, True), (1679315148, False)):
        one = Signature(key.name, key.hash, time.to_bytes(8, "big") + true)
        assert is_signed(Note(text, (one,)), key, verify) is holds
    assert cosigned_at(Signature("w", b"1234", b"\x80" + bytes(71))) is None


def test_a_key_of_one_kind_is_not_of_the_other() -> None:
    public = parse_key(PETER).public
    assert Key("a", ED25519, public).hash != Key("a", COSIGNATURE, public).hash


ROOT = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize("size", ["", "01", "+1", "-1", "1 ", "٣", "1_0", "9" * 19, "1" + "0" * 5000, "0x1"])
def test_a_size_is_written_in_one_way(size: str) -> None:
    assert parse_head(f"o\n0\n{ROOT}\n").size == 0
    assert parse_head(f"o\n{(1 << 63) - 1}\n{ROOT}\n").size == (1 << 63) - 1
    with pytest.raises(NotANote):
        parse_head(f"o\n{size}\n{ROOT}\n")


@pytest.mark.parametrize(
    "text",
    ["", "o\n1\n", f"o\n1\n{ROOT}", f"\n1\n{ROOT}\n", f"o\n1\n{ROOT}\n\n", "o\n1\nAAAA\n", "o\n1\n%\n"],
)
def test_a_head_has_three_lines_or_more_and_none_is_empty(text: str) -> None:
    assert parse_head(f"o\n1\n{ROOT}\nmore\n") == Head("o", 1, bytes(32), ("more",))
    with pytest.raises(NotANote):
        parse_head(text)


@pytest.mark.parametrize("text", ["AB==", "AA=", "AA", "AAAA\n", "A-AA", "AAAA====", " AAAA", "é"])
def test_base64_has_one_text_for_the_same_bytes(text: str) -> None:
    assert strict_base64("AA==") == b"\0"
    with pytest.raises(NotANote):
        strict_base64(text)


def test_bounds_of_notes() -> None:
    line = OF_PETER
    assert len(parse_note(f"{TEXT}\n{line * SIGNATURES_MAX}").signatures) == SIGNATURES_MAX
    with pytest.raises(NotANote, match="too many"):
        parse_note(f"{TEXT}\n{line * (SIGNATURES_MAX + 1)}")
    room = NOTE_BYTES_MAX - len(f"\n\n{line}".encode())
    assert len(parse_note(f"{'x' * room}\n\n{line}").text) == room + 1
    with pytest.raises(NotANote, match="too long"):
        parse_note(f"{'x' * (room + 1)}\n\n{line}")
    assert notes.SIGNATURE_BYTES == 64
