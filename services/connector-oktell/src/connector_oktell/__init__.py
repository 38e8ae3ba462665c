"""Oktell connector: one WebSocket for each operator, as `oktell.js` has it, to call events."""
