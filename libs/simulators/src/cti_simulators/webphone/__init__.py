"""The PBX's side of a web phone: SIP over WebSocket, Verto, and real audio. Needs the extra `webrtc`."""
