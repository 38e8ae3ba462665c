"""The pins of an image hold everything that its service declares, down to the last dependency."""

import re
from collections.abc import Iterator
from importlib.metadata import distribution

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.deploy.files import TOP, ours

BUILT = sorted(each["build"]["args"]["SERVICE"] for each in ours().values() if "build" in each)


def pinned(service: str) -> dict[str, str]:
    """Names and versions."""
    text = (TOP / "requirements" / f"{service}.txt").read_text()
    return {canonicalize_name(name): version for name, version in re.findall(r"^([\w.-]+)==(\S+)", text, re.M)}


def needed(name: str, extras: frozenset[str] = frozenset()) -> Iterator[Requirement]:
    """What a package and its dependencies declare for this machine, as they are installed here."""
    seen, waiting = set(), [(name, extras)]
    while waiting:
        package, wanted = waiting.pop()
        if (package, wanted) in seen:
            continue
        seen.add((package, wanted))
        for text in distribution(package).requires or ():
            requirement = Requirement(text)
            marker = requirement.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in {"", *wanted}):
                yield requirement
                waiting.append((canonicalize_name(requirement.name), frozenset(requirement.extras)))


@pytest.mark.parametrize("service", BUILT)
def test_pins_satisfy_what_is_declared(service: str):
    pins = pinned(service)
    found = [each for each in needed(f"trunkline-{service}") if not each.name.startswith("trunkline-")]
    missing = [str(each) for each in found if canonicalize_name(each.name) not in pins]
    assert missing == [], "run `make pins`"
    too_old_or_new = [
        f"{each} but {pins[canonicalize_name(each.name)]}"
        for each in found
        if not each.specifier.contains(pins[canonicalize_name(each.name)], prereleases=True)
    ]
    assert too_old_or_new == [], "run `make pins`"
