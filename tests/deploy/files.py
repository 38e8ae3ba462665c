"""compose.yaml and the Dockerfile as data, with the defaults filled in as Compose does it."""

import re
import shutil
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml
from cti_runtime.settings import ServiceSettings

TOP = Path(__file__).parents[2]
COMPOSE = TOP / "compose.yaml"
DOCKERFILE = TOP / "deploy" / "docker" / "Dockerfile"
_VARIABLE = re.compile(r"\$\{(\w+):-([^${}]*)\}")


def composed() -> dict[str, Any]:
    """compose.yaml, as it is without any setting of the user's."""
    text = COMPOSE.read_text()
    while _VARIABLE.search(text):  # from the inside: a default may hold a variable
        text = _VARIABLE.sub(r"\2", text)
    return yaml.safe_load(text)


def variables() -> set[str]:
    """What a user may set."""
    return set(re.findall(r"\$\{(\w+)", COMPOSE.read_text()))


def ours() -> dict[str, Any]:
    """The containers whose image is built here."""
    return {name: each for name, each in composed()["services"].items() if each["image"].startswith("trunkline/")}


def members() -> list[str]:
    """The services of the workspace."""
    return sorted(path.parent.name for path in TOP.glob("services/*/pyproject.toml"))


def settings_of(member: str) -> tuple[str, type[ServiceSettings]]:
    """Section and settings class of a service."""
    module = import_module(f"{member.replace('-', '_')}.settings")
    classes = (each for each in vars(module).values() if isinstance(each, type) and each.__module__ == module.__name__)
    return module.NAME, next(each for each in classes if issubclass(each, ServiceSettings))


def instructions(name: str) -> Iterator[str]:
    """The arguments of each such instruction of the Dockerfile, continuation lines joined."""
    lines = "\n".join(line for line in DOCKERFILE.read_text().splitlines() if not line.lstrip().startswith("#"))
    for line in lines.replace("\\\n", " ").splitlines():
        keyword, _, rest = line.partition(" ")
        if keyword == name:
            yield " ".join(rest.split())


def image_environment() -> dict[str, str]:
    """What every image of ours sets."""
    return dict(part.split("=", 1) for line in instructions("ENV") for part in line.split())


def tool(name: str) -> str:
    """A program of the development environment."""
    found = shutil.which(name, path=str(Path(sys.executable).parent))
    assert found, f"{name} is not installed: run `make setup`"
    return found
