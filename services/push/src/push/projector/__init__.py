"""From call events to users' views. `step` is pure; `app` is the loop around it."""
