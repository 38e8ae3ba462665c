"""Why a question has no answer. The texts are safe to show.

HistoryProblem
├── BadQuestion   it is well-formed, but cannot be answered; the text says why
├── NotThere      there is no such thing, or the one who asks may not see it
└── NotAllowed    the one who asks may not do this
"""


class HistoryProblem(Exception):
    """Base."""


class BadQuestion(HistoryProblem):
    """A question that cannot be answered."""


class NotThere(HistoryProblem):
    """There is no such thing, or the one who asks may not see it: nobody can tell which."""


class NotAllowed(HistoryProblem):
    """The one who asks may not do this."""
