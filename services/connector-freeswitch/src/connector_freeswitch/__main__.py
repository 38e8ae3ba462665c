"""`python -m connector_freeswitch`."""

from cti_bus import NO_START
from cti_runtime import run_service

from connector_freeswitch.app import serve
from connector_freeswitch.settings import NAME, FreeSwitchSettings

run_service(NAME, FreeSwitchSettings, serve, plain=NO_START)
