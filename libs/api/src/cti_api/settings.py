"""What an administrator sets of every service that takes tokens alike."""

from pathlib import Path
from typing import Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from cti_runtime.site import SiteSettings
from pydantic import Field, field_validator, model_validator


class TokenSettings(SiteSettings):
    """Whose tokens count. One of `jwt_key_file` and `jwks_url` must be set, unless nobody needs a token."""

    jwt_key_file: Path | None = Field(None, description="PEM public key that tokens are verified with, or `jwks_url`")
    jwks_url: str | None = Field(
        None,
        pattern="^https?://",
        description="where an OpenID Connect issuer tells its keys (`jwks_uri`), instead of `jwt_key_file`",
    )
    jwks_max_age_s: float = Field(
        3600.0,
        gt=0,
        description="seconds after which the issuer's keys are fetched anew: a key taken back counts no longer",
    )
    jwks_pause_s: float = Field(
        10.0,
        gt=0,
        description="seconds between two fetches at least, whatever keys tokens name; a new key counts by then",
    )
    jwks_timeout_s: float = Field(5.0, gt=0, description="seconds for the issuer's answer")
    jwt_algorithms: tuple[str, ...] = Field(("EdDSA",), description="the only accepted signature algorithms")
    jwt_issuer: str = Field("trunkline-demo", description="who must have issued a token")
    jwt_audience: str = Field("trunkline", description="for whom a token must have been issued")

    @property
    def needs_token(self) -> bool:
        """Whether the service answers nobody without a token."""
        return True

    @field_validator("jwt_key_file")
    @classmethod
    def _key(cls, value: Path | None) -> Path | None:
        if value is not None:
            try:
                load_pem_public_key(value.read_bytes())
            except OSError as error:
                raise ValueError(f"cannot be read: {error.strerror}") from error
            except (ValueError, UnsupportedAlgorithm) as error:
                raise ValueError("holds no public key in PEM (BEGIN PUBLIC KEY)") from error
        return value

    @model_validator(mode="after")
    def _one_issuer(self) -> Self:
        if self.jwt_key_file is not None and self.jwks_url is not None:
            raise ValueError("jwt_key_file or jwks_url: only one of them can verify tokens")
        if self.needs_token and self.jwt_key_file is None and self.jwks_url is None:
            raise ValueError("jwt_key_file or jwks_url must be set: tokens are verified with its keys")
        return self


class ApiSettings(TokenSettings):
    """Where an HTTP API is, and who may ask. A service gives `http_port` its default."""

    http_host: str = Field("127.0.0.1", description="address of the HTTP API")
    http_port: int = Field(ge=0, le=65535, description="TCP port of the HTTP API; 0: any free one")
    auth: str = Field(
        "jwt", pattern="^(jwt|off)$", description="off: everybody is an administrator; never in production"
    )

    @property
    def needs_token(self) -> bool:
        """Whether the service answers nobody without a token."""
        return self.auth == "jwt"
