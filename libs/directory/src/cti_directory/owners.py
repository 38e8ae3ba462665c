"""Who has an extension, when the directory may not know it."""

from collections.abc import Callable, Mapping
from datetime import datetime

from cti_model.directory import Owners

from cti_directory.copy import DirectoryCopy

UserOf = Callable[[str, str], str]
"""From PBX and extension to the user that is meant where the directory does not know the extension."""


def owners_of(copy: DirectoryCopy | None, otherwise: UserOf | None = None) -> Owners:
    """As the directory says; of an extension that it does not know, as `otherwise` says, else a user of its number."""

    def owners(tenant: str, pbx: str, extension: str, at: datetime) -> tuple[str, ...]:
        known = copy.users_of(tenant, pbx, extension, at) if copy is not None else None
        if known is not None:
            return known
        return (otherwise(pbx, extension) if otherwise is not None else extension,)

    return owners


def by_settings(users: Mapping[str, list[str]]) -> UserOf:
    """From settings: user to extensions (`101` on any PBX, `pbx:101` on that one). Others are of their own number."""
    owners = {extension: user for user, extensions in users.items() for extension in extensions}

    def user_of(pbx: str, extension: str) -> str:
        return owners.get(f"{pbx}:{extension}") or owners.get(extension) or extension

    return user_of
