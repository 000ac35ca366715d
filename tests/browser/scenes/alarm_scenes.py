"""What the pages are once the history is not what was sealed: until it is accepted, which no page does."""

from playwright.async_api import Page, expect

from tests.browser.scenes.scene import Scenes, Who
from tests.browser.scenes.world import World

ALARM = Scenes()
PROOF = "/audit/proof"


@ALARM.scene("alarm-proof", "The history is not what was sealed, for administrators", PROOF, Who.ADMIN)
async def proof(page: Page, _world: World) -> None:
    await page.goto(PROOF)
    await expect(page.get_by_test_id("differs")).to_contain_text("was not written by this server")


ALARM.at("alarm-proof-reader", "The history is not what was sealed", PROOF, PROOF, Who.READER)
ALARM.at("alarm-audit", "The audit trail while the history differs", "/audit", "/audit", Who.READER)
