"""The Dockerfile against the Makefile, the pins and the services; the health check against a real health port."""

import asyncio
import fnmatch
import re
import subprocess
import sys

import pytest
from cti_devstack.ports import free_port
from cti_runtime import Health, serve_asgi

from tests.deploy.files import DOCKERFILE, TOP, image_environment, instructions, members, ours, settings_of, tool

MAKEFILE = (TOP / "Makefile").read_text()
HEALTHCHECK = TOP / "deploy" / "docker" / "healthcheck.py"


def test_uv_is_the_makefiles():
    (in_make,) = re.findall(r"^UV_VERSION := (\S+)$", MAKEFILE, re.M)
    assert f"UV_VERSION={in_make}" in list(instructions("ARG"))


def test_every_service_has_pins_that_make_renews():
    renewed = re.findall(r"^SERVICES := (.*)$", MAKEFILE, re.M)[0].split()
    built = {each["build"]["args"]["SERVICE"] for each in ours().values() if "build" in each}
    assert built >= set(members())
    for service in built:
        assert service in renewed
        assert (TOP / "requirements" / f"{service}.txt").is_file()


def test_everything_that_is_copied_is_let_into_the_build():
    ignored = (TOP / ".dockerignore").read_text().splitlines()
    assert "*" in ignored
    let_in = [line[1:] for line in ignored if line.startswith("!")]
    for line in instructions("COPY"):
        *sources, _ = [part for part in line.split() if not part.startswith("--chmod")]
        if sources[0].startswith("--from"):
            continue
        for source in sources:
            name = source.replace("${SERVICE}", "push")
            assert any(fnmatch.fnmatch(name, each) or each.startswith(f"{name}/") for each in let_in), name
            assert (TOP / name).exists(), name


def test_what_images_set_are_settings():
    fields = {f"TRUNKLINE_{field}".upper() for member in members() for field in settings_of(member)[1].model_fields}
    assert {name for name in image_environment() if name.startswith("TRUNKLINE_")} <= fields


def test_nobody_runs_as_root_and_nothing_secret_is_within():
    assert list(instructions("USER"))[-1] == "10001:10001"
    given = [*image_environment(), *instructions("ARG")]
    assert not [name for name in given if re.search(r"(?i)password|secret|token|key", name)]


def test_pins_are_installed_by_hash_and_ours_without_an_index():
    (pins,) = (line for line in instructions("RUN") if "pins.txt" in line)
    assert "--require-hashes" in pins
    (own,) = (line for line in instructions("RUN") if "wheels" in line)
    assert "--no-index" in own


def test_hadolint_has_nothing_to_say():
    done = subprocess.run([tool("hadolint"), str(DOCKERFILE)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("reason", "expected"), [(None, 0), ("NATS is away", 1)])
async def test_health_check_asks_the_service(reason: str | None, expected: int):
    health, stopping, ready, port = Health("demo"), asyncio.Event(), asyncio.Event(), free_port()
    health.check("nats", lambda: reason)
    serving = asyncio.create_task(
        serve_asgi(health.app(), "127.0.0.1", port, stopping, on_started=lambda *_: ready.set())
    )
    await asyncio.wait_for(ready.wait(), 30)
    code, said = await probe(port)
    stopping.set()
    await serving
    assert code == expected
    assert (reason or '"ok": true') in said


async def test_health_check_of_a_dead_service_fails_with_a_reason():
    code, said = await probe(free_port())
    assert code == 1
    assert "refused" in said


async def probe(port: int) -> tuple[int | None, str]:
    """The image's health check, as the engine runs it."""
    (line,) = instructions("HEALTHCHECK")
    assert re.search(r'CMD \["python", "-I", "-S", ".*/healthcheck"\]', line)
    environment = {"TRUNKLINE_HEALTH_PORT": str(port)}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", str(HEALTHCHECK)), env=environment, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    return process.returncode, output.decode()
