"""Webitel to call events."""
