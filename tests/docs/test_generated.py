"""Generated documents are what the code says; `make docs` writes them anew."""

import json
import re
import subprocess
import sys

import pytest
from cti_runtime.reference import installed, names, page

from tests.docs.documents import ROOT, text_of


def test_the_names_of_all_settings_are_those_of_the_classes():
    assert text_of("libs/runtime/src/cti_runtime/known.json") == names(installed())


def test_the_settings_page_is_what_the_classes_say():
    assert set(installed()) == {path.name for path in (ROOT / "services").iterdir() if (path / "src").exists()}
    assert text_of("docs/operations/settings.md") == page(installed())


@pytest.mark.parametrize("service", ["call-journal", "directory", "push"])
def test_a_services_openapi_is_what_its_routes_say(service):
    command = [sys.executable, "-m", service.replace("-", "_"), "openapi"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert text_of(f"docs/openapi-{service}.json") == done.stdout


def test_every_request_of_the_protocol_is_in_pushs_openapi():
    paths = json.loads(text_of("docs/openapi-push.json"))["paths"]
    described = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    told = set(re.findall(r"`(GET|POST) (/v1/\w+)`", text_of("docs/protocol.md")))
    assert described - told == {("POST", "/v1/login"), ("POST", "/v1/login/renew")}
    assert told <= described


def test_the_protocols_asyncapi_is_what_its_types_say():
    command = [sys.executable, "-m", "push", "asyncapi"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert text_of("docs/asyncapi-push.json") == done.stdout
