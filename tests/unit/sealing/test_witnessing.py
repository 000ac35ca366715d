"""The witness's protocol, against C2SP's example, and another witness's own test (FiloSottile/litetlog,
`litewitness.txt`: a log of leaves that are their own hashes, each request with the status it must have)."""

import base64

import pytest

from sertantai.core.sealing.notes import (
    ED25519,
    Head,
    Key,
    NotANote,
    Signature,
    parse_head,
    parse_note,
    signed,
)
from sertantai.core.sealing.tree import Frontier, Node, consistency_proof, root_of
from sertantai.core.sealing.witnessing import (
    PROOF_LINES_MAX,
    REQUEST_BYTES_MAX,
    URL_CHARACTERS_MAX,
    WITNESSES_MAX,
    Asked,
    Refused,
    Status,
    conflicting_size,
    continued,
    cosignatures_in,
    parse_request,
    parse_witness,
    parse_witnesses,
    request_text,
    with_cosignatures,
)
from sertantai.sealing.keys import Cosigner, HeadSigner, verifies

ORIGIN = "sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562"
LOG = Key(
    ORIGIN,
    ED25519,
    bytes.fromhex("ffdc2d4d98e4124d3feaf788c0c2f9abfd796083d1f0495437f302ec79cf100f"),
)
OF_1 = (
    "2a" + "00" * 31,
    (
        "b7cf653aa9c565a1ca359db81bd3bc656ab2890c6ea4c0aec42295e80aa05049"
        "423505026434f987923ccdf07d440c152cd59e736e5914d8ada8d7a4d51b2106"
    ),
)
OF_3 = (
    "45c088d4d939e9971298811f227d1295eaad57bbafae55cd71c171e7de48c25d",
    (
        "655bb4871d15bc05032d67eece88900c4863a27f190393b99176391577f5def9"
        "71b023d9a418c3226b7b7ea47b33686d9b3849451dadc6b07c007c595af1ea0a"
    ),
)
OF_5 = (
    "42bb57ad06420afa4882c4a63ac6a1ec77480b330b2f20dfc53a0caa5f564e36",
    (
        "0fc43899968b48b5150b0e8fe7ad07b17c21c7056a6fe381deb0cd19ece103d5"
        "9b2119b5dbe5d54d8a1262ce67f01245c5898b4b56f747495804a17a2eec0f0c"
    ),
)
LEAVES = ["2a" + f"{number:02x}" + "00" * 30 for number in range(5)]
EXAMPLE = """old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo\
+zyWE+xeMcTOAYQ8=
— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS\
5Rovnzv++qbSzm9Q=
"""
SIGNER = HeadSigner("example.org/trail/1", bytes(range(32)))
WITNESS = Cosigner("witness.example.org", bytes(range(1, 33)))


def of(size: int, head: tuple[str, str], *proof: str, old: int, key: Key = LOG) -> Asked:
    root, signature = map(bytes.fromhex, head)
    text = Head(key.name, size, root).text
    note = signed(text, [Signature(key.name, key.hash, signature)])
    return Asked(old, tuple(map(bytes.fromhex, proof)), note)


def answered(asked: Asked, seen: dict[str, Head]) -> int:
    try:
        head = continued(parse_request(request_text(asked).encode()), {ORIGIN: [LOG]}, seen, verifies)
    except Refused as refused:
        return refused.status
    seen[ORIGIN] = head
    return 200


