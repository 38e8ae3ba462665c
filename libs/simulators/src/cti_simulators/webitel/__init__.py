"""Simulated Webitel engines, by generation."""
