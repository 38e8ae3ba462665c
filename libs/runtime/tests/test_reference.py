"""The page of settings says what the classes say."""

from pathlib import Path
from typing import Literal

from cti_runtime.reference import page
from cti_runtime.site import SiteSettings
from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict


class Demo(SiteSettings):
    model_config = SettingsConfigDict(env_prefix="TRUNKLINE_DEMO_")

    mode: Literal["a", "b"] = Field("a", description="how")
    kind: str = Field("x", pattern="^(x|y)$", description="which")
    port: int = Field(5, ge=1, le=9, description="where")
    share: float = Field(0.5, gt=0, lt=1, description="how much")
    key: Path = Field(description="which key")
    secret: SecretStr = Field(SecretStr("hunter2"), description="nobody's business")
    folder: Path | None = Field(None, description="whereto")
    names: list[str] = Field(default_factory=list, description="who")


def test_each_setting_is_a_row_with_its_variable_bounds_default_and_meaning():
    rows = page({"demo": Demo}).splitlines()
    for row in (
        "| `TRUNKLINE_TENANT` | `^[A-Za-z0-9_-]{1,64}$` | `demo` | The company: second token of each subject. |",
        "| `TRUNKLINE_DEMO_MODE` | `a`, `b` | `a` | how |",
        "| `TRUNKLINE_DEMO_KIND` | `^(x\\|y)$` | `x` | which |",
        "| `TRUNKLINE_DEMO_PORT` | integer from 1 to 9 | `5` | where |",
        "| `TRUNKLINE_DEMO_SHARE` | number above 0 below 1 | `0.5` | how much |",
        "| `TRUNKLINE_DEMO_KEY` | path | **must be set** | which key |",
        "| `TRUNKLINE_DEMO_SECRET` | password | none | nobody's business |",
        "| `TRUNKLINE_DEMO_FOLDER` | path | none | whereto |",
        "| `TRUNKLINE_DEMO_NAMES` | list | `[]` | who |",
    ):
        assert row in rows


def test_what_all_share_is_said_once():
    text = page({"demo": Demo, "other": SiteSettings})
    assert text.count("TRUNKLINE_TENANT`") == 1
    assert "hunter2" not in text
    assert text.index("## demo: `[demo]`") < text.index("## other: `[other]`")
