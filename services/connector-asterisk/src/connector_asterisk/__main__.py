"""`python -m connector_asterisk`."""

from cti_bus import NO_START
from cti_runtime import run_service

from connector_asterisk.app import serve
from connector_asterisk.settings import NAME, AsteriskSettings

run_service(NAME, AsteriskSettings, serve, plain=NO_START)
