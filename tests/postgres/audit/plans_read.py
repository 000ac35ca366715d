"""Plans that PostgreSQL explains, as `EXPLAIN (ANALYZE, FORMAT JSON)` tells of them."""

from collections.abc import Iterator
from typing import Any


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def rows(node: dict[str, Any]) -> float:
    """What a node passed on and threw away."""
    thrown = sum(value for key, value in node.items() if key.startswith("Rows Removed"))
    return float((node["Actual Rows"] + thrown) * node["Actual Loops"])
