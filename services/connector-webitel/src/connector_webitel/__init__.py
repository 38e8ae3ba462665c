"""Webitel connector: a WebSocket for each operator to call events."""
