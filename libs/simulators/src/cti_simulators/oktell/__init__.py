"""A simulated Oktell: its WebSocket, telephones that behave, all methods that oktell.js calls.

What a real Oktell sends beyond what its client reads is unknown: the order within a burst, the fields nobody reads
and the ids after a transfer are a consistent guess. Not simulated: chat, dialog cards, fax, voice mail, tasks.
"""
