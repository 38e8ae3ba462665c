"""Erasing one person: what names them is found and replaced, and does not come back with old events."""
