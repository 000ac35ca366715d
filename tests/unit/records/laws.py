"""Laws for property tests: few distinct values, so that equal ones are common."""

from datetime import date

from hypothesis import strategies as st

from tests.unit.records.small_register import Law

WORDS = ("Water", "waste", "Act", "Order", "Ŵaun", "Côte", "the", "The", "1974", "19740", "37", "(No. 2)")
TITLES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join)
NUMBERS = st.none() | st.sampled_from(["1", "2", "10", "37", "c. 4", "9780348283952", "12345678901234567890"])
YEARS = st.none() | st.integers(1267, 1272) | st.just(1974)
LABELS = st.none() | st.sampled_from(["💚 WASTE", "💙 FIRE", "💜 HR: Employment"])
CODES = st.none() | st.sampled_from(["uksi", "ukpga", "wsi"])
DAYS = st.none() | st.sampled_from([date(1974, 7, 31), date(2020, 1, 1), date(2020, 2, 1)])


@st.composite
def registers(draw: st.DrawFn, most: int = 25) -> list[Law]:
    numbers = draw(st.lists(st.integers(1, 400), unique=True, max_size=most))
    return [
        Law(
            record_no=number,
            name=f"UK_x_{number}",
            title_en=draw(TITLES),
            type_code=draw(CODES),
            year=draw(YEARS),
            number=draw(NUMBERS),
            family=draw(LABELS),
            family_ii=draw(LABELS),
            live=draw(st.none() | st.just("❌ Revoked / Repealed / Abolished")),
            md_date=draw(DAYS),
        )
        for number in sorted(numbers)
    ]
