"""Ticking many at once: the page, all that match, all but a few, ranges; and taking it back."""

from playwright.async_api import expect

from tests.browser.register_page import RegisterPage
from tests.fixtures.browser import Complaints


async def header_state(register: RegisterPage) -> str:
    state = await register.by_id("select-page").evaluate(
        "box => box.indeterminate ? 'some' : box.checked ? 'all' : 'none'"
    )
    return str(state)


async def test_the_header_box_ticks_the_page_and_tells_the_truth(register: RegisterPage) -> None:
    assert await header_state(register) == "none"
    await register.boxes.first.click()
    assert await header_state(register) == "some"
    await register.by_id("select-page").click()
    await register.in_list(50)
    assert await header_state(register) == "all"
    await register.saved()
    await register.open("?page=2")
    assert await header_state(register) == "none"
    await register.open()
    assert await header_state(register) == "all"
    await register.by_id("select-page").click()
    await register.in_list(0)


async def test_nobody_gets_more_than_was_shown(register: RegisterPage, complaints: Complaints) -> None:
    """The page says 504; when it is no longer true, nothing is ticked and the page says what is."""
    complaints.expect("status of 409")
    total = await register.total()
    await register.page.evaluate("() => { document.getElementById('results').dataset.total = '3'; }")
    await register.page.route(
        "**/operations",
        lambda route: route.continue_(
            post_data=(route.request.post_data or "").replace(
                f'"expected_count":{total}', '"expected_count":3'
            )
        ),
    )
    await register.tick_all()
    await expect(register.by_id("toast")).to_contain_text("nothing was changed")
    await register.in_list(0)
    assert await register.person.selected() == set()


async def test_shift_ticks_a_range_and_a_second_shift_corrects_it(register: RegisterPage) -> None:
    await register.boxes.nth(2).click()
    await register.boxes.nth(6).click(modifiers=["Shift"])
    assert await register.ticked() == [2, 3, 4, 5, 6]
    await register.boxes.nth(4).click(modifiers=["Shift"])
    assert await register.ticked() == [2, 3, 4]
    await register.saved()
    await register.reload()
    assert await register.ticked() == [2, 3, 4]


async def test_undo_and_redo_by_key_by_toast_and_after_a_reload(register: RegisterPage) -> None:
    await register.boxes.nth(1).click()
    await register.by_id("select-page").click()
    await register.in_list(50)
    await register.saved()
    await register.by_id("undo").click()
    await register.in_list(1)
    await register.page.keyboard.press("Control+Shift+Z")
    await register.in_list(50)
    await register.page.keyboard.press("Control+z")
    await register.in_list(1)
    await register.saved()
    await register.reload()
    await register.page.keyboard.press("Control+z")
    await register.in_list(0)
    assert await register.person.selected() == set()


async def test_undo_in_the_middle_of_fast_clicks_takes_back_the_last(register: RegisterPage) -> None:
    for at in range(5):
        await register.boxes.nth(at).click()
    await register.page.keyboard.press("Control+z")
    await register.in_list(4)
    assert await register.ticked() == [0, 1, 2, 3]


async def test_clearing_the_list_can_be_undone(register: RegisterPage) -> None:
    await register.by_id("select-page").click()
    await register.in_list(50)
    await register.by_id("clear-selection").click()
    await register.agree("Clear list")
    await register.in_list(0)
    await register.saved()
    assert await register.person.selected() == set()
    await register.by_id("undo").click()
    await register.in_list(50)
    assert len(await register.person.selected()) == 50


async def test_clearing_more_than_was_agreed_to_is_asked_again_with_the_real_number(
    register: RegisterPage, complaints: Complaints
) -> None:
    complaints.expect("status of 409")
    await register.boxes.nth(0).click()
    await register.saved()
    await register.in_list(1)
    elsewhere = [law["id"] for law in await register.person.records(limit=30, sort="-year")]
    await register.by_id("clear-selection").click()
    await expect(register.page.locator("dialog[open]")).to_contain_text("1 law will be removed")
    await register.person.operate("bulk_select", record_ids=elsewhere)
    count = len(await register.person.selected())
    await register.agree("Clear list")
    question = register.page.locator("dialog[open]")
    await expect(question).to_contain_text(f"The list has changed: it has {count} laws now, not 1.")
    assert len(await register.person.selected()) == count
    await register.agree("Clear list")
    await expect(register.by_id("toast")).to_contain_text(f"List cleared: {count} laws removed")
    await register.in_list(0)
    assert await register.person.selected() == set()
