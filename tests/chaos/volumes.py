"""A disk that is small, so that a test can fill it."""

import ctypes
import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_BLOCK = b"\0" * 65536


@contextmanager
def small_volume(folder: Path, mebibytes: int) -> Iterator[Path]:
    """A file system of that size. As root it is mounted; others have it in a namespace of their own, where they may
    mount. Skips the test where neither is allowed.
    """
    folder.mkdir()
    options = f"size={mebibytes}m"
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", 0, options.encode()) != 0:
            pytest.skip(f"no small volume: mount: {os.strerror(ctypes.get_errno())}")
        try:
            yield folder
        finally:
            libc.umount2(os.fsencode(folder), 2)  # MNT_DETACH
        return
    script = f'mount -t tmpfs -o {options} tmpfs "$1" && echo there && exec cat'
    holder = subprocess.Popen(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", str(folder)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert holder.stdout is not None
    try:
        if (said := holder.stdout.readline().strip()) != "there":
            pytest.skip(f"no small volume: {said}")
        yield Path(f"/proc/{holder.pid}/root{folder}")
    finally:
        holder.kill()
        holder.communicate()


def fill(volume: Path) -> Path:
    """Take all of its room; returns the file that has it."""
    ballast = volume / "ballast"
    with ballast.open("ab", buffering=0) as file:
        try:
            while True:
                file.write(_BLOCK)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
    return ballast
