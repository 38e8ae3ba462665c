"""Three operators of an Oktell."""

import pytest

from .oktell_play import Play, started


@pytest.fixture
def play() -> Play:
    return started()
