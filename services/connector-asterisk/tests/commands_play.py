"""A session fed with recordings of real servers, for tests of commands: what was sent, and what was answered."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from connector_asterisk.actions import Options
from connector_asterisk.channels import State
from connector_asterisk.picture import Picture
from connector_asterisk.session import AmiSession
from cti_connector.session import Turn
from cti_model.calls import Command, Connection
from cti_model.commands import CommandRequest, CommandResult, validated
from cti_model.events import CallEvent
from cti_simulators.traces import load_trace

TRACES = Path(__file__).parents[3] / "tests" / "data" / "traces"
AT = datetime(2026, 11, 20, tzinfo=UTC)
BANNERS = {22: "Asterisk Call Manager/11.0.0", 13: "Asterisk Call Manager/2.10.6", 11: "Asterisk Call Manager/1.3"}
TECH = {22: "PJSIP", 13: "SIP", 11: "SIP"}
VERSIONS = [22, 13, 11]


def options(major: int, **changes) -> Options:
    return replace(Options(protocol=TECH[major], originate_context="internal"), **changes)


class Replay:
    """A session fed with a recording up to where its action was sent; from there the test acts."""

    def __init__(self, major: int, name: str, **changes) -> None:
        trace = load_trace(TRACES / f"asterisk-{major}" / f"{name}.ami.gz")
        self.data = b"".join(chunk.data for chunk in trace.chunks).replace(b"ActionID: rec-login", b"ActionID: login")
        lines = (TRACES / f"asterisk-{major}" / f"{name}.sent.jsonl").read_text().splitlines()
        shift = len("login") - len("rec-login")
        self.sent = [(json.loads(line)["off"] + shift, json.loads(line)["raw"]) for line in lines][1:]
        self.state = State("t", "p")
        self.session = AmiSession(
            Picture(self.state), "rec", "rec-secret", md5=False, options=options(major, **changes)
        )
        self.at = 0
        self.events: list[CallEvent] = []
        self.results: list[tuple[int, CommandResult]] = []

    def go_to(self, offset: int) -> bytes:
        """Hear the recording up to here; returns what the session sends meanwhile, the log-in left out."""
        sent = b""
        for start in range(self.at, offset, 200):  # in portions that cut frames
            turn = self.session.receive(self.data[start : min(start + 200, offset)], AT)
            sent += self._took(turn)
        self.at = offset
        return b"" if b"Action: Login" in sent else sent

    def go_to_action(self, number: int = 0) -> str:
        """Hear everything up to a recorded action, and return that."""
        offset, raw = self.sent[number]
        self.go_to(offset)
        return raw

    def finish(self) -> bytes:
        """Hear the rest."""
        sent = self.go_to(len(self.data))
        self._took(self.session.quiet(datetime.now(UTC)))
        return sent

    def ask(self, request: CommandRequest, number: int = 1, answers: str = "") -> bytes:
        """Ask, and let the recorded answers to action id `answers` be the answers to ours."""
        turn = self.session.command(validated(request), number, AT)
        assert turn.events == []
        self._took(turn)
        if answers:
            self.rename(answers, f"cmd-{number}-0")
        return turn.send

    def rename(self, recorded: str, ours: str) -> None:
        """From here on the recording answers our action id in place of its own; later offsets move with that."""
        old, new = (f"ActionID: {each}\r\n".encode() for each in (recorded, ours))
        moved = [
            (offset + self.data.count(old, self.at, offset) * (len(new) - len(old)), raw) for offset, raw in self.sent
        ]
        self.data = self.data[: self.at] + self.data[self.at :].replace(old, new)
        self.sent = moved

    def _took(self, turn: Turn) -> bytes:
        self.events.extend(turn.events)
        self.results.extend(turn.results)
        return turn.send

    def connection(self, device: str) -> Connection:
        """The newest living connection of a device."""
        found = [
            each
            for box in self.state.boxes.values()
            for each in box.call.connections
            if each.alive and each.device.number == device
        ]
        return found[-1]

    def outcomes(self, number: int = 1) -> list[str]:
        return [result.outcome.value for each, result in self.results if each == number]

    def final(self, number: int = 1) -> CommandResult:
        return [result for each, result in self.results if each == number][-1]


def request(verb: Command, **fields) -> CommandRequest:
    return CommandRequest(**{"command_id": "c1", "verb": verb, "device": "101", **fields})


def same(sent: bytes, recorded: str, *, without: tuple[str, ...] = ()) -> bool:
    """Whether we sent what was recorded, the action's own id left out."""

    def lines(text: str) -> list[str]:
        left_out = ("ActionID", *without)
        return [line for line in text.strip().split("\r\n") if not line.startswith(left_out)]

    assert sent.endswith(b"\r\n\r\n")
    return sorted(lines(sent.decode())) == sorted(lines(recorded))
