"""The service as a process, and what is done by hand beside it."""

import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest
from cti_bus import Bucket, connect
from cti_devstack.demo import put_people
from cti_devstack.keys import ISSUER, Issuer, secret_key
from cti_devstack.ports import free_port
from cti_devstack.process import Child
from cti_model import subjects
from cti_model.directory import IdentifyReply, IdentifyRequest, UserEntry
from directory.settings import DirectorySettings
from pydantic import ValidationError

CSV = "external_id,name,phone\nc1,Ivan Petrov,8 916 123-45-67\nc2,,1\n"


def by_hand(dsn: str, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {"TRUNKLINE_DIRECTORY_DATABASE_URL": dsn, **more}
    command = [sys.executable, "-m", "directory", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=90, check=False)


def test_a_file_is_imported_and_numbers_are_read_anew(empty_postgres_dsn, tmp_path):
    file = tmp_path / "people.csv"
    file.write_text(CSV)
    first = by_hand(empty_postgres_dsn, "import", str(file), "--tenant", "acme")
    assert (first.returncode, first.stdout) == (1, "1 created, 0 updated, 0 unchanged, 1 bad\n")
    assert first.stderr == f"{file}:3: name is empty\n"
    file.write_text(CSV.replace("c2,,1\n", ""))
    again = by_hand(empty_postgres_dsn, "import", str(file), "--tenant", "acme")
    assert (again.returncode, again.stdout) == (0, "0 created, 0 updated, 1 unchanged, 0 bad\n")
    anew = by_hand(empty_postgres_dsn, "renumber", "--tenant", "acme", TRUNKLINE_DIRECTORY_REGION="DE")
    assert (anew.returncode, anew.stdout) == (0, "1 numbers changed\n")
    assert by_hand(empty_postgres_dsn, "rotate").stdout == "0 secrets sealed anew\n"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("import", "/gone.csv"), 1, "gone.csv"),
        (("import", __file__), 1, "columns"),
        (("import", __file__, "--tenant", "a.b"), 1, "a.b"),
        (("import",), 2, "FILE"),
    ],
)
def test_what_cannot_be_done_is_said(postgres_dsn, arguments, code, words):
    done = by_hand(postgres_dsn, *arguments)
    assert (done.returncode, words in done.stderr, "Traceback" in done.stderr) == (code, True, False)


def test_settings_that_cannot_be_are_refused():
    for bad in ({"region": "XX"}, {"external_url": "https://crm.example/"}, {"secret_keys": "short"}, {"auth": "jwt"}):
        with pytest.raises(ValidationError):
            DirectorySettings(**({"auth": "off"} | bad))
    assert "b2xk" not in repr(DirectorySettings(auth="off", secret_keys="b2xk" * 10 + "b2w="))


class Service:
    """One that runs."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.token = token

    def get(self, path: str, **params: str) -> dict:
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.get(self.url + path, params=params, headers=headers, timeout=60).raise_for_status().json()


@pytest.fixture
def service(nats_server, empty_postgres_dsn, tmp_path: Path) -> Iterator[Service]:
    issuer, port, health = Issuer(tmp_path / "keys"), free_port(), free_port()
    settings = {
        "DATABASE_URL": empty_postgres_dsn, "NATS_URL": nats_server.url,
        "HTTP_PORT": str(port), "HEALTH_PORT": str(health),
        "JWT_KEY_FILE": str(issuer.public_key), "JWT_ISSUER": ISSUER,
        "SECRET_KEY_FILE": str(secret_key(tmp_path / "keys")),
    }  # fmt: skip
    environment = {f"TRUNKLINE_DIRECTORY_{name}": value for name, value in settings.items()}
    child = Child("directory", [sys.executable, "-m", "directory"], tmp_path / "directory.log", environment)

    def ready() -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{health}/readyz", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    child.start()
    try:
        child.wait_until(ready, 90)
        yield Service(f"http://127.0.0.1:{port}", issuer.token("boss", "demo", ("admin",)))
        child.stop(deadline_s=60)
        assert child.exit_code == 0, child.tail()
        assert "Traceback" not in child.log.read_text()
    finally:
        child.kill9()


async def test_the_demos_people_are_found_over_http_and_nats(service, nats_server):
    for _ in range(2):
        put_people(service.url, service.token)
    assert [each["id"] for each in service.get("/v1/users")["items"]] == ["101", "102", "103", "104"]
    assert len(service.get("/v1/extensions")["items"]) == 4
    ivan = service.get("/v1/identify", number="+7 916 123-45-67")["candidates"][0]
    assert (ivan["name"], ivan["detail"], ivan["match"]) == ("Ivan Petrov", "Head of sales", "e164")
    assert service.get("/v1/identify", number="103")["candidates"][0]["user"] == "103"
    assert service.get("/v1/search", name="соколова")["by_name"][0]["name"] == "Елена Соколова"
    async with await connect(nats_server.url, "test") as bus:
        question = msgspec.json.encode(IdentifyRequest(number="84957397000"))
        reply = msgspec.json.decode(
            (await bus.request(subjects.identify("demo"), question, timeout_s=60)).body, type=IdentifyReply
        )
        assert reply.candidates[0].name == "OOO Romashka"
        bucket = Bucket(bus, "cti_directory")
        entry = None
        while entry is None:  # told a moment after the change; pytest's deadline ends this
            entry = await bucket.get(subjects.directory_user("demo", "104"))
            if entry is not None and not msgspec.json.decode(entry.value, type=UserEntry).extensions:
                entry = None
        assert msgspec.json.decode(entry.value, type=UserEntry).name == "Dmitry Orlov"
