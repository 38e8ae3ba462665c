"""FreeSWITCH connector: the event socket (ESL) to call events."""
