"""A service for test_lifecycle: how it behaves is a setting."""

import asyncio
import gc

from cti_runtime import Runtime, ServiceSettings, run_service, run_until_stopped
from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict


class ServerAway(Exception):
    """What a library raises that knows nothing of the runtime."""


class Settings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="TRUNKLINE_SUT_")

    mode: str = "orderly"
    secret: SecretStr = SecretStr("hunter2")


async def serve(settings: Settings, runtime: Runtime) -> None:
    runtime.health.check("mode", lambda: "asked to be" if settings.mode == "unready" else None)
    if settings.mode == "fails":
        raise ValueError("it broke")
    if settings.mode == "away":
        raise ServerAway("no server at 192.0.2.1 after 30 s")
    if settings.mode == "group":
        await asyncio.gather(in_group(), in_group())
    if settings.mode == "ends":
        return
    runtime.log.info("serving", loop=type(asyncio.get_running_loop()).__module__, frozen=gc.get_freeze_count())
    if settings.mode == "stubborn":
        while True:
            try:
                await asyncio.sleep(100)
            except asyncio.CancelledError:
                runtime.log.info("cancelled")
                raise
    await run_until_stopped(runtime.stopping, asyncio.sleep(100))
    runtime.log.info("cleaned up")


async def in_group() -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.sleep(0, ValueError))
        raise KeyError("inner")


if __name__ == "__main__":
    run_service("sut", Settings, serve, plain=(ServerAway,), version="1.2.3")
