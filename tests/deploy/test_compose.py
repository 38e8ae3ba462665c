"""compose.yaml against what the services really are."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from cti_devstack import containers
from cti_devstack.keys import Issuer, secret_key
from cti_devstack.pbx import KINDS
from cti_runtime.settings import load_settings

from tests.deploy.files import (
    COMPOSE,
    DOCKERFILE,
    TOP,
    composed,
    image_environment,
    members,
    ours,
    settings_of,
    tool,
    variables,
)

SERVICES = composed()["services"]
SIMULATED = {"freeswitch", "oktell", "webitel"}
"""Those that a profile brings; the Asterisk is there by itself."""
Load = Callable[[str], Any]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Load:
    """The settings of a service as it gets them in its container, with the keys as `keys` makes them."""

    def load(member: str) -> Any:
        for name, value in (image_environment() | SERVICES[member]["environment"]).items():
            monkeypatch.setenv(name, str(value))
            if name.endswith("JWT_KEY_FILE"):
                monkeypatch.setenv(name, str(Issuer(tmp_path).public_key))
            if name.endswith("SECRET_KEY_FILE"):
                monkeypatch.setenv(name, str(secret_key(tmp_path / Path(value).parent.name, Path(value).stem)))
        section, cls = settings_of(member)
        return load_settings(cls, section)

    return load


def test_every_service_of_the_workspace_and_what_the_demo_has_beside_them_is_there():
    assert set(SERVICES) >= {*members(), *SIMULATED, "nats", "postgres", "asterisk", "keys", "sign-in"}


@pytest.mark.parametrize("member", members())
def test_every_variable_is_a_setting_and_every_default_is_accepted(member: str, load: Load):
    _, cls = settings_of(member)
    prefixes = "TRUNKLINE_", cls.model_config["env_prefix"]
    known = {f"{prefix}{field}".upper() for prefix in prefixes for field in cls.model_fields}
    assert {name for name in SERVICES[member]["environment"] if name.startswith("TRUNKLINE_")} <= known
    grace = SERVICES[member]["stop_grace_period"]
    assert float(grace.removesuffix("s")) > load(member).shutdown_deadline_s


@pytest.mark.parametrize("member", [name for name in members() if "ports" in SERVICES[name]])
def test_published_ports_are_listened_on_and_stay_on_this_machine(member: str, load: Load):
    (published,) = SERVICES[member]["ports"]
    address, _, inside = published.split(":")
    assert (address, int(inside)) == ("127.0.0.1", load(member).http_port)
    assert load(member).http_host == "0.0.0.0"


def test_addresses_lead_to_containers_that_listen_there(load: Load):
    found = {
        address
        for service in SERVICES.values()
        for value in service.get("environment", {}).values()
        for address in re.findall(r"://(?:[^@/]*@)?([a-z][a-z-]*:\d+)", str(value))
    }
    ours = {f"{name}:{load(name).http_port}" for name in ("call-journal", "directory")}
    assert found == {"nats:4222", "postgres:5432", "oktell:4055", "webitel:10025", *ours}
    put = {part for name in ("people-oktell", "people-webitel") for part in SERVICES[name]["command"]}
    assert {part.removeprefix("--directory=http://") for part in put} & ours == {
        f"directory:{load('directory').http_port}"
    }


@pytest.mark.parametrize("name", ["asterisk", *sorted(SIMULATED)])
def test_a_connector_finds_the_simulated_pbx_that_its_profile_brings(name: str, load: Load):
    simulated, connector = SERVICES[name], SERVICES[f"connector-{name}"]
    module, *arguments = simulated["command"]
    assert find_spec(f"{module}.__main__") is not None
    pbx = load(f"connector-{name}")
    address = getattr(pbx, "url", "") or f"tcp://{pbx.host}:{pbx.port}"
    (port,) = (part.removeprefix("--port=") for part in arguments if part.startswith("--port="))
    assert re.match(r"\w+://([\w-]+:\d+)", address)[1] == f"{name}:{port}"
    assert f":{port}" in str(simulated["healthcheck"]["test"]) or f", {port})" in str(simulated["healthcheck"]["test"])
    for credential in (("username", "secret"), ("password",)):
        if all(hasattr(pbx, each) for each in credential):
            plain = [getattr(pbx, each) for each in credential]
            said = ":".join(each if isinstance(each, str) else each.get_secret_value() for each in plain)
            assert {f"--user={said}", f"--password={said}"} & set(arguments)
    wanted = [] if name == "asterisk" else [f"simulated-{name}"]
    assert simulated.get("profiles", []) == wanted
    assert connector.get("profiles", []) == ([name, *wanted] if wanted else [])


@pytest.mark.parametrize("name", sorted(kind for kind in SIMULATED if KINDS[kind](0).credentials))
def test_where_operators_sign_in_themselves_their_credentials_are_put_first(name: str, load: Load):
    put, connector = SERVICES[f"people-{name}"], SERVICES[f"connector-{name}"]
    assert (put["profiles"], f"--pbx={name}" in put["command"]) == ([f"simulated-{name}"], True)
    after = {"condition": "service_completed_successfully", "required": False}  # not beside a real one
    assert connector["depends_on"][f"people-{name}"] == after
    keys = json.loads(SERVICES["directory"]["environment"]["TRUNKLINE_DIRECTORY_CONNECTOR_KEYS"])
    assert keys[name] == load(f"connector-{name}").credentials_key.get_secret_value()
    assert load("directory").keys_of_connectors().keys() == keys.keys()


def test_images_are_named_for_what_is_in_them_and_come_from_no_registry():
    built = {name: each for name, each in ours().items() if "build" in each}
    assert built.keys() >= set(members())
    for name, service in built.items():
        inside = service["build"]["args"]["SERVICE"]
        assert service["image"] == f"trunkline/{inside}:dev"
        assert name not in members() or name == inside
        assert TOP / service["build"]["dockerfile"] == DOCKERFILE
    assert {each["image"] for each in ours().values()} == {each["image"] for each in built.values()}
    assert {each["pull_policy"] for each in ours().values()} == {"never"}


def test_servers_are_those_that_tests_use():
    assert SERVICES["nats"]["image"] == containers.NATS_IMAGE
    assert SERVICES["postgres"]["image"] == containers.POSTGRES_IMAGE


def test_what_is_built_here_may_do_little():
    for name, service in ours().items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "privileged" not in service, name
        assert "mem_limit" in service, name


def test_what_runs_for_ever_is_started_again_and_watched():
    once = {"keys", "sign-in", "people-oktell", "people-webitel"}
    for name, service in SERVICES.items():
        assert service["restart"] == ("no" if name in once else "unless-stopped"), name
        watched = "healthcheck" in service or name in members()  # the image of a service has its own
        assert watched, name


def test_nobody_waits_for_what_never_comes():
    for name, service in SERVICES.items():
        for needed, how in service.get("depends_on", {}).items():
            ends = SERVICES[needed]["restart"] == "no"
            assert (how["condition"] == "service_completed_successfully") == ends, (name, needed)


def test_only_the_issuer_has_the_private_key():
    mounted = [(name, volume) for name, service in SERVICES.items() for volume in service.get("volumes", ())]
    tools = {"sign-in", "people-oktell", "people-webitel"}
    assert {name for name, volume in mounted if volume.startswith("issuer:")} == {"keys", *tools}
    assert {name for name, volume in mounted if volume.startswith("secrets:")} == {"keys", "directory"}
    public = [(name, volume) for name, volume in mounted if volume.startswith("public-key:")]
    assert {name for name, volume in public if not volume.endswith(":ro")} == {"keys"}


def test_passwords_are_of_a_demo_and_say_so():
    text = COMPOSE.read_text()
    defaults = dict(re.findall(r"\$\{(\w*(?:PASSWORD|SECRET)\w*):-([^}]*)\}", text))
    pbxs = {"TRUNKLINE_ASTERISK_SECRET", "TRUNKLINE_FREESWITCH_PASSWORD", "TRUNKLINE_WEBITEL_SECRET"}
    assert set(defaults) == {"TRUNKLINE_NATS_PASSWORD", "TRUNKLINE_POSTGRES_PASSWORD", *pbxs}
    assert all(value.startswith("demo-only-") for value in defaults.values())


def test_every_variable_is_explained():
    page = (TOP / "docs" / "operations" / "compose.md").read_text()
    assert {name for name in variables() if f"`{name}`" not in page} == set()


def test_yaml_is_tidy():
    done = subprocess.run(
        [tool("yamllint"), "--strict", "compose.yaml"], cwd=TOP, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_compose_understands_it():
    if shutil.which("docker") is None or docker_compose("version").returncode != 0:
        pytest.skip("docker compose is not here")
    command = ("--file", str(COMPOSE), "--env-file", os.devnull)
    for profile in ("tools", *sorted(SIMULATED), *(f"simulated-{each}" for each in sorted(SIMULATED))):
        done = docker_compose(*command, "--profile", profile, "config", "--quiet")
        assert done.returncode == 0, (profile, done.stderr)


def docker_compose(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["docker", "compose", *arguments], capture_output=True, text=True, check=False)


def test_nats_understands_its_configuration():
    command = [tool("nats-server"), "-t", "--config", str(TOP / "deploy" / "nats" / "nats.conf")]
    done = subprocess.run(command, env={"NATS_PASSWORD": '"12345"'}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
