"""What is in the package: whole, its own, and nothing from elsewhere."""

import hashlib
import json
import re
import subprocess
from pathlib import Path

import pytest
from cti_browser import static_dir

IMPORT = re.compile(r'(?:from|^import) "(\.\.?/[^"]+)"', re.MULTILINE)
SOURCES = [
    each for kind in ("js", "html", "css") for each in static_dir().rglob(f"*.{kind}") if each.parent.name != "vendor"
]
VENDOR = Path(__file__).parents[1] / "vendor"
JSSIP_SHA256 = "351e450d07c35d272d26967702764245db8f3ee4fc7c83c4351f6bb167a98d36"


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


def test_the_bundle_of_jssip_is_the_one_that_was_reviewed() -> None:
    text = (static_dir() / "vendor/jssip.js").read_text()
    assert hashlib.sha256(text.encode()).hexdigest() == JSSIP_SHA256
    wanted = json.loads((VENDOR / "package.json").read_text())["dependencies"]["jssip"]
    assert text.startswith(f"/* jssip {wanted}, debug ")
    licences = (static_dir() / "vendor/jssip.LICENSES.txt").read_text()
    assert [name for name in re.findall(r"([\w-]+) [\d.]+[,;]", text.split("*/")[0]) if name not in licences] == []
    assert licences.count("Permission is hereby granted, free of charge") == 5
    banned = ("innerHTML", "outerHTML", "document.write", "eval(", "new Function", "import(")
    assert [word for word in banned if word in text] == []


def test_the_bundle_is_made_of_npms_packages_and_nothing_else() -> None:
    if not (VENDOR / "node_modules").is_dir():
        pytest.skip("JsSIP's packages are not here: make vendor")
    run = subprocess.run(["npm", "run", "--silent", "check"], cwd=VENDOR, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
