"""PBX simulators and trace replay for demos, tests and benches."""
