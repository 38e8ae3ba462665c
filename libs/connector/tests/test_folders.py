"""Folders that a connector writes to are looked at before anything else."""

from pathlib import Path
from typing import cast

import pytest
from cti_connector.serving import serve_host
from cti_connector.settings import HostedSettings
from cti_runtime import Runtime, StartFailed


@pytest.mark.parametrize("setting", ["record_dir", "outbox_dir"])
@pytest.mark.parametrize("where", ["/proc/nobody makes this", "file", "file/below"])
async def test_one_that_cannot_be_written_is_named_with_its_setting(setting: str, where: str, tmp_path: Path):
    (tmp_path / "file").touch()
    folder = tmp_path / where
    settings = HostedSettings(pbx="p", nats_url="nats://127.0.0.1:1", **{setting: folder})
    with pytest.raises(StartFailed, match=f"^{setting}: {folder} cannot be written: "):
        await serve_host(settings, cast(Runtime, None), lambda _bus, _measured: None, name="test", ending="raw")


def test_one_that_is_not_there_is_made_and_left_empty(tmp_path: Path):
    HostedSettings(pbx="p", record_dir=tmp_path / "a" / "b", outbox_dir=tmp_path / "c").make_folders()
    assert [*(tmp_path / "a" / "b").iterdir()] == [*(tmp_path / "c").iterdir()] == []
