"""Making the server's streams agree with their declaration."""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

import nats.errors
from nats.js import errors as js_errors
from nats.js.api import StreamConfig

from cti_bus.connection import Bus
from cti_bus.errors import ConnectFailed, StreamIncompatible
from cti_bus.streams import ALL, StreamSpec, config_of

_log = logging.getLogger("cti_bus.streams")


async def ensure(
    bus: Bus,
    replicas: int | None = None,
    *,
    specs: Iterable[StreamSpec] = ALL,
    max_age_s: Mapping[str, float] | None = None,
    deadline_s: float = 60.0,
) -> None:
    """Create what is missing, update what differs, leave alone what agrees. Repeatable, from any number of processes.

    Waits for a cluster that has no leader yet until `deadline_s`, then raises `ConnectFailed`. A definition that the
    server cannot change into ours raises `StreamIncompatible`; nothing is ever deleted. `max_age_s` overrides the
    retention by stream name: it is the knob of a large site. `replicas`: of every stream; None makes new ones with one
    and leaves those that are there as they are, so that nobody shrinks a cluster's streams by not saying anything.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + deadline_s
    for spec in specs:
        if max_age_s and spec.name in max_age_s:
            spec = replace(spec, max_age_s=max_age_s[spec.name])
        config = config_of(spec, replicas or 1)
        delay_s = 0.1
        while True:
            try:
                await _ensure_one(bus, config, keep_replicas=replicas is None)
                break
            except (js_errors.Error, nats.errors.Error, TimeoutError) as error:
                if isinstance(error, js_errors.APIError) and not _passes(error):
                    raise StreamIncompatible(f"stream {spec.name}: {error.description}") from error
                if loop.time() + delay_s > deadline:
                    raise ConnectFailed(f"stream {spec.name} not ready after {deadline_s:g} s: {error}") from error
                _log.info("stream %s not ready yet: %s", spec.name, error)
                await asyncio.sleep(delay_s)
                delay_s = min(delay_s * 2, 2.0)


# A cluster whose nodes are still joining says "no suitable peers"; the 500s are wrong definitions despite their class.
_NO_SUITABLE_PEERS: Final = 10005
_WRONG_DEFINITION: Final = (10052, 10074)


def _passes(error: js_errors.APIError) -> bool:
    """Whether the same request may succeed later."""
    if error.err_code == _NO_SUITABLE_PEERS:
        return True
    return error.err_code not in _WRONG_DEFINITION and (error.code or 0) >= 500


async def _ensure_one(bus: Bus, wanted: StreamConfig, *, keep_replicas: bool) -> None:
    name = str(wanted.name)
    try:
        found = (await bus.js.stream_info(name)).config
    except js_errors.NotFoundError:
        await bus.js.add_stream(wanted)
        _log.info("stream %s created", name)
        return
    if keep_replicas:
        wanted = wanted.evolve(num_replicas=found.num_replicas)
    changes = differences(wanted, found)
    if changes:
        await bus.js.update_stream(found.evolve(**{field: getattr(wanted, field) for field in changes}))
        _log.warning("stream %s changed: %s", name, ", ".join(f"{k} {v[0]} -> {v[1]}" for k, v in changes.items()))


def differences(wanted: StreamConfig, found: StreamConfig) -> dict[str, tuple[object, object]]:
    """Which declared fields differ, as field -> (found, wanted). Fields that we do not declare stay as they are."""
    result: dict[str, tuple[object, object]] = {}
    for field in _DECLARED:
        have, want = getattr(found, field), getattr(wanted, field)
        if field == "subjects":
            have, want = sorted(have or ()), sorted(want or ())
        if (have or None) != (want or None):
            result[field] = (have, want)
    return result


_DECLARED: Final = (
    "description",
    "subjects",
    "retention",
    "storage",
    "num_replicas",
    "max_age",
    "max_bytes",
    "max_msgs_per_subject",
    "duplicate_window",
    "discard",
    "deny_delete",
    "allow_rollup_hdrs",
    "allow_direct",
    "allow_msg_ttl",
    "subject_delete_marker_ttl",
)
