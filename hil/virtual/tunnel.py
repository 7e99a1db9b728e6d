"""A port of this machine that leads to a port inside the guest."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

from hil.errors import RigError
from hil.virtual.channel import Channel
from hil.virtual.link import Kind
from hil.virtual.shell import GuestShell

_READ_BYTES = 1 << 16


class Tunnel:
    """Listens on loopback; each connection is made again inside the guest.

    Thread: ``rig-tunnel`` accepts; two more for each connection carry its bytes.
    Owns: the listening socket.

    Args:
        shell: of the guest.
        host: where to connect to, as the guest sees it.
        port: likewise.
    """

    def __init__(self, shell: GuestShell, host: str, port: int) -> None:
        self._shell = shell
        self._there = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host, self.port = self._listener.getsockname()
        threading.Thread(target=self._accept, name="rig-tunnel", daemon=True).start()

    def close(self) -> None:
        """Accept no more; open connections stay until one end closes."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                try:
                    channel = self._shell.connect(*self._there)
                except RigError:  # the guest is off: as if nobody listened
                    client.close()
                    continue
                for carry in (_to_guest, _from_guest):
                    threading.Thread(target=carry, args=(client, channel), daemon=True).start()


def _to_guest(client: socket.socket, channel: Channel) -> None:
    with suppress(OSError, RigError):
        while data := client.recv(_READ_BYTES):
            channel.send(Kind.INPUT, data)
        channel.send(Kind.CLOSE)


def _from_guest(client: socket.socket, channel: Channel) -> None:
    """Time does not pass for it: whoever waits for these bytes lets it pass."""
    with client, suppress(OSError, RigError):
        while (frame := channel.next(None, flow=False)).kind is Kind.OUTPUT:
            client.sendall(frame.data)
        client.shutdown(socket.SHUT_RDWR)
