"""Which tables and keys a site's file may have, and which known name was meant by an unknown one.

A container holds one service while the file may serve the whole site, so the names of all services are kept here, in
`known.json`. `python -m cti_runtime.reference` writes it from the settings classes.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from importlib.metadata import entry_points
from importlib.resources import files
from typing import Any

COMMON_SECTION = "common"
GROUP = "trunkline.settings"
"""The entry-point group in which a distribution names its settings class, under its table in the file."""


@cache
def tables() -> Mapping[str, frozenset[str]]:
    """The keys of each table: of all services that come with this one, and `common` for what each of them has."""
    stored = json.loads(files("cti_runtime").joinpath("known.json").read_text(encoding="utf-8"))
    return {name: frozenset(keys) for name, keys in stored.items()}


@cache
def installed_tables() -> frozenset[str]:
    """The tables of services that are installed here, whoever made them."""
    return frozenset(point.name for point in entry_points(group=GROUP))


def unknown_names(file: Mapping[str, Any], section: str, fields: Iterable[str], own_services: object) -> list[str]:
    """A line for each table that is no service's, each key outside all tables, and each of `[common]` that none has.

    `fields`: those of the service whose table is `section`; `own_services`: tables that are known besides, as given.
    """
    own = own_services if isinstance(own_services, list | tuple) else ()
    known = {COMMON_SECTION, section, *tables(), *installed_tables(), *own}
    shared = set(fields).union(*tables().values())
    problems = []
    for name in file.keys() - known:
        if isinstance(file[name], dict):
            problems.append(f"[{name}]: there is no such table{did_you_mean(name, known, '[{}]')}")
        else:
            problems.append(f"{name}: stands in no table; put it into [{COMMON_SECTION}] or [{section}]")
    problems += [
        f"{COMMON_SECTION}.{name}: no service has such a setting{did_you_mean(name, shared)}"
        for name in file.get(COMMON_SECTION, {}).keys() - shared
    ]
    return sorted(problems)


def keys_at(schema: Mapping[str, Any], path: Sequence[object]) -> list[str]:
    """The keys that the table at a place of a settings class's JSON schema may have."""
    node = schema
    for part in path:
        node = node.get("properties", {}).get(part) or node.get("additionalProperties") or {}
        node = schema["$defs"][node["$ref"].rpartition("/")[2]] if "$ref" in node else node
    return list(node.get("properties", ()))


def did_you_mean(name: str, known: Iterable[str], shape: str = "{}") -> str:
    """`; did you mean …?` with the known name that is nearest, in that shape; empty when none is near."""
    found = nearest(name, known)
    return "" if found is None else f"; did you mean {shape.format(found)}?"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that was likely meant: written otherwise (case, dash), misspelt, or shortened."""
    plain = {_plain(each): each for each in sorted(known)}
    wanted = _plain(name)
    close = get_close_matches(wanted, plain, n=1)
    longer = [each for each in plain if wanted in each]
    return plain[close[0]] if close else plain[longer[0]] if len(longer) == 1 else None


def _plain(name: str) -> str:
    return name.lower().replace("-", "_")
