"""FreeSWITCH's channel events as call events. Pure: no I/O, no clock."""
