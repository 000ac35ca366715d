"""The kit's style sheet is cut down to what the pages can need, and to no less."""

from pathlib import Path

import pytest

from scripts.vendored_css import Used, can_match, parse, trimmed, used_in

ELEMENTS = frozenset({"a", "p"})


def kept(css: str, *words: str, variables: tuple[str, ...] = ()) -> str:
    return trimmed(css, Used(ELEMENTS, frozenset(words), frozenset(variables)))


def test_rules_of_classes_that_are_used_stay_and_others_go() -> None:
    assert kept(".card{top:0}.carousel{top:1px}", "card") == ".card{top:0}"
    assert kept(".card,.carousel .item,.card .item{top:0}", "card", "item") == ".card,.card .item{top:0}"


def test_elements_and_what_has_no_class_stay() -> None:
    css = "a:hover,*,::before,[hidden],#x{top:0}"
    assert kept(css) == css


@pytest.mark.parametrize(
    ("selector", "matches"),
    [
        (".btn:not(.off)", True),
        (".btn:is(.off,.other)", False),
        (".btn:is(.off,.btn)", True),
        (".btn:where(:not(.off),.other)", True),
        (".btn:has(>a)", False),
        ("p.btn>a", True),
        ("legend+a", False),
        ("p~*", False),
        ("[class*=navbar] a", False),
        ("[class*=bt] a", True),
        ("[class^=tn] a", False),
        ("[data-bs-theme=dark] a", True),
        ("[data-bs-sidebar] a", False),
    ],
)
def test_a_selector_matches_only_what_can_be_there(selector: str, matches: bool) -> None:
    assert can_match(selector, Used(ELEMENTS, frozenset({"btn", "data-bs-theme"}), frozenset())) is matches


def test_a_group_goes_with_the_last_of_its_rules() -> None:
    css = "@media (min-width:1px){.gone{top:0}}@media print{.gone{top:0}.here{top:0}}"
    assert kept(css, "here") == "@media print{.here{top:0}}"


def test_variables_go_when_nothing_asks_for_them_also_by_way_of_others() -> None:
    css = ":root{--a:var(--b);--b:1px;--c:var(--d);--d:2px;--own:3px}a{top:var(--a)}"
    assert kept(css, variables=("--own",)) == ":root{--a:var(--b);--b:1px;--own:3px}\na{top:var(--a)}"


def test_animations_stay_that_something_plays() -> None:
    css = "@keyframes turn{to{rotate:1turn}}@keyframes fade{to{opacity:0}}a{animation:1s turn}"
    assert kept(css) == "@keyframes turn{to{rotate:1turn}}\na{animation:1s turn}"


def test_brackets_and_commas_in_quotes_are_text() -> None:
    css = """a::before{content:"}{,;";background:url(data:image/svg+xml;x,{})}"""
    assert kept(css) == css


def test_the_notice_at_the_top_stays() -> None:
    assert kept("/*! Whose it is */\n/* and a remark */a{top:0}") == "/*! Whose it is */\na{top:0}"


def test_nested_rules_are_refused_and_not_guessed_at() -> None:
    with pytest.raises(ValueError, match="of its own"):
        parse("a{b{top:0}}")
    with pytest.raises(ValueError, match="never opened"):
        parse("a{top:0}}")


def test_classes_are_found_in_attributes_expressions_and_scripts(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("""<p class="one{{ ' two' if x }}">three</p>""")
    (tmp_path / "b.js").write_text(
        """document.createElement("li"); row.classList.add(`is-${kind}`, "four"); const five = 'five six';"""
    )
    (tmp_path / "c.css").write_text(".seven { color: var(--eight); } [data-nine] {}")
    used = used_in(sorted(tmp_path.iterdir()))
    assert {"one", "two", "four", "five", "six", "data-nine"} <= used.words
    assert not {"three", "seven"} & used.words
    assert used.elements == {"p", "li"}
    assert used.variables == {"--eight"}
