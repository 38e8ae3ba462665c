"""Settings that could not work are refused before anything starts, and say why."""

import pytest
from connector_asterisk.settings import AsteriskSettings
from pydantic import ValidationError


def test_a_synchronous_originate_is_refused_with_the_reason():
    assert AsteriskSettings(secret="s", async_originate="true").async_originate
    with pytest.raises(ValidationError, match="no event at all"):
        AsteriskSettings(secret="s", async_originate="false")
