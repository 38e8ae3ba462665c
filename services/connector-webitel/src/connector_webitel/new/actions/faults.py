"""What a refusal of the engine means, by its id. The ids are those in the source of webitel/engine and /call_center."""

from typing import Final

from cti_freeswitch.desk import NO_EFFECT
from cti_model.commands import ErrorCode

from connector_webitel.new.wire import Fault

ALREADY_PAUSED: Final = "app.agent.set_pause.payload"
ALREADY_OUT: Final = "app.agent.set_logout.agent_logged_out"

_NOT_AUTHENTICATED: Final = "api.web_socket_router.not_authenticated.app_error"
FORGOTTEN: Final = (_NOT_AUTHENTICATED, "api.context.session_expired.app_error")
"""The engine does not know any more who we are: only another log-in helps."""
_NEW_CALL: Final = "external.new_call.app_error"
_MEANINGS: Final = {
    "api.web_socket_router.bad_action.app_error": (ErrorCode.NOT_SUPPORTED, "this engine has no such action"),
    _NOT_AUTHENTICATED: (ErrorCode.NOT_CONNECTED, "the engine forgot who we are"),
    "api.websocket_handler.invalid_param.app_error": (ErrorCode.BAD_REQUEST, "the engine does not take a value of it"),
    "api.context.permissions.app_error": (ErrorCode.FORBIDDEN, "this Webitel user has no right to it"),
    "api.context.permissions.license": (ErrorCode.REFUSED, "Webitel has no licence for it"),
    "app.call.create.valid.busy": (ErrorCode.REFUSED, "a queue is offering this agent a call"),
    "app.call.create.valid.agent": (ErrorCode.REFUSED, "the call centre lets this agent make no call now"),
    "app.call.create.valid.from": (ErrorCode.NOT_SUPPORTED, "this Webitel user has no telephone"),
    "app.call.create.not_found": (ErrorCode.REFUSED, "no FreeSWITCH is there to make the call"),
    "app.call.eavesdrop.valid.user": (ErrorCode.NOT_SUPPORTED, "this Webitel user has no telephone"),
    "app.call.transfer": (ErrorCode.WRONG_STATE, "a queue's call cannot be passed on before it is answered"),
    "external.bridge_call.app_error": (ErrorCode.WRONG_STATE, "both calls must be answered"),
    "app.agent.set_pause.not_allow": (ErrorCode.REFUSED, "no pause is allowed now"),
}


def meaning(fault: Fault) -> tuple[ErrorCode, str]:
    """For programs, and for people. What FreeSWITCH said of a call that it could not make stands in the detail."""
    if fault.id == _NEW_CALL:
        said = next((words for cause, words in NO_EFFECT.items() if cause in fault.text), "")
        return (ErrorCode.NO_EFFECT, said) if said else (ErrorCode.REFUSED, str(fault))
    code, words = _MEANINGS.get(fault.id, (ErrorCode.REFUSED, ""))
    return code, f"{words} ({fault})" if words else str(fault)
