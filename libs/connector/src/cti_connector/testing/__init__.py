"""What the tests of connectors share: a company around a simulated PBX, its directory, a certificate.

Needs the extra `testing`. The PBX's own part stands beside each connector's tests.
"""

from cti_connector.testing.certificate import certified, presenting
from cti_connector.testing.directory import Directory
from cti_connector.testing.laws import Peer, Talk, holds
from cti_connector.testing.running import Signed, serving
from cti_connector.testing.site import DEADLINE_S, Site, lawful

__all__ = [
    "DEADLINE_S",
    "Directory",
    "Peer",
    "Signed",
    "Site",
    "Talk",
    "certified",
    "holds",
    "lawful",
    "presenting",
    "serving",
]
