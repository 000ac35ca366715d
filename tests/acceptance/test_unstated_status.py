"""A law whose status the register does not state says so wherever it is shown: a gap reads as "in force"."""

import re

from tests.fixtures.visits import Visit, product

UNSTATED = "UK_ukpga_1974_37"


def of_class(page: str, name: str) -> list[str]:
    """The texts of the elements of a class, without their tags."""
    found = re.findall(rf'<(\w+)[^>]*class="[^"]*\b{name}\b[^"]*"[^>]*>(.*?)</\1>', page, re.S)
    return [" ".join(re.sub(r"<[^>]*>", " ", inner).split()) for _, inner in found]


async def test_tables_details_filters_and_paper_say_that_a_status_is_not_stated() -> None:
    async with product() as app:
        person = Visit(app)
        await person.sign_up()
        [law] = (await person.get(f"/records?q={UNSTATED}"))["items"]
        assert law["live"] is None
        await person.tick(law["id"])
        register = (await person.open(f"/records?q={UNSTATED}")).text
        assert of_class(register, "cell-status")[-1] == "Not stated"
        assert "Not stated" in of_class(register, "facet-label")
        details = (await person.open(f"/records/{law['id']}")).text
        assert "<dt>Status</dt><dd>Not stated</dd>" in details
        in_a_list = (await person.open("/groups/default")).text
        assert of_class(in_a_list, "col-live")[-1] == "Not stated"
        for address in ("/records/print?q=" + UNSTATED, "/groups/default/print"):
            assert "<td>Not stated</td>" in (await person.open(address)).text
        chosen = (await person.open("/records?live=(none)")).text
        assert "Status not stated" in chosen
