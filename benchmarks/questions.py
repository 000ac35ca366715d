"""Questions about the register that nobody has asked before: no cache can know the answer."""

import random
from collections.abc import Callable
from typing import Any

from tests.fixtures.client import Client

TITLES_READ = 2_000
SORTS = ("-year", "title_en", "-year,title_en", "-md_date", "number", "type_code,-year")

Question = dict[str, Any]


class Questions:
    """Made of the words, years, types and families that the register has; the same ones for the same seed."""

    def __init__(self, titles: list[str], facets: dict[str, list[Any]], seed: int) -> None:
        words = {word.strip(".,()").lower() for title in titles for word in title.split()}
        self._words = sorted(word for word in words if len(word) > 3 and word.isalpha())
        self._values = {name: [value["value"] for value in values] for name, values in facets.items()}
        self._random = random.Random(seed)
        self._asked: set[str] = set()

    def page(self) -> Question:
        """What somebody at the page asks for: a search or filters, in some order, at times by ticks."""
        return self._new(self._page)

    def filters(self) -> Question:
        """Several filters at once, without a search."""
        return self._new(self._filters)

    def _new(self, make: Callable[[], Question]) -> Question:
        while True:
            question: Question = make()
            if repr(question) not in self._asked:
                self._asked.add(repr(question))
                return question

    def _page(self) -> Question:
        question = self._searched() if self._random.random() < 0.5 else self._filters()
        question["sort"] = self._random.choice(SORTS)
        if self._random.random() < 0.15:
            question["selected"] = self._random.choice(("true", "false"))
        return question

    def _searched(self) -> Question:
        word = self._random.choice(self._words)
        cut = word[: self._random.randint(3, len(word))]
        question: Question = {"q": f"{self._random.choice(self._words)} {cut}"}
        if self._random.random() < 0.5:
            question = {"q": cut}
        if self._random.random() < 0.3:
            question["year_from"] = self._random.randint(1950, 2020)
        return question

    def _filters(self) -> Question:
        first = self._random.randint(1950, 2020)
        question: Question = {"year_from": first, "year_to": self._random.randint(first, 2024)}
        for name in ("family", "type_code", "live"):
            if self._values.get(name) and self._random.random() < 0.6:
                values = [value for value in self._values[name] if value]
                question[name] = self._random.sample(values, k=min(len(values), self._random.randint(1, 3)))
        return question


async def questions_about(person: Client, seed: int) -> Questions:
    titles: list[str] = []
    cursor = None
    while len(titles) < TITLES_READ:
        page = await person.get("/records", limit=500, **({"cursor": cursor} if cursor else {}))
        titles += [item["title_en"] or "" for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    return Questions(titles, await person.get("/records/facets"), seed)
