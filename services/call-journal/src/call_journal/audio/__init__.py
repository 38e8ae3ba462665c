"""The sound of recordings: where it lies for each PBX, and how it is handed out."""
