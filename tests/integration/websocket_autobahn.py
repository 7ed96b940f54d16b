"""Autobahn's WebSocket, client or server: sends messages of every kind to a peer that echoes, and prints what came.

  websocket_autobahn.py client URL | server        the server prints its port first, and serves one connection
"""

import json
import sys

from autobahn.twisted.websocket import (WebSocketClientFactory, WebSocketClientProtocol, WebSocketServerFactory,
                                        WebSocketServerProtocol)
from autobahn.websocket.compress import (PerMessageDeflateOffer, PerMessageDeflateResponse,
                                         PerMessageDeflateResponseAccept)
from twisted.internet import reactor

MESSAGES = [("Hello, κόσμε!".encode(), False), (b"\x00\xff\xfe", True), (b"", False), (b"", True),
            *((b"*" * size, binary) for size in (125, 126, 127, 65535, 65536, 1 << 20) for binary in (False, True)),
            *((b"%d" % i, i % 2 == 1) for i in range(200))]
# Its own are a second or five, after which a close that a busy machine delayed is not clean.
HANDSHAKES = {"openHandshakeTimeout": 30, "closeHandshakeTimeout": 30}


class Echoed:
    """What both sides do once they are open."""

    def onOpen(self):
        self.left = list(MESSAGES)
        self.sendPing(b"alive?")
        for payload, binary in MESSAGES:
            # Every other message goes in fragments of 1,300 bytes.
            self.sendMessage(payload, binary, fragmentSize=1300 if binary else None)

    def onMessage(self, payload, isBinary):
        if not self.left or self.left.pop(0) != (payload, isBinary):
            return self.sendClose(3002, "not what was sent")
        if not self.left:
            self.sendClose(3001, "done")

    def onClose(self, wasClean, code, reason):
        print(json.dumps({"sent": len(MESSAGES), "echoed": len(MESSAGES) - len(getattr(self, "left", MESSAGES)),
                          "clean": wasClean, "code": code,
                          "extensions": str(self.websocket_extensions_in_use)}), flush=True)
        reactor.stop()


class Client(Echoed, WebSocketClientProtocol):
    pass


class Server(Echoed, WebSocketServerProtocol):
    pass


def accept(response):
    if isinstance(response, PerMessageDeflateResponse):
        return PerMessageDeflateResponseAccept(response)
    return None


def main():
    if sys.argv[1] == "client":
        factory = WebSocketClientFactory(sys.argv[2])
        factory.protocol = Client
        factory.setProtocolOptions(perMessageCompressionOffers=[PerMessageDeflateOffer()],
                                   perMessageCompressionAccept=accept, serverConnectionDropTimeout=30, **HANDSHAKES)
        reactor.connectTCP("127.0.0.1", factory.port, factory)
    else:
        factory = WebSocketServerFactory()
        factory.protocol = Server
        factory.setProtocolOptions(**HANDSHAKES)
        port = reactor.listenTCP(0, factory, interface="127.0.0.1")
        print(port.getHost().port, flush=True)
    reactor.run()


if __name__ == "__main__":
    main()
