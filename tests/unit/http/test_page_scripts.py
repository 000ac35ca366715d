"""The modules of a page become one script that does what they do, each once, in the order of their needs."""

import re

import pytest

from sertantai.http.pages.page_scripts import page_scripts
from sertantai.http.pages.static_files import StaticFiles
from sertantai.web.page_files import PAGE_FILES

APP = 'import { say } from "./say.js";\nsay("app");\n'
SAY = "export function say(text) {\n  console.log(text);\n}\n"
PAGE = 'import { say as tell } from "../say.js";\nimport { Box } from "./box.js";\nnew Box(tell);\n'
BOX = "export class Box {}\nexport const SIZE = 3;\nexport async function open() {}\n"


def scripts(**changed: str) -> dict[str, str]:
    modules = {"app.js": APP, "say.js": SAY, "list/page.js": PAGE, "list/box.js": BOX}
    return page_scripts(
        modules | {name.replace("__", "/") + ".js": text for name, text in changed.items()}, "app.js"
    )


def test_there_is_one_script_for_each_module_that_no_other_imports() -> None:
    assert set(scripts()) == {"scripts/app.js", "scripts/list/page.js"}


def test_each_module_stands_once_behind_what_it_imports() -> None:
    script = scripts()["scripts/list/page.js"]
    assert re.findall(r"^// (.*\.js)$", script, re.M) == ["say.js", "app.js", "list/box.js", "list/page.js"]
    assert "import" not in script
    assert "export" not in script


def test_names_are_handed_from_module_to_module() -> None:
    script = scripts()["scripts/list/page.js"]
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


def test_the_script_beside_a_template_is_that_of_its_page() -> None:
    files = StaticFiles(PAGE_FILES)
    pages = PAGE_FILES.root / "pages"
    own = [path.relative_to(pages) for path in pages.rglob("*.js")]
    assert len(own) > 10
    for path in own:
        assert (pages / path).with_suffix(".html").is_file(), f"no page has the script {path}"
        name = files.script_of(path.with_suffix(".html").as_posix())
        assert name == f"pages/{path.as_posix()}"
        assert files[f"scripts/{name}"].content_type.startswith("text/javascript")
    assert files.script_of("account/sign_in.html") == PAGE_FILES.app_script
    assert files["scripts/browser/error_page.js"].body
