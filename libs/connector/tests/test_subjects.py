"""Subjects are spelled in one place (`cti_model.subjects`), for tests' own parts too."""

import re
from pathlib import Path

import cti_connector

_SPELLED = re.compile(r"""["']cti\.""")


def test_the_library_spells_no_subject_itself():
    package = Path(cti_connector.__file__).parent
    modules = list(package.rglob("*.py"))
    assert len(modules) > 30
    found = [str(each.relative_to(package)) for each in modules if _SPELLED.search(each.read_text(encoding="utf-8"))]
    assert found == []
