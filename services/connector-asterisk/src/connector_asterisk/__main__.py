"""`python -m connector_asterisk`."""

from cti_runtime import run_service

from connector_asterisk.app import serve
from connector_asterisk.settings import NAME, AsteriskSettings

run_service(NAME, AsteriskSettings, serve)
