"""Where a setting comes from, and how a wrong one is reported."""

import re
from pathlib import Path
from typing import Self

import pytest
from cti_runtime import ServiceSettings, SettingsError, load_settings
from cti_runtime.settings import describe, strays
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict


class Bound(BaseModel):
    model_config = ConfigDict(extra="forbid")

    most: int = 1


class Demo(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="TRUNKLINE_DEMO_")

    nats_url: str = "nats://default"
    dsn: SecretStr = SecretStr("default")
    window: int = Field(10, gt=0)
    limits: dict[str, int] = Field(default_factory=dict)
    bounds: dict[str, Bound] = Field(default_factory=dict)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "trunkline.toml"


def test_order_of_sources(file: Path, monkeypatch: pytest.MonkeyPatch):
    assert load_settings(Demo, "demo").nats_url == "nats://default"
    file.write_text('[common]\nnats_url = "nats://common"\npool_size = 9\n')
    assert load_settings(Demo, "demo", file).nats_url == "nats://common"
    file.write_text('[common]\nnats_url = "nats://common"\n[demo]\nnats_url = "nats://file"\nwindow = 3\n')
    assert load_settings(Demo, "demo", file).nats_url == "nats://file"
    monkeypatch.setenv("TRUNKLINE_NATS_URL", "nats://site")
    assert load_settings(Demo, "demo", file).nats_url == "nats://site"
    monkeypatch.setenv("TRUNKLINE_DEMO_NATS_URL", "nats://own")
    assert load_settings(Demo, "demo", file).nats_url == "nats://own"
    assert load_settings(Demo, "demo", file, nats_url="nats://argument").nats_url == "nats://argument"
    assert load_settings(Demo, "demo", file).window == 3


def test_file_named_by_the_environment(file: Path, monkeypatch: pytest.MonkeyPatch):
    file.write_text("[demo]\nwindow = 4\n")
    monkeypatch.setenv("TRUNKLINE_CONFIG", str(file))
    assert load_settings(Demo, "demo").window == 4


def test_tables_of_other_services_are_not_ours(file: Path):
    file.write_text("[push]\nwhatever = 4\n")
    assert load_settings(Demo, "demo", file).window == 10


def test_every_bad_field_is_named_at_once_and_no_value_is_shown(file: Path, monkeypatch: pytest.MonkeyPatch):
    file.write_text('[demo]\nwindow = 0\ntypo = 1\nlog_level = "hunter2"\ndsn = 17\n')
    with pytest.raises(SettingsError) as caught:
        load_settings(Demo, "demo", file)
    text = "\n".join(sorted(caught.value.problems))
    assert "demo.typo: there is no such setting" in text
    assert "demo.window: Input should be greater than 0 (set window in [demo], or TRUNKLINE_DEMO_WINDOW)" in text
    assert "demo.log_level" in text
    assert "demo.dsn" in text
    assert "hunter2" not in text
    assert len(caught.value.problems) == 4


@pytest.mark.parametrize(
    ("content", "expected"),
    [("[demo", "is not TOML"), ("demo = 1", "must be a table")],
)
def test_broken_file(file: Path, content: str, expected: str):
    file.write_text(content)
    with pytest.raises(SettingsError, match=expected):
        load_settings(Demo, "demo", file)


def test_missing_file(file: Path):
    with pytest.raises(SettingsError, match="cannot read"):
        load_settings(Demo, "demo", file)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("[demo]\nwindwo = 1", "demo.windwo: there is no such setting; did you mean window?"),
        ("[demo]\nNATS-URL = 1", "demo.NATS-URL: there is no such setting; did you mean nats_url?"),
        ("[demo]\nxyz = 1", "demo.xyz: there is no such setting"),
        ("[demo.bounds.low]\nmots = 1", "demo.bounds.low.mots: there is no such setting; did you mean most?"),
        ("[demp]\nwindow = 1", "[demp]: there is no such table; did you mean [demo]?"),
        ("[oktell]\nurl = 1", "[oktell]: there is no such table; did you mean [connector-oktell]?"),
        ("[[journal]]\nx = 1", "journal: stands in no table; put it into [common] or [demo]"),
        ('nats_url = "x"', "nats_url: stands in no table; put it into [common] or [demo]"),
        ("[common]\nnats_ulr = 1", "common.nats_ulr: no service has such a setting; did you mean nats_url?"),
        ("[common]\nwindwo = 1", "common.windwo: no service has such a setting; did you mean window?"),
    ],
)
def test_what_nobody_knows_is_an_error_with_the_nearest_name(file: Path, content: str, expected: str):
    file.write_text(content)
    with pytest.raises(SettingsError) as caught:
        load_settings(Demo, "demo", file)
    assert caught.value.problems == [expected]


@pytest.mark.parametrize("where", ["common", "demo"])
def test_a_service_of_the_sites_own_is_named_to_all_others(file: Path, where: str):
    file.write_text(f'[{where}]\nown_services = ["connector-lines"]\n[connector-lines]\nsecret = "x"\n[common.x]\n')
    with pytest.raises(SettingsError, match=r"^common\.x: no service has such a setting$"):
        load_settings(Demo, "demo", file)


def test_a_variable_of_ours_that_no_field_has_is_a_stray(monkeypatch: pytest.MonkeyPatch):
    for name in ("WINDOW", "LIMITS__A", "HEALTH_PORT", "WINDWO", "LIMTIS__A", "XYZ"):
        monkeypatch.setenv(f"TRUNKLINE_DEMO_{name}", "1")
    monkeypatch.setenv("TRUNKLINE_OTHER_WINDWO", "1")
    assert strays(Demo) == {
        "TRUNKLINE_DEMO_LIMTIS__A": "TRUNKLINE_DEMO_LIMITS",
        "TRUNKLINE_DEMO_WINDWO": "TRUNKLINE_DEMO_WINDOW",
        "TRUNKLINE_DEMO_XYZ": None,
    }


@pytest.mark.parametrize("variable", ["TRUNKLINE_DEMO_LIMITS", "TRUNKLINE_LIMITS"])
def test_a_variable_that_is_no_json_is_named_without_its_value(variable: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(variable, "{hunter2")
    with pytest.raises(SettingsError, match=f"^{variable}: a list or object in JSON is needed: ") as caught:
        load_settings(Demo, "demo")
    assert "hunter2" not in str(caught.value)


class Pair(Demo):
    @model_validator(mode="after")
    def _two(self) -> Self:
        raise ValueError("one or other must be set")


def test_what_several_fields_do_wrong_tells_where_to_set_them():
    with pytest.raises(SettingsError, match=re.escape("(settings of [demo], variables TRUNKLINE_DEMO_…)")):
        load_settings(Pair, "demo")


def test_description_hides_secrets(file: Path):
    file.write_text('[demo]\ndsn = "postgres://u:hunter2@h/d"\nnats_url = "nats://u:hunter2@a,nats://u:hunter2@b"\n')
    text = describe(load_settings(Demo, "demo", file), "demo")
    assert "hunter2" not in text
    assert 'dsn = "**********"' in text
    assert 'nats_url = "nats://u:**********@a,nats://u:**********@b"' in text
    assert "window = 10" in text
