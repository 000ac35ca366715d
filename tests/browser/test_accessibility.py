"""What axe is asked for, it finds: faults, planted in a page that was fine when it was looked at before."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.browser.scenes.scene import NARROW, WIDE
from tests.fixtures.accessibility import FURTHER_ROWS, OF_LOOKS, violations_of

FINE = """<!doctype html><html lang="en"><head><title>Fine</title><style>
  body { color: #222; background: #fff }
  a { color: inherit } button, a, summary { display: inline-block; min-height: 30px; min-width: 30px }
  @media (prefers-color-scheme: dark) { body { color: #eee; background: #111 } }
  .dark { background: #333 } .beside { height: 60px } .menu { display: none }
  .night { background: #111 } .veiled { opacity: 0.75 } .card { background: #fff; color: #555 }
  .shut { height: 0; overflow: hidden } .late { color: #999; margin: 0 }
  /* more */
</style></head><body><main><h1>Laws</h1>
  <p class="said">The text that is looked at.</p>
  <section class="dark beside" aria-label="Nothing"></section>
  <div class="night"><div class="veiled"><p class="card">Of a card.</p></div></div>
  <div class="shut"><p class="late">Not to be seen yet.</p></div>
  <label for="name">Name</label> <input id="name">
  <span id="words" hidden><b>Undo the last</b></span>
  <div><button class="one" aria-labelledby="words"></button>
    <button class="two" aria-expanded="false" aria-controls="menu">More</button></div>
  <div class="menu" id="menu"><a href="#a">One</a><a href="#b">Two</a></div>
  <details><summary>Details</summary><div><p id="inside">Folded away</p></div></details>
  <dialog><h2 id="asked">Sure?</h2><button>Yes</button></dialog>
  <svg role="img"><title>A day</title><rect class="day" width="9" height="9"></rect></svg>
  <table><thead><tr><th>Law</th></tr></thead><tbody>"""
ROWS = "<tr><td>A law of this list <a href='#'>Open</a></td></tr>" * 9
END = "</tbody></table></main></body></html>"
WORDS = '<p class="said">The text that is looked at.</p>'
MORE = "/* more */"


def planted(what: str, where: str) -> str:
    assert where in FINE
    return (FINE + ROWS + END).replace(where, what)


DIM = ".said { color: #bbb }"
SMALL = "min-height: 9px; height: 9px; min-width: 9px; width: 9px; padding: 0; border: 0; overflow: hidden"
FAULTS = {
    "dim": ("color-contrast", planted(DIM, MORE)),
    "dim, but only in the dark": (
        "color-contrast",
        planted("@media (prefers-color-scheme: dark) { .said { color: #444 } }", MORE),
    ),
    "dim, but only on a telephone": (
        "color-contrast",
        planted(f"@media (max-width: 400px) {{ {DIM} .said {{ color: #777 }} }}", MORE),
    ),
    "the same text on another ground": ("color-contrast", planted(f'<div class="dark">{WORDS}</div>', WORDS)),
    "the same text moved to another ground": (
        "color-contrast",
        planted(".said { position: relative; top: 45px } .beside { background: #333 }", MORE),
    ),
    "the same text behind a veil": (
        "color-contrast",
        planted(
            f'<div style="opacity: 0.4"><div style="background: #fff; color: #222">{WORDS}</div></div>', WORDS
        ),
    ),
    "the same text behind a veil of its own": ("color-contrast", planted(".said { opacity: 0.4 }", MORE)),
    "the same text in an open dialog": (
        "color-contrast",
        planted(f'<dialog open style="background: #333; color: #222">{WORDS}', "<dialog>"),
    ),
    "a veil over another ground": ("color-contrast", planted(".night { background: #fff }", MORE)),
    "a veil moved to another ground": (
        "color-contrast",
        planted(".night { height: 0 } .veiled { position: absolute; top: 0; width: 9em }", MORE),
    ),
    "dim, and not seen before": ("color-contrast", planted(".shut { height: auto }", MORE)),
    "no label": ("label", planted("", '<label for="name">Name</label>')),
    "no name": (
        "button-name",
        planted('<button class="one"></button>', '<button class="one" aria-labelledby="words"></button>'),
    ),
    "too small a target": (
        "target-size",
        planted(f"@media (max-width: 400px) {{ button {{ {SMALL} }} }}", MORE),
    ),
    "one name of two things, of which one is hidden": (
        "duplicate-id",
        planted('id="inside" class="name">Folded</p><p id="name"', 'id="inside"'),
    ),
    "a picture without a name": ("svg-img-alt", planted("", "<title>A day</title>")),
}
SHOWN = [(WIDE, "light", ()), (NARROW, "dark", OF_LOOKS), (NARROW, "light", OF_LOOKS)]
"""As scenes are looked at; and once more, for what is dim there in the light."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def page_that_was_fine(browser: Browser) -> AsyncIterator[Page]:
    """Looked at twice: the second time as one of which everything is known."""
    page = await browser.new_page()
    for _ in range(2):
        assert await found_on(page, FINE + ROWS + END) == []
    yield page
    await page.close()


async def found_on(page: Page, html: str) -> list[str]:
    await page.set_content(html)
    found = []
    for width, theme, rules in SHOWN:
        await page.set_viewport_size({"width": width, "height": 800})
        await page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # light or dark
        found += await violations_of(page, rules=rules, without=[FURTHER_ROWS])
    return found


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_planted_fault_is_found(page_that_was_fine: Page, fault: str) -> None:
    rule, html = FAULTS[fault]
    found = await found_on(page_that_was_fine, html)
    assert rule in [one.split(maxsplit=1)[0].strip(":") for one in found], found


async def test_a_fault_is_found_each_time(page_that_was_fine: Page) -> None:
    _, html = FAULTS["dim"]
    assert await found_on(page_that_was_fine, html) == await found_on(page_that_was_fine, html) != []


async def test_a_page_is_afterwards_as_it_was(page_that_was_fine: Page) -> None:
    page = page_that_was_fine
    await page.set_content(FINE + ROWS * 20 + END)
    await page.locator("tr a").last.focus()
    await page.evaluate("scrollTo(0, 300)")
    state = """[document.documentElement.outerHTML, document.activeElement.outerHTML, scrollY,
      String(setTimeout), getComputedStyle(document.querySelector("tr:last-child")).display]"""
    before = await page.evaluate(state)
    assert await violations_of(page, without=[FURTHER_ROWS]) == []
    assert await page.evaluate(state) == before
    assert "native code" in before[3]
