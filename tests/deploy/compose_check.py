"""`make compose-check`: build the images, bring the system up, use it, break it, take it down; one line a step.

It runs beside anything else: a project, ports, volumes and image tags of its own, which it removes. Exit status 0 when
all went well or there is no Docker engine (it says so), 1 otherwise.
"""

import sys
import time
from collections.abc import Callable

from cti_devstack.ports import free_port

from tests.deploy.client import Client
from tests.deploy.compose import Failed, Project, docker, missing, until

PROJECT = "trunkline-check"
PBXS = "asterisk", "freeswitch", "oktell", "webitel"
IMAGES = "call-journal", *(f"connector-{each}" for each in PBXS), "devstack", "directory", "push", "simulators"
# A process that is told twice leaves at once, as if it had crashed: not in order, and not at the engine's wish.
CRASH = "import os, signal; [os.kill(1, signal.SIGTERM) for _ in range(2)]"


class Check:
    """The steps, in order; each raises `Failed`."""

    def __init__(self) -> None:
        panel, journal, directory, nats = free_port(), free_port(), free_port(), free_port()
        self.project = Project(
            PROJECT,
            {
                "TRUNKLINE_VERSION": "check",
                "TRUNKLINE_PANEL_PORT": str(panel),
                "TRUNKLINE_JOURNAL_PORT": str(journal),
                "TRUNKLINE_DIRECTORY_PORT": str(directory),
                "TRUNKLINE_NATS_PORT": str(nats),
                "COMPOSE_PROFILES": ",".join(f"simulated-{each}" for each in PBXS[1:]),
                # Nobody has a browser open here.
                "TRUNKLINE_OKTELL_SIGN_IN": "always",
                "TRUNKLINE_WEBITEL_SIGN_IN": "always",
            },
        )
        self.client = Client(f"127.0.0.1:{panel}", f"127.0.0.1:{journal}")

    def steps(self) -> list[tuple[str, Callable[[], object]]]:
        """What is done, in words, and how."""
        return [
            ("the images are built", lambda: self.project.run("build", deadline_s=1800)),
            ("up, and everything is healthy", self._up),
            ("a sign-in link is to be had", self._sign_in),
            ("the panel's page and its modules are there", self.client.look_at_the_panel),
            ("the socket tells of a new call", self.client.hear_of_a_new_call),
            ("the journal has rows, at its own port and the panel's", lambda: self.client.rows(at_least=1)),
            ("each simulated PBX has its rows there", lambda: self.client.rows_of(PBXS)),
            ("push restarts in mid-call, the client resumes and misses nothing", self._restart_push_in_mid_call),
            ("the journal crashes, the engine brings it back, rows go on", self._crash_the_journal),
            ("down and up again: the history is still there", self._down_and_up),
            ("down with volumes leaves nothing", self._down),
        ]

    def _up(self) -> None:
        self.project.run("up", "--detach", "--wait", "--wait-timeout", "180")
        sick = [each for each in self.project.containers() if each.health not in ("healthy", "")]
        if sick:
            raise Failed(f"not healthy: {sick}")

    def _sign_in(self) -> None:
        self.client.sign_in(self.project.run("run", "--rm", "--no-TTY", "sign-in", "101").strip())

    def _restart_push_in_mid_call(self) -> None:
        self.client.follow_into_a_call()
        self.project.run("restart", "push")
        self.client.resume()

    def _crash_the_journal(self) -> None:
        rows, restarts = len(self.client.rows(at_least=1)), self.project.restarts("call-journal")
        self.project.run("exec", "--no-TTY", "call-journal", "python", "-c", CRASH)
        until("call-journal was started again", lambda: self.project.restarts("call-journal") > restarts)
        until("call-journal is healthy", lambda: self.project.container("call-journal").health == "healthy")
        self.client.rows(at_least=rows + 1)

    def _down_and_up(self) -> None:
        self.client.leave()
        before = {row["connection_id"] for row in self.client.rows(at_least=1)}
        self.project.run("down")
        self._up()
        # The token of before is still good, so the key pair is still the same.
        after = {row["connection_id"] for row in self.client.rows(at_least=len(before))}
        if not before <= after:
            raise Failed(f"rows are gone: {before - after}")

    def _down(self) -> None:
        self.project.run("down", "--volumes")
        left = self.project.left_over()
        if left:
            raise Failed(f"left over: {left}")


def main() -> int:
    """Do the steps; what was brought up is taken down in any case."""
    lacking = missing()
    if lacking is not None:
        print(f"compose-check skipped: {lacking}")
        return 0
    check = Check()
    try:
        for words, step in check.steps():
            print(f"{words} …", end=" ", flush=True)
            began = time.monotonic()
            step()
            print(f"{time.monotonic() - began:.1f} s", flush=True)
    except Failed as error:
        print(f"FAILED\n\n{check.project.run('logs', '--tail', '20', '--no-color')}\n{error}", flush=True)
        return 1
    finally:
        check.project.run("down", "--volumes")
        docker("image", "rm", "--force", *(f"trunkline/{name}:check" for name in IMAGES))
    return 0


if __name__ == "__main__":
    sys.exit(main())
