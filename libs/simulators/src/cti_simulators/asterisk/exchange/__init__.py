"""The simulated Asterisk that behaves: its exchange, its dialects, its managers."""
