"""The sockets libcurl wants watched, in one epoll, and the bell that wakes the engine's thread.

In: libcurl's wishes (socket function) and `ring` from any thread. Out: events for `socket_action`. Owned by the
engine.

libcurl asks for a socket at each POST and gives it back after it. Doing as told would cost two system calls per POST
on a kept connection; instead a socket stays registered when it is given back, and is removed only if it speaks while
idle.
"""

import os
import select

import pycurl

_WANTED = {
    pycurl.POLL_IN: select.EPOLLIN,
    pycurl.POLL_OUT: select.EPOLLOUT,
    pycurl.POLL_INOUT: select.EPOLLIN | select.EPOLLOUT,
}
_MOST_EVENTS = 512


class Sockets:
    """An epoll with lazy removal, and an eventfd as bell."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._epoll.register(self._bell, select.EPOLLIN)
        self._registered: dict[int, int] = {}
        self._idle: set[int] = set()

    def on_want(self, what: int, fd: int, _multi: object, _data: object) -> None:
        """CURLMOPT_SOCKETFUNCTION: libcurl wants a socket watched, watched otherwise, or no more."""
        if what == pycurl.POLL_REMOVE:
            self._idle.add(fd)
            return
        self._idle.discard(fd)
        wanted = _WANTED.get(what)
        if wanted is None or self._registered.get(fd) == wanted:
            return
        if fd in self._registered:
            self._modify(fd, wanted)
        else:
            self._register(fd, wanted)

    def on_new(self, fd: int, _purpose: int) -> int:
        """CURLOPT_SOCKOPTFUNCTION: a socket was just opened; whatever had its number before is gone."""
        self._registered.pop(fd, None)
        self._idle.discard(fd)
        os.set_inheritable(fd, False)
        return int(pycurl.SOCKOPT_OK)

    def wait(self, seconds: float) -> list[tuple[int, int]]:
        """Wait for events, at most so long (-1: until one comes); return (socket, libcurl's event mask)."""
        ready = []
        for fd, events in self._epoll.poll(seconds, _MOST_EVENTS):
            if fd == self._bell:
                os.eventfd_read(fd)
            elif fd in self._idle:
                self._unregister(fd)
            else:
                ready.append((fd, _mask(events)))
        return ready

    def ring(self) -> None:
        """Make `wait` return, now or the next time; from any thread."""
        os.eventfd_write(self._bell, 1)

    def close(self) -> None:
        """Release both descriptors."""
        self._epoll.close()
        os.close(self._bell)

    def _register(self, fd: int, wanted: int) -> None:
        try:
            self._epoll.register(fd, wanted)
        except FileExistsError:
            self._epoll.modify(fd, wanted)
        self._registered[fd] = wanted

    def _modify(self, fd: int, wanted: int) -> None:
        try:
            self._epoll.modify(fd, wanted)
        except FileNotFoundError:
            self._epoll.register(fd, wanted)
        self._registered[fd] = wanted

    def _unregister(self, fd: int) -> None:
        self._idle.discard(fd)
        if self._registered.pop(fd, None) is not None:
            self._epoll.unregister(fd)


def _mask(events: int) -> int:
    if events == select.EPOLLIN:
        return int(pycurl.CSELECT_IN)
    mask = 0
    if events & select.EPOLLIN:
        mask |= pycurl.CSELECT_IN
    if events & select.EPOLLOUT:
        mask |= pycurl.CSELECT_OUT
    if events & (select.EPOLLERR | select.EPOLLHUP):
        mask |= pycurl.CSELECT_ERR
    return mask
