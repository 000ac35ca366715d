"""`verify.html` says of a pack what `verify.py` says of it: opened from a file, without a network."""

import base64
import random
from collections.abc import AsyncIterator
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, FilePayload, Page

from sertantai.core.sealing.notes import COSIGNATURE, ED25519
from sertantai.evidence import verify as verifier
from sertantai.evidence.offline_page import verify_page
from sertantai.evidence.verify import CANNOT_TELL, FALSE, TRUE, verify
from tests.fixtures.accessibility import assert_accessible
from tests.unit.evidence.key_stories import stories
from tests.unit.evidence.mutants import mutants
from tests.unit.evidence.small_log import ORIGIN, Signer, empty_head, packed, small_log
from tests.unit.evidence.test_packs import CONTAINERS

pytestmark = pytest.mark.asyncio(loop_scope="session")

MUTANTS = 1_000
KEY_MUTANTS = 100
WITNESS = Signer("witness.example/1", COSIGNATURE, 7)
TOGETHER = 100
"""What waits for the browser's threads: one pack after another would wait half of the time."""
CHECK_ALL = """async ([packs, keys, heads, together, witnesses, checked]) => {
  const bytes = text => Uint8Array.from(atob(text), one => one.charCodeAt(0));
  const saved = heads.map(([name, text]) => [name, bytes(text)]);
  const found = [];
  for (let at = 0; at < packs.length; at += together) {
    const some = packs.slice(at, at + together);
    found.push(...await Promise.all(some.map(pack => verify(bytes(pack), keys, saved, witnesses, checked))));
  }
  return found.map(({status, step, said}) => [status, step, said]);
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def offline(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Page]:
    path = tmp_path_factory.mktemp("pack") / "verify.html"
    path.write_bytes(verify_page())
    context = await browser.new_context(offline=True)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(path.as_uri())
    yield page
    await context.close()
    assert complaints == []


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


async def test_both_verifiers_say_the_same_of_a_thousand_packs(
    offline: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifier, "is_signed_by", lru_cache(verifier.is_signed_by))
    log, lines = small_log(signers=[Signer(ORIGIN, ED25519, 1), WITNESS])
    pack = packed(log, lines)
    seed = random.randrange(1 << 30)
    heads = [("mine.txt", log.heads[4].encode())]
    packs = [pack, *mutants(pack, MUTANTS, seed)]
    asked = [
        [text(one) for one in packs],
        [str(log.keys[0])],
        [[name, text(head)] for name, head in heads],
        TOGETHER,
        [],
        False,
    ]
    found = await offline.evaluate(CHECK_ALL, asked)
    assert found[0][0] == TRUE, found[0]
    for number, (one, (status, step, said)) in enumerate(zip(packs, found, strict=True)):
        ours = verify(one, [str(log.keys[0])], heads)
        assert (status, step) == ours[:2], (seed, number, said, ours)
        assert said == ours[2], (seed, number)
    assert {status for status, _, _ in found} == {TRUE, FALSE}


async def test_both_verifiers_refuse_a_container_of_another_form_in_the_same_words(offline: Page) -> None:
    packs = [data() for _, data, _ in CONTAINERS]
    found = await offline.evaluate(CHECK_ALL, [list(map(text, packs)), [], [], TOGETHER, [], False])
    for one, (what, _, said), told in zip(packs, CONTAINERS, found, strict=True):
        assert told == list(verify(one, [])), what
        assert any(said in line for line in told[2]), (what, told)


async def test_both_verifiers_know_the_root_of_an_empty_log(offline: Page) -> None:
    log, lines = small_log()
    pack, key = packed(log, lines), str(log.keys[0])
    for root, status in ((sha256(b"").digest(), TRUE), (b"\1" * 32, FALSE)):
        head = empty_head(log, root)
        asked = [[text(pack)], [key], [["mine.txt", text(head)]], TOGETHER, [], False]
        [found] = await offline.evaluate(CHECK_ALL, asked)
        assert found == list(verify(pack, [key], [("mine.txt", head)]))
        assert found[0] == status, found


async def test_both_verifiers_follow_keys_in_the_same_way(
    offline: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifier, "is_signed_by", lru_cache(verifier.is_signed_by))
    seed = random.randrange(1 << 30)
    for number, story in enumerate(stories()):
        count = KEY_MUTANTS if story.status == TRUE and (story.witnesses or story.stamps_checked) else 0
        packs = [story.pack, *mutants(story.pack, count, seed)]
        checked = story.stamps_checked
        asked = [[text(one) for one in packs], story.keys, [], TOGETHER, story.witnesses, checked]
        found = await offline.evaluate(CHECK_ALL, asked)
        for one, (status, step, said) in zip(packs, found, strict=True):
            ours = verify(one, story.keys, witnesses=story.witnesses, stamps_checked=checked)
            assert ([status, step], said) == (list(ours[:2]), ours[2]), (seed, number, story.name)


async def test_a_person_chooses_the_files_and_reads_the_answer(offline: Page, tmp_path: Path) -> None:
    log, lines = small_log()
    pack = packed(log, lines)
    for data, key, status, words in (
        (pack, str(log.keys[0]), TRUE, "This pack is true"),
        (pack, "", CANNOT_TELL, "It cannot be told whether this pack is true"),
        (pack[:-1], str(log.keys[0]), FALSE, "This pack is not true"),
    ):
        chosen = FilePayload(name="pack.zip", mimeType="application/zip", buffer=data)
        await offline.locator("#pack").set_input_files(chosen)
        await offline.locator("#key").fill(key)
        await offline.get_by_role("button", name="Check").click()
        await offline.get_by_role("heading", name=words, exact=True).wait_for()
        assert await offline.locator("#result").get_attribute("data-status") == str(status)
    await assert_accessible(offline)
