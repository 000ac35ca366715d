"""Signing in and up, the account, administration, and what is not there or not allowed."""

import asyncio
from datetime import UTC, datetime

import msgspec
from playwright.async_api import Page, expect

from sertantai.audit.guarding.patrol import FILE as PATROL_FILE
from sertantai.audit.guarding.patrol import Checked
from sertantai.sealing.accepted import ACCEPTED_FILE, Accepted
from tests.browser.register_page import READY
from tests.browser.scenes.scene import Scenes, Who
from tests.browser.scenes.world import World
from tests.fixtures.browser import sign_in

ACCOUNTS = Scenes()
MISSING = "/nowhere"

ACCOUNTS.at("sign-in", "Sign in", "/sign-in", "/sign-in", Who.STRANGER)
ACCOUNTS.at("sign-up", "Create account", "/sign-up", "/sign-up", Who.STRANGER)
ACCOUNTS.at("forgot-password", "Forgotten password", "/forgot-password", "/forgot-password", Who.STRANGER)
ACCOUNTS.at(
    "link-refused", "A link that no longer works", "/reset-password", "/reset-password?token=x", Who.STRANGER
)
ACCOUNTS.at(
    "confirm-refused",
    "An address that cannot be confirmed",
    "/confirm-email",
    "/confirm-email?token=x",
    Who.STRANGER,
)
ORGANIZATIONS_SIGN_IN, WITH = "/sign-in/organization", "/sign-in/with/{provider:str}"
ACCOUNTS.at(
    "sign-in-organization",
    "Sign in with your organisation",
    ORGANIZATIONS_SIGN_IN,
    ORGANIZATIONS_SIGN_IN,
    Who.STRANGER,
)
ACCOUNTS.at("provider-unknown", "No such sign-in", WITH, "/sign-in/with/none", Who.STRANGER)
ACCOUNTS.at(
    "provider-refused",
    "A sign-in that was not completed",
    f"{WITH}/callback",
    "/sign-in/with/none/callback",
    Who.STRANGER,
)
ACCOUNTS.at(
    "connect-refused",
    "An account that cannot be connected",
    "/sign-in/link",
    "/sign-in/link?token=x",
    Who.STRANGER,
)
ACCOUNTS.at("account", "Account", "/account", "/account", Who.READER)
ABBREVIATIONS = "/account/abbreviations"
ACCOUNTS.at("abbreviations", "My abbreviations", ABBREVIATIONS, ABBREVIATIONS, Who.READER)
ACCOUNTS.at("abbreviations-none", "No abbreviations yet", ABBREVIATIONS, ABBREVIATIONS, Who.NEWCOMER)
ACCOUNTS.at(
    "second-factor",
    "Setting up two-step verification",
    "/account/second-factor",
    "/account/second-factor",
    Who.READER,
)
ACCOUNTS.at("admin-users", "Administration: users", "/admin/users", "/admin/users", Who.ADMIN)
ACCOUNTS.at("admin-outbox", "Administration: e-mails", "/admin/outbox", "/admin/outbox", Who.ADMIN)
ACCOUNTS.at("admin-audit", "Administration: audit of everybody", "/admin/audit", "/admin/audit", Who.ADMIN)
ACCOUNTS.at("admin-security", "Administration: security", "/admin/security", "/admin/security", Who.ADMIN)
ACCOUNTS.at(
    "admin-performance", "Administration: performance", "/admin/performance", "/admin/performance", Who.ADMIN
)


REMEMBERED_S_MAX = 120
"""Who was too busy when it started asks again after a minute."""


@ACCOUNTS.scene("audit-proof", "Proof of the history", "/audit/proof", Who.READER)
async def proof(page: Page, _world: World) -> None:
    """Everybody who is to remember it has heard of it."""
    remembering = {"witness": "has signed", "stream": "it has", "stamps": "last"}
    async with asyncio.timeout(REMEMBERED_S_MAX):
        while True:
            await page.goto("/audit/proof")
            said = {name: await page.get_by_test_id(name).inner_text() for name in remembering}
            sealed = await page.get_by_test_id("sealed").inner_text()
            if "up to date" in sealed and all(words in said[name] for name, words in remembering.items()):
                return
            await asyncio.sleep(0.5)


RETENTION = "/admin/retention"
CHECKED = Checked(datetime(2026, 11, 2, 3, 14, tzinfo=UTC), None, 5_120, 0, "2026-10", None)
ACCEPTED = Accepted(
    datetime(2026, 10, 9, 8, 30, tzinfo=UTC),
    None,
    "A trial was run on this database by mistake; the auditor has the sentences.",
    3,
    [],
    "example.org/trail/1\n4801\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
    "example.org/trail/2",
    "",
)


