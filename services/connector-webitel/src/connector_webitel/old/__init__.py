"""Webitel's old generation (3.x, the Node.js engine): FreeSWITCH's events and commands over a WebSocket."""
