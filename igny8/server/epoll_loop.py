"""The loop of the web server: it looks at a connection when something happens to it, however many are open.

waitress asks every connection at every turn what it waits for. With a thousand open pages these questions cost more
than all answers; here the system's epoll is told once, and again only when a connection waits for something else.
"""

import select
import threading

from waitress import wasyncore
from waitress.channel import HTTPChannel

from igny8 import clock

READ, WRITE = select.POLLIN | select.POLLPRI, select.POLLOUT
ALL_AGAIN = 5.0  # seconds until each is asked again: some are to be closed because nothing came or went for too long


class Watched(dict):
    """waitress's map of what is open by its file, and its loop."""

    def __init__(self):
        super().__init__()
        self._epoll = select.epoll() if hasattr(select, "epoll") else None
        self._told: dict[int, int] = {}  # file: what the system knows that it waits for
        self._new: list[int] = []
        self._lock = threading.Lock()

    def __setitem__(self, file: int, one) -> None:
        super().__setitem__(file, one)
        self._new.append(file)  # it is not complete yet

    def __delitem__(self, file: int) -> None:
        with self._lock:
            super().__delitem__(file)
            if self._told.pop(file, 0):
                self._epoll.unregister(file)

    def tell(self, file: int | None) -> bool:
        """Tell the system what one waits for now; any thread may, and the loop need not be woken for it.

        False where the system has no epoll.
        """
        if self._epoll is None:
            return False
        with self._lock:
            one = self.get(file)
            if one is None:
                return True
            waits = (READ if one.readable() else 0) | (
                WRITE if one.writable() and not one.accepting else 0
            )
            told = self._told.get(file, 0)
            if waits == told:
                return True
            if not waits:
                self._epoll.unregister(file)
            elif told:
                self._epoll.modify(file, waits)
            else:
                self._epoll.register(file, waits)
            self._told[file] = waits
        return True

    def loop(self, timeout: float, map: dict, use_poll: bool) -> None:
        """Watch until nothing is open any more; waitress calls this in the place of its own loop."""
        if self._epoll is None:
            wasyncore.loop(timeout=timeout, map=map, use_poll=use_poll)
            return
        listeners, again = [file for file, one in self.items() if one.accepting], 0.0
        while self:
            if clock.monotonic() >= again:
                again = clock.monotonic() + ALL_AGAIN
                self._close_unread()
                self._new.extend(self)
            self._turn(timeout, listeners)
        self._epoll.close()

    def _close_unread(self) -> None:
        """Close what nobody reads; the system never says that it can be written to."""
        for one in list(self.values()):
            if isinstance(one, HTTPChannel) and one.is_unread():
                one.handle_close()

    def _turn(self, timeout: float, listeners: list[int]) -> None:
        """Handle what has happened; listeners are asked each time, for whether they accept depends on the others."""
        new, self._new = self._new, []
        for file in (*listeners, *new):
            self.tell(file)
        for file, flags in self._epoll.poll(timeout):
            one = self.get(file)
            if one is not None:
                wasyncore.readwrite(one, flags)
                self.tell(file)


class Bell:
    """The server as one connection sees it: ringing is about this connection alone."""

    def __init__(self, server, channel):
        self._server, self._channel = server, channel

    def __getattr__(self, name: str):
        return getattr(self._server, name)

    def pull_trigger(self) -> None:
        """Let the loop know what the connection waits for now."""
        if not self._channel._map.tell(self._channel._fileno):
            self._server.pull_trigger()
