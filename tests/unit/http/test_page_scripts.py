"""The modules of a page become one script that does what they do, each once, in the order of their needs."""

import re

import pytest

from sertantai.http.pages.page_scripts import page_scripts
from sertantai.http.pages.static_files import STATIC_FOLDER, StaticFiles

APP = 'import { say } from "./say.js";\nsay("app");\n'
SAY = "export function say(text) {\n  console.log(text);\n}\n"
PAGE = 'import { say as tell } from "../say.js";\nimport { Box } from "./box.js";\nnew Box(tell);\n'
BOX = "export class Box {}\nexport const SIZE = 3;\nexport async function open() {}\n"


def scripts(**changed: str) -> dict[str, str]:
    modules = {"app.js": APP, "say.js": SAY, "list/page.js": PAGE, "list/box.js": BOX}
    return page_scripts(modules | {name.replace("__", "/") + ".js": text for name, text in changed.items()})


def test_there_is_one_script_for_each_module_that_no_other_imports() -> None:
    assert set(scripts()) == {"pages/app.js", "pages/list/page.js"}


def test_each_module_stands_once_behind_what_it_imports() -> None:
    script = scripts()["pages/list/page.js"]
    assert re.findall(r"^// (.*\.js)$", script, re.M) == ["say.js", "app.js", "list/box.js", "list/page.js"]
    assert "import" not in script
    assert "export" not in script


def test_names_are_handed_from_module_to_module() -> None:
    script = scripts()["pages/list/page.js"]
    assert "return { Box, SIZE, open };" in script
    assert "const { say: tell } = $module0;" in script
    assert "const { Box } = $module2;" in script


@pytest.mark.parametrize(
    "text",
    [
        "export default 1;",
        "export { a };",
        "export let a = 1;",
        'import * as all from "./say.js";',
        'const late = import("./say.js");',
        "await ready();",
        "const here = import.meta.url;",
    ],
)
def test_what_is_not_understood_is_refused_at_the_start(text: str) -> None:
    with pytest.raises(ValueError, match=r"box\.js: .* is not understood"):
        scripts(list__box=text)


def test_modules_that_import_each_other_or_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match=r"say\.js → list/box\.js → say\.js"):
        scripts(say='import { Box } from "./list/box.js";', list__box='import { say } from "../say.js";')
    with pytest.raises(ValueError, match=r"list/page\.js imports list/gone\.js"):
        scripts(list__page='import { x } from "./gone.js";')


def test_every_page_of_the_product_has_its_script() -> None:
    files = StaticFiles()
    named = {
        name
        for path in STATIC_FOLDER.parent.rglob("*.html")
        for line in re.findall(r"set page_module = (.*) %}", path.read_text())
        for name in re.findall(r'"([^"]+\.js)"', line)
    }
    assert len(named) > 10
    for name in named:
        assert files[f"pages/{name}"].content_type.startswith("text/javascript")
