"""The schema's history, applied by `directory.store.migrate`."""
