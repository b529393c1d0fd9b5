"""Bytes on a socket, for what no HTTP library would send."""

import socket
from contextlib import suppress

from tests.security.outside import WAIT

CLOSED = OSError  # of whatever kind: it hung up


def dial(product) -> socket.socket:
    """Return a connection to a product."""
    return socket.create_connection(("127.0.0.1", product.port), WAIT)


def said(product, data: bytes, hangs_up: bool = True) -> bytes:
    """Return all that a product answers to these bytes, until either side closes."""
    with dial(product) as line:
        with suppress(CLOSED):  # it may close before it has heard everything
            line.sendall(data)
            if hangs_up:
                line.shutdown(socket.SHUT_WR)
        return heard(line)


def heard(line: socket.socket) -> bytes:
    """Return what comes on a connection until it is closed."""
    got = b""
    with suppress(CLOSED):
        while piece := line.recv(65536):
            got += piece
    return got
