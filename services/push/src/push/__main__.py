"""`python -m push`: the service; `asyncapi`, `openapi`: its frames and its HTTP routes as documents; `password`: a
hash for the file of users.
"""

import getpass
import sys

from cti_bus import NO_START
from cti_runtime import run_service

from push import asyncapi, openapi
from push.app import serve
from push.login.passwords import BadUsers, hashed
from push.memory import settled_memory
from push.settings import NAME, PushSettings

if sys.argv[1:] == ["asyncapi"]:
    print(asyncapi.rendered(), end="")
elif sys.argv[1:] == ["openapi"]:
    print(openapi.rendered(), end="")
elif sys.argv[1:] == ["password"]:
    password = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    if not password:
        sys.exit("push password: no password was given")
    print(hashed(password))
else:
    with settled_memory():
        run_service(NAME, PushSettings, serve, plain=(*NO_START, BadUsers))
