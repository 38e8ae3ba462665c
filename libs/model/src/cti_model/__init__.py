"""The call model: calls, connections, events, fold, records, per-user view, subjects. Pure."""
