"""The directory's side on a bus: users, their telephones, and their credentials, sealed for the connector."""

import base64
from datetime import UTC, datetime

import msgspec
from cti_bus import Bucket, Bus, Heard, Talk, answer
from cti_directory.credentials import ConnectorKey, Credential, CredentialsRequest, check, sealed
from cti_model import subjects
from cti_model.directory import CredentialEntry, Ownership, UserEntry


class Directory:
    """Of one tenant and PBX. `at`: what its clock says, the true time without one. `asked`: the users of each request.

    `KEY` is the connector's, as in its settings.
    """

    KEY = base64.b64encode(bytes(32)).decode()

    def __init__(self, bus: Bus, tenant: str, pbx: str, at: datetime | None = None) -> None:
        self.bus = bus
        self.at = at
        self.secrets: dict[str, Credential] = {}
        self.asked: list[tuple[str, ...]] = []
        self._tenant, self._pbx = tenant, pbx
        self._copy = Bucket(bus, "cti_directory")

    async def user(self, user: str, *devices: str, active: bool = True, until_at: datetime | None = None) -> None:
        """There is this user, who has these telephones until then."""
        owned = tuple(Ownership(user=user, pbx=self._pbx, extension=each, valid_to=until_at) for each in devices)
        entry = UserEntry(id=user, name=user, active=active, extensions=owned)
        await self._copy.put(subjects.directory_user(self._tenant, user), msgspec.json.encode(entry))

    async def credential(self, user: str, login: str, secret: str = "good", version: str = "c/1") -> None:  # noqa: S107
        """The user has this credential. Without a secret it is told of, and not given out."""
        if secret:
            self.secrets[user] = Credential(user=user, credential=version, login=login, secret=secret)
        entry = CredentialEntry(user=user, pbx=self._pbx, credential=version)
        subject = subjects.directory_credential(self._tenant, self._pbx, user)
        await self._copy.put(subject, msgspec.json.encode(entry))

    async def answering(self) -> Talk:
        """Give credentials out, sealed, for as long as the context lasts."""
        return await answer(self.bus, subjects.credentials(self._tenant), self._reply)

    async def _reply(self, heard: Heard) -> bytes:
        request = msgspec.json.decode(heard.body, type=CredentialsRequest)
        self.asked.append(request.users)
        key = check(ConnectorKey(self.KEY), self._tenant, request, self.at or datetime.now(UTC))
        found = [self.secrets[user] for user in request.users if user in self.secrets]
        return msgspec.json.encode(sealed(key, request, found))
