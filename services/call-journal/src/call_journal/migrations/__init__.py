"""The schema's history, applied by `call_journal.store.migrate`."""
