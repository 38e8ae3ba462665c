"""Asterisk (AMI) to call events."""
