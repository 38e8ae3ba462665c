"""Who a TMS client is: by a token in what it sends, or by the installation's map of its users."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from cti_api.signin import Verify
from cti_model.directory import Role
from cti_runtime.auth import Identity, Unauthorized

from push.transports.tms.frames import MsgCommandInfo

INSTALLATION: Final = "tms:*"
"""The grant of a token that speaks for a whole installation: whoever has it signs in as any user of the map."""


async def signed_in(info: MsgCommandInfo, in_address: str, users: Mapping[str, str], verify: Verify) -> Identity:
    """The user of an OpenConnection; raises `Unauthorized` or `BadCommand`.

    `in_address`: the token in the socket's address, for when `connectionParams` has none. `users`: `UserUId` to user.
    """
    params = {name.lower(): value for name, value in info.object("connectionParams").items()}
    token = params.get("token") or in_address
    if not token or not isinstance(token, str):
        raise Unauthorized("no token: put one into connectionParams, or into the address")
    identity = await verify(token)
    named = info.object("sessionServiceParams").get("UserUId")
    mapped = users.get(named.lower()) if isinstance(named, str) else None
    if INSTALLATION in identity.grants:
        if mapped is None:
            raise Unauthorized("this UserUId is nobody's here: the administrator must map it")
        return replace(identity, user=mapped, roles=frozenset({Role.OPERATOR.value}), grants=frozenset())
    if mapped is not None and mapped != identity.user:
        raise Unauthorized("the token is another user's than UserUId says")
    return identity
