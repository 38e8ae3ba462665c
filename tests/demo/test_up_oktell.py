"""`trunkline up --pbx oktell`: each operator signed in at a simulated Oktell; panel and journal do not differ."""

import sys
from pathlib import Path

import httpx
import pytest

from tests.demo.user import DEADLINE_S, trunkline_up, until

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc"),
]


def test_an_oktell_in_the_place_of_the_asterisk(tmp_path: Path):
    state = tmp_path / "state"
    with trunkline_up("--pbx", "oktell", "--port", "0", "--speed", "8", "--state", str(state)) as demo:
        demo.is_up()
        page = httpx.get(demo.panel, timeout=DEADLINE_S)
        assert (page.status_code, "<cti-panel" in page.text) == (200, True)
        assert "Ivan Petrov" in demo.names("101"), "the call card says who it is"
        until(lambda: {"Ivan Petrov"} <= {call["remote_name"] for call in demo.calls("101")})
        assert {call["pbx"] for call in demo.calls("101")} == {"oktell"}
        assert demo.press_ctrl_c() == 0
        logs = [*(state / "logs").glob("*.log")]
        assert {"oktell.log", "connector-oktell.log"} <= {log.name for log in logs}
        assert [log.name for log in logs if "Traceback" in log.read_text()] == []
        assert not any("Oktell101" in log.read_text() for log in logs), "no password is logged"
