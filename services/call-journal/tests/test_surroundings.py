"""The journal's commands in wrong surroundings: one line that names the place and the setting, and a code."""

from urllib.parse import urlsplit

import pytest
from call_journal.cli import main
from cti_devstack.testing import MakeDatabase, database_name

COMMANDS = (["verify"], ["rebuild"], ["retain"], ["forget", "--number", "1"])


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUNKLINE_JOURNAL_ERASURE_KEY", "k" * 32)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
@pytest.mark.parametrize("what", ["refused", "no database", "no tables"])
def test_what_is_wrong_with_the_database_is_one_line(
    what: str,
    command: list[str],
    make_database: MakeDatabase,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    empty = urlsplit(make_database(database_name()))
    if what == "refused":
        empty = empty._replace(netloc="u:hunter2@127.0.0.1:1")
    elif what == "no database":
        empty = empty._replace(path="/missing")
    monkeypatch.setenv("TRUNKLINE_JOURNAL_DATABASE_URL", empty.geturl())
    code = main(command)
    told = capsys.readouterr().err
    place = empty.netloc.rpartition("@")[2] + empty.path
    why = {"refused": "", "no database": 'database "missing" does not exist', "no tables": "no journal of this version"}
    assert code == 1
    assert told.startswith(f"call-journal: PostgreSQL at {place} (database_url) cannot be used: {why[what]}")
    assert len(told.splitlines()) == 1
    assert "hunter2" not in told


def test_a_bus_that_is_away_is_named_with_its_setting(
    postgres_dsn: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("TRUNKLINE_JOURNAL_DATABASE_URL", postgres_dsn)
    monkeypatch.setenv("TRUNKLINE_JOURNAL_NATS_URL", "nats://u:hunter2@127.0.0.1:1")
    assert main(["lost"]) == 1
    told = capsys.readouterr().err
    assert told.splitlines()[-1].startswith(
        "call-journal: NATS: no NATS server at nats://127.0.0.1:1 (nats_url) after "
    )
    assert "hunter2" not in told


def test_a_report_that_cannot_be_written_is_not_taken_for_an_outage(
    postgres_dsn: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("TRUNKLINE_JOURNAL_DATABASE_URL", postgres_dsn)
    assert main(["verify", "--repair-report", "/proc/no/report"]) == 1
    assert capsys.readouterr().err == "call-journal: --repair-report /proc/no/report: No such file or directory\n"


@pytest.mark.parametrize("text", ["yesterday", "", "h"])
def test_a_time_that_is_none_is_used_wrongly(text: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        main(["verify", "--since", text])
    assert ended.value.code == 2
    assert f"argument --since: {text!r} is no time, as 2026-11-20" in capsys.readouterr().err
