"""`python -m connector_webitel`."""

from cti_bus import NO_START
from cti_runtime import run_service

from connector_webitel.app import serve
from connector_webitel.settings import NAME, WebitelSettings

run_service(NAME, WebitelSettings, serve, plain=NO_START)
