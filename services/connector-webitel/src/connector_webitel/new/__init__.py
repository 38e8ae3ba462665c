"""The Go engine's WebSocket (Webitel 22 and later)."""
