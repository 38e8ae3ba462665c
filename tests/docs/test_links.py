"""What the documents name exists: pages, headings, make targets, command lines."""

import argparse
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from call_journal import cli as journal
from cti_devstack import cli
from cti_runtime import lifecycle
from cti_runtime.reference import installed
from directory import tools

from tests.docs.documents import ROOT, anchors, blocks, commands, documents, links, spans, text_of

EACH = pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(ROOT)))
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", text_of("Makefile"), re.MULTILINE))
PARSERS: dict[tuple[str, ...], Callable[[list[str]], argparse.Namespace]] = {
    ("trunkline",): lambda words: cli._parser().parse_args(words),
    **{
        ("python", "-m", "call_journal", name): lambda words, name=name: journal._parser().parse_args([name, *words])
        for name in ("verify", "rebuild", "retain", "forget", "lost")
    },
    **{("python", "-m", name.replace("-", "_")): partial(lifecycle._arguments, name) for name in installed()},
}
OTHER_COMMANDS = {("python", "-m", name, "openapi") for name in ("call_journal", "directory", "push")}
"""Looked at before the options are."""
BY_HAND = ("python", "-m", "directory")


def broken(path: Path) -> list[str]:
    found = []
    for link in links(path.read_text(encoding="utf-8")):
        parts = urlsplit(link)
        if parts.scheme:
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        if not target.exists():
            found.append(f"{link}: no such file")
        elif parts.fragment and parts.fragment not in anchors(target.read_text(encoding="utf-8")):
            found.append(f"{link}: no heading there is spelled so")
    return found


def refused(words: list[str]) -> bool:
    """Whether one of our commands is shown with arguments that it does not take."""
    line = (words[0].removeprefix(".venv/bin/"), *words[1:])
    if line[:3] == BY_HAND and line[3:4] and line[3] in tools.COMMANDS:
        return _ends_badly(tools.parser().parse_args, list(line[3:]))
    for name, parse in PARSERS.items():
        if line[: len(name)] != name or line in OTHER_COMMANDS:
            continue
        arguments = list(line[len(name) :])
        # Only named, as in "`trunkline replay` reads it": then it must be there, its arguments are not shown.
        named = len(arguments) == 1 and not arguments[0].startswith("-")
        # The first that fits: `verify` and `rebuild` stand before the service that they belong to.
        return _ends_badly(parse, [*arguments, "--help"] if named else arguments)
    return False


def _ends_badly(parse: Callable[[list[str]], argparse.Namespace], arguments: list[str]) -> bool:
    try:
        parse(arguments)
    except SystemExit as end:
        return end.code != 0
    return False


@EACH
def test_every_link_leads_somewhere(path):
    assert broken(path) == []


def test_every_page_can_be_found_from_the_index():
    pages = {path for path in documents() if (ROOT / "docs") in path.parents} - {ROOT / "docs" / "README.md"}
    indexes = [ROOT / "docs" / name for name in ("README.md", "adr/README.md", "operations/README.md")]
    linked = {(index.parent / link.split("#")[0]).resolve() for index in indexes for link in links(index.read_text())}
    assert pages - linked == set()


@EACH
def test_every_make_target_exists(path):
    text = path.read_text(encoding="utf-8")
    shown = [*spans(text), *(line for block in blocks(text, "sh") for line in block.splitlines())]
    assert {match[1] for line in shown for match in re.finditer(r"\bmake ([a-z][a-z-]*)\b", line)} <= TARGETS


@EACH
def test_every_command_line_parses(path):
    assert [" ".join(words) for words in commands(path.read_text(encoding="utf-8")) if refused(words)] == []


def test_the_readmes_commands_are_found():
    lines = [" ".join(words) for words in commands(text_of("README.md"))]
    assert {"make demo", "make test"} <= set(lines)
    assert any(line.startswith(".venv/bin/trunkline replay asterisk ") for line in lines)


def test_what_leads_nowhere_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "# The `Word`, and 2\n[a](gone.md) ![b](#the-word-and-2) [c](#three) `[d](code)`\n```\n[e](block)\n```\n"
    )
    assert [each.split(":")[0] for each in broken(page)] == ["gone.md", "#three"]


@pytest.mark.parametrize(
    ("line", "bad"),
    [
        ("trunkline", False),
        ("trunkline replay", False),
        ("trunkline rewind", True),
        (".venv/bin/trunkline replay asterisk x.ami --emit events", False),
        (".venv/bin/trunkline replay asterisk x.ami --emit sounds", True),
        (".venv/bin/python -m push --check-config", False),
        ("python -m push --fast", True),
        ("python -m call_journal openapi", False),
        ("python -m directory import contacts.csv --tenant acme", False),
        ("python -m directory import", True),
        ("python -m directory export all", True),
        ("ls", False),
    ],
)
def test_a_command_line_that_is_wrong_is_found(line, bad):
    assert refused(line.split()) is bad
