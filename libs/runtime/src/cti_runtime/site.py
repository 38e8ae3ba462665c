"""The settings that all services of a site share: where NATS is, and for which company they work."""

from pydantic import Field

from cti_runtime.settings import ServiceSettings


class SiteSettings(ServiceSettings):
    """Set once for all: `TRUNKLINE_NATS_URL`, `TRUNKLINE_TENANT` and so on, or `[common]` in the file."""

    nats_url: str = Field("nats://127.0.0.1:4222", description="NATS servers, separated by commas.")
    nats_replicas: int | None = Field(
        None, ge=1, le=5, description="Copies of each stream; 3 in a cluster. Not set: one of new streams, others stay."
    )
    tenant: str = Field(
        "demo", pattern=r"^[A-Za-z0-9_-]{1,64}$", description="The company: second token of each subject."
    )