def test_another_witness_answers_the_same_to_the_same() -> None:
    seen: dict[str, Head] = {}
    others = Key(ORIGIN[:-1] + "1", ED25519, LOG.public)
    false = (OF_3[0], OF_3[1][:-1] + "b")
    asked = [
        (of(1, OF_1, old=0), 200),
        (of(3, false, *LEAVES[1:3], old=1), 403),
        (of(3, OF_3, *LEAVES[1:3], old=1, key=others), 404),
        (of(3, OF_3, old=1), 422),
        (of(3, OF_3, LEAVES[1], LEAVES[2][:-1] + "1", old=1), 422),
        (of(3, OF_3, *LEAVES[1:3], old=1), 200),
        (
            of(
                5,
                OF_5,
                LEAVES[1],
                "f9f50357e93def4078237b8aaea24ce1a3f5965a0f64ff26bebd99e30470d8b2",
                LEAVES[4],
                old=1,
            ),
            409,
        ),
        (
            of(
                5,
                OF_5,
                LEAVES[2],
                LEAVES[3],
                "c2088815d65f60dbfa594d4e96504ab169cb6084bf0c132ab7c521fd2e0eba41",
                LEAVES[4],
                old=3,
            ),
            200,
        ),
    ]
    assert [answered(one, seen) for one, _ in asked] == [status for _, status in asked]
    assert seen[ORIGIN].root == root_of(list(map(bytes.fromhex, LEAVES)))


def test_the_request_of_the_specification_is_read_and_written_byte_for_byte() -> None:
    asked = parse_request(EXAMPLE.encode())
    assert (asked.old, len(asked.proof)) == (20_852_014, 4)
    assert parse_head(parse_note(asked.note).text).size == 20_852_163
    assert request_text(asked) == EXAMPLE


def note_of(leaves: list[bytes], signer: HeadSigner = SIGNER) -> str:
    return signer.sign(Head(signer.key.name, len(leaves), root_of(leaves)))


def leaves_of(count: int, kind: int = 0) -> list[bytes]:
    return [bytes([kind, number]) + bytes(30) for number in range(count)]


def node_of(leaves: list[bytes]) -> Node:
    def node(level: int, index: int) -> bytes:
        frontier = Frontier()
        for leaf in leaves[index << level : (index + 1) << level]:
            frontier.append(leaf)
        return frontier.root()

    return node


def status_of(asked: Asked, seen: dict[str, Head]) -> int:
    try:
        continued(asked, {SIGNER.key.name: [SIGNER.key]}, seen, verifies)
    except Refused as refused:
        return refused.status
    return 200


def test_each_fault_of_consistency_has_its_status() -> None:
    leaves, other = leaves_of(7), leaves_of(7, kind=1)
    seen = {SIGNER.key.name: parse_head(parse_note(note_of(leaves[:4])).text)}
    proof = tuple(consistency_proof(node_of(leaves), 4, 7))
    true = Asked(4, proof, note_of(leaves))
    assert status_of(true, seen) == 200
    faults = {
        "put back": (Asked(3, (), note_of(leaves[:3])), Status.CONFLICT),
        "older than it says": (Asked(4, (), note_of(leaves[:3])), Status.UNREADABLE),
        "of the same size and another": (Asked(4, (), note_of(other[:4])), Status.CONFLICT),
        "the same with a proof": (Asked(4, proof, note_of(leaves[:4])), Status.INCONSISTENT),
        "continued from another": (
            Asked(4, tuple(consistency_proof(node_of(other), 4, 7)), note_of(other)),
            Status.INCONSISTENT,
        ),
        "as if for the first time": (Asked(0, (), note_of(leaves)), Status.CONFLICT),
        "a proof too short": (Asked(4, proof[:-1], note_of(leaves)), Status.INCONSISTENT),
        "a proof too long": (Asked(4, (*proof, bytes(32)), note_of(leaves)), Status.INCONSISTENT),
        "signed by another": (
            Asked(4, proof, note_of(leaves, HeadSigner(SIGNER.key.name, bytes(32)))),
            Status.UNTRUE,
        ),
        "of another log": (
            Asked(4, proof, note_of(leaves, HeadSigner("another/trail/1", bytes(32)))),
            Status.UNKNOWN,
        ),
    }
    assert {name: status_of(asked, seen) for name, (asked, _) in faults.items()} == {
        name: status for name, (_, status) in faults.items()
    }
    assert status_of(Asked(4, (), note_of(leaves[:4])), seen) == 200, "what it knows it signs again"
    assert status_of(Asked(0, proof, note_of(leaves)), {}) == Status.INCONSISTENT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "old 1\n",
        "old 01\n\nx\n1\n" + "A" * 43 + "=\n\n— x AAAAAAAA\n",
        "old -1\n\n",
        "new 1\n\n",
        "old 1\nA\n\n",
        "old 1\n" + base64.b64encode(bytes(31)).decode() + "\n\n",
        "old 1\n" + (base64.b64encode(bytes(32)).decode() + "\n") * (PROOF_LINES_MAX + 1) + "\n",
        "old 1\n\n" + "x" * REQUEST_BYTES_MAX,
    ],
)
def test_what_is_no_request_is_said_to_be_none(text: str) -> None:
    with pytest.raises(NotANote):
        continued(parse_request(text.encode()), {}, {}, verifies)


