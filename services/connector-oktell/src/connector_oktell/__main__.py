"""`python -m connector_oktell`."""

from cti_bus import NO_START
from cti_runtime import run_service

from connector_oktell.app import serve
from connector_oktell.settings import NAME, OktellSettings

run_service(NAME, OktellSettings, serve, plain=NO_START)
