"""Streams each user their own calls: WebSocket and SSE."""
