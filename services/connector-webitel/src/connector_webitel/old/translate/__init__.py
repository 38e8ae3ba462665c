"""The old engine's events to FreeSWITCH's, which `cti_freeswitch` makes calls of. Pure.

`domain`: a service account hears whole events of every leg. `callbacks`, `own`: a user hears some headers of their own
legs; what the client library computes from them, and the legs on the far side that it implies.
"""