def test_a_proof_may_be_as_long_as_the_longest() -> None:
    text = request_text(Asked(1, (bytes(32),) * PROOF_LINES_MAX, note_of(leaves_of(1))))
    assert len(parse_request(text.encode()).proof) == PROOF_LINES_MAX
    with pytest.raises(NotANote, match="UTF-8"):
        parse_request(b"\xff")


def test_only_signatures_of_the_key_count() -> None:
    note = note_of(leaves_of(3))
    text = parse_note(note).text
    another = Cosigner("witness.example.org", bytes(32))
    line = WITNESS.line(text, 1_700_000_000)
    [found] = cosignatures_in(another.line(text, 5) + line, text, WITNESS.key, verifies)
    assert with_cosignatures(note, [found]).endswith(line)
    assert not cosignatures_in(another.line(text, 5), text, WITNESS.key, verifies)
    assert not cosignatures_in(WITNESS.line(f"{text}x\n", 5), text, WITNESS.key, verifies)
    again = cosignatures_in(WITNESS.line(text, 1_700_000_060), text, WITNESS.key, verifies)
    twice = with_cosignatures(with_cosignatures(note, [found]), again)
    assert len(parse_note(twice).signatures) == 2, "a witness stands there once, with its last word"
    with pytest.raises(NotANote):
        cosignatures_in("<html>\n", text, WITNESS.key, verifies)


def test_a_setting_names_a_witness_and_where_it_is() -> None:
    found = parse_witness(f"{WITNESS.key} https://witness.example.org/sertantai/")
    assert (found.key, found.url) == (WITNESS.key, "https://witness.example.org/sertantai")
    longest = "https://" + "w" * (URL_CHARACTERS_MAX - len("https://"))
    assert parse_witness(f"{WITNESS.key} {longest}").url == longest
    for wrong in (
        str(WITNESS.key),
        "https://witness.example.org",
        f"{SIGNER.key} https://witness.example.org",
        f"{WITNESS.key} ftp://witness.example.org",
        f"{WITNESS.key} https://user@witness.example.org",
        f"{WITNESS.key} https://witness.example.org?a=b",
        f"{WITNESS.key} {longest}w",
    ):
        with pytest.raises(NotANote):
            parse_witness(wrong)


def test_as_many_witnesses_as_there_may_be_and_each_once() -> None:
    many = [
        f"{Cosigner(f'w{n}', bytes([n] * 32)).key} https://w{n}.example.org" for n in range(WITNESSES_MAX + 1)
    ]
    assert len(parse_witnesses(many[:-1])) == WITNESSES_MAX
    for wrong in (many, [many[0], many[0]]):
        with pytest.raises(NotANote):
            parse_witnesses(wrong)


def test_a_size_is_a_number() -> None:
    assert conflicting_size("20852163\n") == 20_852_163
    for wrong in ("", "-1\n", "1.5\n", "01\n", "9" * 20, "<html>"):
        with pytest.raises(NotANote):
            conflicting_size(wrong)
