"""How much of their time an agent was occupied, from the telephones to the statistics: no part is replaced."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from tests.e2e.office import office
from tests.running import until

pytestmark = pytest.mark.asyncio(loop_scope="session")
QUEUED = """
    trunk 79161234567 calls 74950000200 as c1; 102 rings; 102 answers after 1s
    102 holds after 500ms; 102 retrieves after 500ms; c1 hangs up after 1s
    wait until quiet"""


async def test_what_an_agent_talks_is_their_share_of_the_time_in_the_queue(tmp_path_factory) -> None:
    async with office(tmp_path_factory.mktemp("occupancy")) as company:
        now = datetime.now(UTC)
        period = urlencode(
            {"from": (now - timedelta(hours=1)).isoformat(), "to": (now + timedelta(hours=1)).isoformat()}
        )
        await company.people(QUEUED)

        async def rows() -> dict[str, dict]:
            told = await company.ask("journal", f"/v1/statistics?{period}&interval=all&by=user")
            return {row["user"]: row for row in told["rows"] if row["calls"]["value"]}

        async def written() -> bool:
            return (
                (row := (await rows()).get("102")) is not None and row["alive"]["value"] == 0 and row["handled_s"] > 0
            )

        await until(written)
        talked, rang = (await rows())["102"], (await rows())["101"]
    assert talked["handled_s"] == pytest.approx(talked["talk_s"] + talked["hold_s"], abs=0.1)
    assert talked["hold_s"] > 0
    assert talked["handled_s"] < talked["available_s"]
    assert talked["occupancy"] == pytest.approx(talked["handled_s"] / talked["available_s"])
    assert rang["available_s"] > 0
    assert rang["handled_s"] == rang["occupancy"] == 0
