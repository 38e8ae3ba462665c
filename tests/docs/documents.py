"""The documents of this repository, taken apart as far as the tests need it."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
_NOT_OURS = {".venv", ".state", "node_modules", ".git", ".pytest_cache"}
_FENCE = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"!?\[(?:[^\]\[]|\[[^\]]*\])*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)


def documents() -> list[Path]:
    """All Markdown files, sorted."""
    return sorted(path for path in ROOT.rglob("*.md") if not _NOT_OURS & set(path.relative_to(ROOT).parts))


def text_of(name: str) -> str:
    """The text of a document, by its path from the root."""
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of a language, in order."""
    return [body for named, body in _FENCE.findall(text) if named == language]


def prose(text: str) -> str:
    """The text without fenced blocks."""
    return _FENCE.sub("", text)


def spans(text: str) -> list[str]:
    """What stands between backticks in the prose."""
    return _SPAN.findall(prose(text))


def links(text: str) -> list[str]:
    """The targets of all links and pictures; code is not looked at."""
    return _LINK.findall(_SPAN.sub("code", prose(text)))


def anchors(text: str) -> set[str]:
    """What `#…` may name in this document: headings as they are spelled in addresses."""
    titles = (_SPAN.sub(r"\1", title) for title in _HEADING.findall(prose(text)))
    return {re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-") for title in titles}


def commands(text: str) -> Iterator[list[str]]:
    """Every command line shown, in words: without variables in front of it, comments, and what follows a pipe."""
    shown = [line for block in (*blocks(text, "sh"), *blocks(text, "")) for line in block.splitlines()]
    for line in (*shown, *spans(text)):
        if "[--" in line:  # a synopsis
            continue
        try:
            words = shlex.split(line.split(" | ")[0].split(" > ")[0], comments=True)
        except ValueError:
            continue  # a picture, or a sentence with an apostrophe
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
            words.pop(0)
        if words:
            yield words


def rows(text: str, heading: str) -> list[list[str]]:
    """The cells of the tables below a heading, up to the next one; without the head and the line under it."""
    section = re.split(r"^#{1,6} ", text.split(f"# {heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
    cells = [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in section.splitlines() if line.startswith("|")
    ]
    return [row for n, row in enumerate(cells) if not row[0].startswith("---") and n > 0]
