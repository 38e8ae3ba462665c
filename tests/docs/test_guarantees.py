"""Every promise names the tests that hold it, and they exist."""

import ast
import re
from functools import cache

from tests.docs.documents import ROOT, prose, spans, text_of

PAGE = text_of("docs/guarantees.md")
PROVEN = PAGE.split("## Not yet proven", 1)[0]


@cache
def functions_of(name: str) -> frozenset[str]:
    """The test functions of a module, collected as pytest does: at the top, or in a class of tests."""
    path = ROOT / name
    if not path.exists():
        return frozenset()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    bodies = [tree.body, *(each.body for each in tree.body if isinstance(each, ast.ClassDef))]
    functions = (each for body in bodies for each in body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(each.name for each in functions if each.name.startswith("test_"))


def test_every_named_test_exists():
    named = [span.split("::") for span in spans(PAGE) if "::" in span]
    assert len(named) > 50
    assert [f"{path}::{test}" for path, test in named if test not in functions_of(path)] == []


def test_every_promise_names_a_test():
    lines = [line for line in prose(PROVEN).splitlines() if line.startswith("| ") and not line.startswith("| promise")]
    assert len(lines) > 30
    assert [
        line for line in lines if not re.search(r"\.py::test_\w+`", line) and "`tests/chaos`, to come" not in line
    ] == []


def test_a_test_that_is_not_there_is_found():
    assert "test_every_named_test_exists" in functions_of("tests/docs/test_guarantees.py")
    assert "test_nothing_of_this_name" not in functions_of("tests/docs/test_guarantees.py")
    assert functions_of("tests/docs/test_gone.py") == frozenset()
