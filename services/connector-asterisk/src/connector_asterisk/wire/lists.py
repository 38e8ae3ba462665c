"""Answers that are lists. No I/O."""

from connector_asterisk.wire.frames import Frame


class Collector:
    """The answer to an action that lists things: its response, then items, then a `...Complete` event.

    Frames of other actions and ordinary events may come between; `take` tells whether a frame belonged to it. When
    `complete`, either `error` has the server's text or `items` is the list. Not for actions with a single response:
    Asterisk 11 says nothing in the response by which a list could be told from it.
    """

    def __init__(self, action_id: str) -> None:
        self.action_id = action_id
        self.items: list[Frame] = []
        self.error: str | None = None
        self.complete = False

    def take(self, frame: Frame) -> bool:
        """Use a frame of this action; False for any other, and for all once it is complete."""
        if self.complete or frame.get("ActionID") != self.action_id:
            return False
        if frame.is_response:
            if frame.get("Response") == "Error":
                self.error = frame.get("Message") or "no reason given"
        elif self._ends(frame):
            if frame.get("EventList").lower() == "cancelled":
                self.error = "the server broke the list off"
        else:
            self.items.append(frame)
            return True
        self.complete = self.error is not None or not frame.is_response
        return True

    @staticmethod
    def _ends(frame: Frame) -> bool:
        # 11 gives the header to some of its lists only; their items never end in this word.
        return frame.get("EventList").lower() in ("complete", "cancelled") or frame.name.endswith("Complete")