@ACCOUNTS.scene(
    "audit-proof-accepted", "Proof of the history, after one that differed", "/audit/proof", Who.READER
)
async def accepted(page: Page, world: World) -> None:
    """As if the log before this one had ended; the next page knows nothing of it."""
    log = world.server.data_dir / "trail" / "1"
    try:
        (log / ACCEPTED_FILE).write_bytes(msgspec.json.encode(ACCEPTED))
        (log / PATROL_FILE).write_bytes(msgspec.json.encode(CHECKED))
        await page.goto("/audit/proof")
        await expect(page.get_by_test_id("accepted")).to_contain_text("3 places")
    finally:
        (log / ACCEPTED_FILE).unlink()
        (log / PATROL_FILE).unlink()


@ACCOUNTS.scene("admin-retention", "Administration: retention", RETENTION, Who.ADMIN)
async def retention(page: Page, world: World) -> None:
    """What is held of everything would stand in the way of erasing somebody, in scenes that come later."""
    await page.goto(RETENTION)
    form = page.get_by_test_id("place-hold")
    if not await page.get_by_test_id("hold-row").count():
        await form.get_by_label("Hold").select_option("law")
        await form.get_by_label("Which").fill("UK_ukpga_1974_37")
        await form.get_by_label("Why").fill("The inspectorate asked for it")
        await form.get_by_role("button", name="Place the hold").click()
        await expect(page.get_by_test_id("hold-row")).to_have_count(1)


ACCOUNTS.at("not-found", "Page not found", MISSING, MISSING, Who.READER)
ACCOUNTS.at("not-allowed", "For administrators only", "/admin/users", "/admin/users", Who.READER)


async def send(page: Page, path: str, email: str, password: str) -> None:
    """The form for signing in, or up."""
    await page.goto(path)
    await page.fill("input[name=email]", email)
    await page.fill("input[name=password]", password)
    await page.click("main button[type=submit]")


@ACCOUNTS.scene("sign-in-refused", "A wrong password", "/sign-in", Who.STRANGER)
async def _refused(page: Page, world: World) -> None:
    await send(page, "/sign-in", "somebody@example.org", "not the password at all")
    await expect(page.get_by_role("alert").first).to_be_visible()


@ACCOUNTS.scene("sign-up-refused", "A password that is too common", "/sign-up", Who.STRANGER)
async def _too_common(page: Page, world: World) -> None:
    await send(page, "/sign-up", "somebody@example.org", "password1234")
    await expect(page.locator(".field-error")).to_be_visible()


@ACCOUNTS.scene(
    "mail-sent", "An e-mail was sent, if there is such an account", "/forgot-password", Who.STRANGER
)
async def _mail(page: Page, world: World) -> None:
    await page.goto("/forgot-password")
    await page.fill("input[name=email]", "nobody@example.org")
    await page.click("main button[type=submit]")
    await expect(page.locator("input[name=email]")).to_have_count(0)


@ACCOUNTS.scene("second-step", "The code asked for", "/sign-in", Who.STRANGER)
async def _second_step(page: Page, world: World) -> None:
    await _guard(page, world)
    await send(page, "/sign-in", world.guarded.email, world.guarded.password)
    await expect(page.get_by_test_id("second-step-form")).to_be_visible()


@ACCOUNTS.scene("new-token", "A token, shown once", "/account", Who.READER)
async def _token(page: Page, world: World) -> None:
    await page.goto("/account")
    await page.fill("form[action='/account/tokens'] input[name=name]", "Nightly report")
    await page.fill("form[action='/account/tokens'] input[name=current_password]", world.reader.password)
    await page.get_by_role("button", name="Create token").click()
    await expect(page.get_by_test_id("new-token")).to_be_visible()
    token = await page.get_by_test_id("new-token").inner_text()
    assert token
    await page.get_by_test_id("new-token").evaluate("code => { code.textContent = '•'.repeat(24); }")
    await page.get_by_test_id("token-row").last.wait_for()


@ACCOUNTS.scene("guest-ticks", "A list for the ticks from before", "/guest-ticks", Who.STRANGER)
async def _guest_ticks(page: Page, world: World) -> None:
    await page.goto("/records")
    await page.wait_for_selector(READY)
    await page.get_by_test_id("record-checkbox").nth(3).check()
    await expect(page.get_by_test_id("guest-note")).to_contain_text("until")
    await sign_in(page, world.reader)
    await expect(page.get_by_test_id("guest-ticks-form")).to_be_visible()


async def _guard(page: Page, world: World) -> None:
    """Once: the account gets its second factor, in this browser, which then signs out."""
    if world.secret:
        return
    await sign_in(page, world.guarded)
    await page.goto("/account/second-factor")
    world.secret = await page.get_by_test_id("totp-secret").inner_text()
    await page.fill("input[name=current_password]", world.guarded.password)
    await page.fill("input[name=code]", world.code())
    await page.get_by_role("button", name="Turn on").click()
    await expect(page.locator("h1")).to_contain_text("codes")
    await page.context.clear_cookies()
