"""The answers of `engine_answers/`, read, and an engine that gives them: which one, the question says."""

import json
import os
import random
import re
import socket
import threading

FOLDER = os.path.join(os.path.dirname(__file__), "engine_answers")
MODEL = "recorded"
STAYS_OPEN = {"done_then_open"}


class Expected:
    """A line of the table in `engine_answers/README.md`."""

    def __init__(self, cells):
        self.name, says, thinks, self.ends, self.category, code, self.history, self.told = cells
        self.says, self.thinks = (json.loads(cell) if cell else "" for cell in (says, thinks))
        self.exit = int(code)


def table():
    with open(os.path.join(FOLDER, "README.md"), encoding="utf-8") as page:
        rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in page if line.startswith("| ")]
    return [Expected(cells) for cells in rows if cells[0] != "answer"]


def answer(name):
    with open(os.path.join(FOLDER, name + ".http"), "rb") as file:
        return file.read()


class ReplayedEngine:
    """Asked `play NAME` it gives that answer, whole; asked `play NAME in pieces`, cut at random for the seed. `requests`
    holds the messages of every question."""

    def __init__(self, seed=11):
        self.random = random.Random(seed)
        self.requests = {}
        self.server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.server.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        self.server.close()

    def accept(self):
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection:
            try:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.respond(connection, *read_request(connection))
            except OSError:
                pass  # the node has hung up

    def respond(self, connection, target, body):
        if not body:
            known = {"/v1/models": {"data": [{"id": MODEL}]}, "/api/tags": {"models": [{"name": MODEL}]}}.get(target)
            text = json.dumps(known or {}).encode()
            status = "200 OK" if known else "404 Not Found"
            connection.sendall(f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {len(text)}\r\n\r\n".encode() + text)
            return
        messages = json.loads(body)["messages"]
        question = messages[-1]["content"]
        self.requests[question] = messages
        name = re.fullmatch(r"play (\w+)( in pieces)?", question)[1]
        for piece in self.cut(answer(name)) if question.endswith("pieces") else [answer(name)]:
            connection.sendall(piece)
        if name in STAYS_OPEN:
            connection.settimeout(20)
            connection.recv(1)

    def cut(self, data):
        at = 0
        while at < len(data):
            end = at + self.random.randint(1, 60)
            yield data[at:end]
            at = end


def read_request(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        data += received(connection)
    head, body = data.split(b"\r\n\r\n", 1)
    length = re.search(rb"content-length: (\d+)", head, re.I)
    while length and len(body) < int(length[1]):
        body += received(connection)
    return head.split()[1].decode(), body


def received(connection):
    data = connection.recv(65536)
    if not data:
        raise ConnectionError("hung up in a request")
    return data
