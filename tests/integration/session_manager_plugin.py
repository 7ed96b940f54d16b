#!/usr/bin/env python3
"""Stands in for AWS's session-manager-plugin: forwards a local port with sockets, as it is told how to behave by
PLUGIN_MODE. What it was called with goes to PLUGIN_LOG.

A copy of it, called session-manager-plugin, lies in PATH."""

import json
import os
import socket
import sys
import threading

MODE = os.environ.get("PLUGIN_MODE", "")


def pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    try:
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def forward(connection, port):
    with connection, socket.create_connection(("127.0.0.1", port)) as node:
        back = threading.Thread(target=pump, args=(node, connection), daemon=True)
        back.start()
        pump(connection, node)
        back.join()


def main():
    if sys.argv[1:] == ["--version"]:
        print(os.environ.get("PLUGIN_VERSION", "1.2.553.0"))
        return
    response, region, operation, profile, parameters, endpoint = sys.argv[1:]
    with open(os.environ["PLUGIN_LOG"], "w", encoding="utf-8") as log:
        json.dump({"arguments": sys.argv[1:], "response": json.loads(os.environ[response]), "pid": os.getpid()}, log)
    print(f"\nStarting session with SessionId: {json.loads(os.environ[response])['SessionId']}", flush=True)
    if MODE == "fail":
        print("Cannot perform start session: websocket: bad handshake", flush=True)
        sys.exit(1)
    if MODE == "silent":
        threading.Event().wait()
    wanted = json.loads(parameters)["Parameters"]
    node = int(os.environ["PLUGIN_NODE"]) if "PLUGIN_NODE" in os.environ else int(wanted["portNumber"][0])
    listener = socket.create_server(("127.0.0.1", 0))
    # In two pieces, as output may come.
    print(f"Port {listener.getsockname()[1]} op", end="", flush=True)
    print(f"ened for sessionId {json.loads(os.environ[response])['SessionId']}.\nWaiting for connections...", flush=True)
    while True:
        connection, _ = listener.accept()
        if MODE == "dies":
            os._exit(3)
        threading.Thread(target=forward, args=(connection, node), daemon=True).start()


main()
