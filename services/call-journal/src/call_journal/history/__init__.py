"""The journal's answers: one implementation of each question, whichever way it came (`api`, `responder`)."""
