"""Bars as SVG, written by hand: one file per case, each contender a bar. Readable on light and dark pages."""

from pathlib import Path
from xml.sax.saxutils import escape

from benchmarks.reporting import figure
from benchmarks.running import OURS, Outcome

WIDTH, BAR, GAP, LEFT, TOP = 640, 26, 12, 170, 44
OURS_COLOUR, PEER_COLOUR, TEXT_COLOUR = "#206bc4", "#929dab", "#6c7a89"


def write_plot(outcome: Outcome, directory: Path) -> Path:
    directory.mkdir(exist_ok=True)
    path = directory / f"{outcome.case.name}.svg"
    path.write_text(svg(f"{outcome.case.name}, {outcome.case.unit}", _bars(outcome), outcome.case.better))
    return path


def _bars(outcome: Outcome) -> dict[str, float]:
    return {OURS: outcome.value, **outcome.peers}


def svg(title: str, bars: dict[str, float], better: str) -> str:
    """A bar for each of ``bars``, the longest as wide as the picture allows."""
    longest = max(bars.values()) or 1.0
    room = WIDTH - LEFT - 110
    height = TOP + len(bars) * (BAR + GAP)
    figures = ", ".join(f"{name} {figure(value)}" for name, value in bars.items())
    style = f'font-family="system-ui, sans-serif" font-size="14" fill="{TEXT_COLOUR}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" {style}>',
        f"<title>{escape(title)}: {escape(figures)}</title>",
        f'<text x="0" y="20" font-weight="600">{escape(title)} ({better} is better)</text>',
    ]
    for number, (name, value) in enumerate(bars.items()):
        y = TOP + number * (BAR + GAP)
        width = max(2.0, room * value / longest)
        colour = OURS_COLOUR if name == OURS else PEER_COLOUR
        parts += [
            f'<text x="{LEFT - 10}" y="{y + 18}" text-anchor="end">{escape(name)}</text>',
            f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR}" rx="3" fill="{colour}"/>',
            f'<text x="{LEFT + width + 8:.1f}" y="{y + 18}">{figure(value)}</text>',
        ]
    return "\n".join([*parts, "</svg>", ""])
