"""A TCP relay between a client and a server, which a test can make forget what it relays."""

import contextlib
import socket
import struct
import threading


class Relay:
    """Use it in a `with` block."""

    def __init__(self, host, port):
        self.target = (host, port)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.listener.getsockname()[1]
        self.lock = threading.Lock()
        self.pairs = []
        self.shut = False  # nobody comes through
        self.frozen = set()  # sockets of which nothing is passed on any more
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.cut()

    @contextlib.contextmanager
    def away(self):
        """Ends the connections there are, and takes no other one for as long."""
        with self.lock:
            self.shut = True
        self.cut()
        try:
            yield
        finally:
            self.shut = False

    @staticmethod
    def reset(client):
        """Who was being taken while it was shut is told at once."""
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()

    def freeze(self):
        """The connections there are stay open, and nothing passes: a network that was changed under them."""
        with self.lock:
            self.frozen |= {sock for pair in self.pairs for sock in pair}

    def cut(self):
        """Ends the connections there are, without a word."""
        with self.lock:
            for pair in self.pairs:
                for sock in pair:
                    try:
                        sock.shutdown(socket.SHUT_RDWR)
                    except OSError:
                        pass  # it had ended

    def _serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
                server = socket.create_connection(self.target)
            except OSError:
                return
            with self.lock:
                taken = not self.shut
                if taken:
                    self.pairs.append((client, server))
            if not taken:
                self.reset(client)
                server.close()
                continue
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self._pass, args=(source, sink), daemon=True).start()

    def _pass(self, source, sink):
        try:
            while data := source.recv(65536):
                with self.lock:
                    frozen = source in self.frozen
                if not frozen:
                    sink.sendall(data)
            if source not in self.frozen:
                sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # either side has ended
