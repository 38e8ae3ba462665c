"""Settings of a service: arguments over environment over a TOML file over defaults.

One file serves all services of a site: a table per service, and `[common]` for what several of them share
(`nats_url`). The environment has the same two levels: `TRUNKLINE_JOURNAL_NATS_URL` over `TRUNKLINE_NATS_URL`.
"""

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as EnvironmentProblem

from cti_runtime.errors import SettingsError
from cti_runtime.known import COMMON_SECTION, did_you_mean, keys_at, nearest, unknown_names
from cti_runtime.logs import hide_url_passwords

COMMON_PREFIX = "TRUNKLINE_"
CONFIG_VARIABLE = "TRUNKLINE_CONFIG"


class ServiceSettings(BaseSettings):
    """What every service has. A service subclasses it and sets its own `env_prefix` in `model_config`.

    House rule: a number carries its unit in its name, and its description says why it is that number. Secrets are
    `SecretStr`: they appear in no log and no `--check-config`.
    """

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix=COMMON_PREFIX, env_nested_delimiter="__", validate_default=True
    )

    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged.")
    log_format: Literal["json", "console"] = Field("json", description="json for machines, console for people.")
    health_host: str = Field("127.0.0.1", description="Where /healthz and /readyz listen; 0.0.0.0 in a container.")
    health_port: int = Field(0, ge=0, le=65535, description="Port of /healthz and /readyz; 0 takes a free one.")
    shutdown_deadline_s: float = Field(
        20.0, gt=0, description="Seconds to finish after SIGTERM; below the 30 s that Kubernetes grants before SIGKILL."
    )
    own_services: tuple[str, ...] = Field(
        (), description="Services of your own with a table in the same file; other tables that nobody knows are errors."
    )


S = TypeVar("S", bound=ServiceSettings)


def load_settings(cls: type[S], section: str, config_file: str | Path | None = None, **overrides: Any) -> S:
    """The effective settings, or `SettingsError` naming every bad field at once.

    Later wins: defaults, `[common]`, `[<section>]`, `TRUNKLINE_*`, the class's own prefix, `overrides`. Errors are also
    keys of `[<section>]` that are no field, keys of `[common]` that no service has, and tables of no service; the keys
    of other services' tables are theirs to judge. Without `config_file` the variable TRUNKLINE_CONFIG names the file;
    without both there is none.
    """
    path = config_file or os.environ.get(CONFIG_VARIABLE) or None
    file = {} if path is None else _read(Path(path))
    common = _table(file, COMMON_SECTION, path)
    values = _merge({name: common[name] for name in common if name in cls.model_fields}, _table(file, section, path))
    settings: S | None = None
    problems: list[str] = []
    try:
        for prefix in dict.fromkeys((COMMON_PREFIX, cls.model_config.get("env_prefix") or COMMON_PREFIX)):
            values = _merge(values, EnvSettingsSource(cls, env_prefix=prefix)())
        settings = cls(**_merge(values, overrides))
    except EnvironmentProblem as error:
        problems = _unreadable(cls) or [f"{section}: {error}"]
    except ValidationError as error:
        problems = [_problem(cls, section, detail) for detail in error.errors()]
    problems += unknown_names(file, section, cls.model_fields, values.get("own_services"))
    if problems or settings is None:
        raise SettingsError(problems)
    return settings


def describe(settings: ServiceSettings, section: str) -> str:
    """The effective settings as TOML, secrets and passwords in URLs hidden."""
    lines = [f"[{section}]"]
    for name, value in settings.model_dump(mode="json").items():
        text = hide_url_passwords(json.dumps(value, ensure_ascii=False))
        lines.append(f"# {name} is not set" if value is None else f"{name} = {text}")
    return "\n".join(lines)


def variable_of(cls: type[ServiceSettings], name: str) -> str:
    """The environment variable of a field."""
    return f"{cls.model_config.get('env_prefix') or ''}{name}".upper()


def strays(cls: type[ServiceSettings]) -> dict[str, str | None]:
    """Variables with the class's own prefix that set nothing: misspelt, or of another version; and the one meant."""
    prefix = (cls.model_config.get("env_prefix") or COMMON_PREFIX).upper()
    known = {variable_of(cls, name) for name in cls.model_fields}
    given = sorted(name for name in os.environ if prefix != COMMON_PREFIX and name.upper().startswith(prefix))
    heads = {name: name.upper().partition("__")[0] for name in given}
    return {name: _meant(head, prefix, known) for name, head in heads.items() if head not in known}


def stray_lines(cls: type[ServiceSettings], section: str) -> list[str]:
    """`strays` in words, a line for each."""
    return [
        f"{section}: {variable}: there is no such setting" + (f"; did you mean {meant}?" if meant else "")
        for variable, meant in strays(cls).items()
    ]


def secret_text(value: SecretStr, file: Path | None, name: str) -> str:
    """The secret of a setting, or of its `<name>_file` where one is set; for validators: raises `ValueError`."""
    if file is None:
        return value.get_secret_value()
    if value.get_secret_value():
        raise ValueError(f"{name} or {name}_file: only one of them can be meant")
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ValueError(f"{name}_file cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{name}_file is no text") from error


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError([f"cannot read {path}: {error.strerror}"]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError([f"{path} is not TOML: {error}"]) from error


def _table(file: Mapping[str, Any], name: str, path: str | Path | None) -> dict[str, Any]:
    table = file.get(name, {})
    if not isinstance(table, dict):
        raise SettingsError([f"{path}: {name} must be a table: [{name}]"])
    return table


def _meant(variable: str, prefix: str, known: set[str]) -> str | None:
    """The known variable that is nearest: what all have in common says nothing."""
    found = nearest(variable.removeprefix(prefix), {name.removeprefix(prefix) for name in known})
    return None if found is None else prefix + found


def _merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Values of `above` over those of `below`, table by table."""
    result = dict(below)
    for name, value in above.items():
        old = result.get(name)
        result[name] = _merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return result


def _unreadable(cls: type[ServiceSettings]) -> list[str]:
    """A line for each variable of a list or object that is no JSON. Never the value: it may be a secret."""
    problems = []
    for name, field in cls.model_fields.items():
        for variable in dict.fromkeys((f"{COMMON_PREFIX}{name}".upper(), variable_of(cls, name))):
            if EnvSettingsSource(cls).field_is_complex(field) and (text := os.environ.get(variable)) is not None:
                try:
                    json.loads(text)
                except ValueError as error:
                    problems.append(f"{variable}: a list or object in JSON is needed: {error}")
    return problems


def _problem(cls: type[ServiceSettings], section: str, detail: Mapping[str, Any]) -> str:
    """One line: field, what is wrong, where to set it. Never the value: it may be a secret."""
    path = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "extra_forbidden":
        meant = did_you_mean(str(detail["loc"][-1]), keys_at(cls.model_json_schema(), detail["loc"][:-1]))
        return f"{section}.{path}: there is no such setting{meant}"
    why = str(detail["msg"]).removeprefix("Value error, ")
    if not path:
        return f"{why} (settings of [{section}], variables {variable_of(cls, '…')})"
    variable = variable_of(cls, "__".join(str(part) for part in detail["loc"]))
    return f"{section}.{path}: {why} (set {path} in [{section}], or {variable})"
