"""The demo's passwords: made once, whole for whoever is to have one."""

import stat
from pathlib import Path

from cti_devstack.keys import Passwords
from push.login.passwords import accounts, agrees


def test_passwords_are_made_once_and_are_those_that_push_takes(tmp_path: Path):
    made = Passwords(tmp_path / "keys", ["101", "102"])
    assert made.of("101") != made.of("102")
    stored = accounts(made.users_file)
    assert agrees(made.of("101"), stored["101"].password)
    assert not agrees(made.of("102"), stored["101"].password)
    assert stat.S_IMODE(made.users_file.stat().st_mode) == 0o600
    assert Passwords(tmp_path / "keys", ["102"]).of("102") == made.of("102")
    assert agrees(Passwords(tmp_path / "keys", ["103"]).of("103"), accounts(made.users_file)["103"].password)
