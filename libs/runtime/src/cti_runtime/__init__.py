"""What every service needs: settings, logs, telemetry, health, lifecycle. Knows neither model nor bus."""

from cti_runtime.errors import PortBusy, ServiceError, SettingsError, StartFailed
from cti_runtime.health import Health, Probe, Progress
from cti_runtime.lifecycle import Runtime, run_service, run_until_stopped
from cti_runtime.logs import setup_logging
from cti_runtime.settings import ServiceSettings, load_settings
from cti_runtime.telemetry import Telemetry, setup_telemetry
from cti_runtime.web import bind, serve_asgi

__all__ = [
    "Health",
    "PortBusy",
    "Probe",
    "Progress",
    "Runtime",
    "ServiceError",
    "ServiceSettings",
    "SettingsError",
    "StartFailed",
    "Telemetry",
    "bind",
    "load_settings",
    "run_service",
    "run_until_stopped",
    "serve_asgi",
    "setup_logging",
    "setup_telemetry",
]
