"""What is in the package: whole, its own, and nothing from elsewhere."""

import json
import re
from pathlib import Path

from cti_browser import static_dir

IMPORT = re.compile(r'(?:from|^import) "(\.\.?/[^"]+)"', re.MULTILINE)
SOURCES = [each for kind in ("js", "html", "css") for each in static_dir().rglob(f"*.{kind}")]


def test_every_module_that_is_imported_is_there() -> None:
    imported = {(each.parent / path).resolve() for each in SOURCES for path in IMPORT.findall(each.read_text())}
    assert len(imported) > 10
    assert [each for each in imported if not each.is_file()] == []


def test_nothing_is_loaded_from_another_host() -> None:
    urls = {url for each in SOURCES for url in re.findall(r"(?:https?:)?//[\w.-]+\.\w+[^\s\"'`]*", each.read_text())}
    assert urls == {"http://www.w3.org/2000/svg"}


def test_markup_is_never_made_from_text() -> None:
    banned = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function")
    assert [(each.name, word) for each in SOURCES for word in banned if word in each.read_text()] == []


def test_the_npm_package_names_files_that_exist() -> None:
    root = Path(__file__).parents[1]
    package = json.loads((root / "package.json").read_text())
    assert package["type"] == "module"
    assert "dependencies" not in package
    assert [path for path in package["exports"].values() if not (root / path).is_file()] == []
