"""Frames while somebody scrolls through a long page as with a finger."""

from benchmarks.browser.promises import SCROLLING, Figure
from benchmarks.browser.stage import Stage

DOWN_PX, SPEED_PX_S = 3000, 1800


async def scrolling(stage: Stage, times: int) -> Figure:
    """Frames a second; beside it how long the longest frame was."""
    rates, longest = [], 0.0
    async with stage.page("/records?limit=200") as page:
        debugger = await page.context.new_cdp_session(page)
        for turn in range(times):
            await page.evaluate("() => probes.countFrames()")
            distance = -DOWN_PX if turn % 2 == 0 else DOWN_PX
            gesture = {
                "x": 700,
                "y": 500,
                "yDistance": distance,
                "speed": SPEED_PX_S,
                "gestureSourceType": "mouse",
            }
            await debugger.send("Input.synthesizeScrollGesture", gesture)
            frames: list[float] = await page.evaluate("() => probes.stop()")
            rates.append(1000 * len(frames) / sum(frames))
            longest = max(longest, *frames)
        scrolled = await page.evaluate("() => scrollY")
    if times % 2 and not scrolled:
        raise RuntimeError("the page did not scroll")
    return Figure(SCROLLING, rates, {"longest_frame_ms": round(longest, 1)})
