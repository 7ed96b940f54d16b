"""A server on loopback whose every byte a test writes."""

import socket
import threading


class ScriptedServer:
    """Calls `play(client)`, which its kinds define, for every connection, in a thread of its own, and ends the connection
    afterwards. Use it in a `with` block."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with client:
            try:
                self.play(client)
            except OSError:
                pass  # it has had enough


def read_until(client, *pieces):
    """What the client said until all `pieces` were in it, or until it said no more."""
    said = b""
    while not all(piece in said for piece in pieces):
        data = client.recv(65536)
        if not data:
            break
        said += data
    return said


def say_last(client, data):
    """Sends `data`, which is all, and waits until the client has ended too."""
    client.sendall(data)
    client.shutdown(socket.SHUT_WR)
    while client.recv(65536):
        pass
