"""How sessions reach clients."""
