"""The bell that wakes the workers of this process after a commit."""

from __future__ import annotations

from threading import Event, Lock


class Bell:
    """Wakes whoever waits for work in this process."""

    def __init__(self) -> None:
        self._waiting: list[Event] = []
        self._lock = Lock()

    def listen(self) -> Event:
        """An event that is set whenever there may be work; give it back when done."""
        event = Event()
        with self._lock:
            self._waiting.append(event)
        return event

    def leave(self, event: Event) -> None:
        """Nobody waits for this event any more."""
        with self._lock:
            self._waiting.remove(event)

    def ring(self) -> None:
        """There may be work."""
        with self._lock:
            for event in self._waiting:
                event.set()
