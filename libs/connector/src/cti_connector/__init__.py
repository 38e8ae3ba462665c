"""The universal host of PBX connectors."""
