"""Members of a room who come by npm's `ws`, as the pages of the source documents do, and the AWS CLI and boto3 beside them."""

import json
import os
import queue
import shutil
import subprocess
import threading

from harness import TIMEOUT, is_error

NODE = shutil.which("node")
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "node")
HAS_WS = os.path.isdir(os.path.join(FOLDER, "node_modules", "ws"))


class Refused(Exception):
    """The handshake was answered with another status than 101."""

    def __init__(self, status):
        super().__init__(f"refused with {status}")
        self.status = status


class Closed(Exception):
    pass


class NodeMember:
    """One process of node, with one connection. The token travels by stdin, not on the command line."""

    def __init__(self, url, cookie="", **headers):
        self.process = subprocess.Popen([NODE, os.path.join(FOLDER, "room_client.mjs")], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, encoding="utf-8")
        self.events = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        if cookie:
            headers["Cookie"] = cookie
        self._write({"url": url, "headers": headers})
        first = self._event()
        if first["event"] != "open":
            self.stop()
            raise Refused(first.get("status", first.get("message")))

    def _read(self):
        for line in self.process.stdout:
            self.events.put(json.loads(line))
        self.events.put({"event": "over"})

    def _write(self, document):
        self.process.stdin.write(json.dumps(document) + "\n")
        self.process.stdin.flush()

    def _event(self):
        event = self.events.get(timeout=TIMEOUT)
        if event["event"] == "over":
            raise Closed("the client has ended")
        return event

    def send(self, frame):
        self._write(frame)

    def receive_until(self, wanted):
        """Frames up to and including the first for which `wanted` is true."""
        frames = []
        while True:
            event = self._event()
            if event["event"] != "message":
                raise Closed(f"{event} after {frames}")
            frames.append(event["data"])
            if wanted(frames[-1]):
                return frames

    def receive(self):
        return self.receive_until(lambda frame: True)[-1]

    def heard(self):
        """The next that somebody said."""
        return self.receive_until(lambda frame: frame.get("action") == "message")[-1]["data"]

    def say(self, content, recipient="all", **data):
        """What the document's client sends; the notice or the error that answers."""
        self.send({"action": "message", "data": {"content": content, "recipient": recipient, **data}})
        return self.receive_until(lambda frame: frame.get("message") == "Message sent" or is_error(frame))[-1]

    def close_code(self):
        while True:
            event = self._event()
            if event["event"] == "close":
                return event["code"]

    def close(self):
        """As a page does that is left."""
        self.process.stdin.close()
        code = self.close_code()
        self.stop()
        return code

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def exported(system):
    """The environment that `wsdeep local status` prints for AWS's own tools."""
    lines = system.run("local", "status", "--output", "env").out.splitlines()
    return dict(line.removeprefix("export ").split("=", 1) for line in lines)


def aws_cli(environment, *words):
    """What the AWS CLI prints, and how it ended."""
    return subprocess.run(["aws", *words, "--output", "json"], env={**os.environ, **environment, "AWS_PAGER": ""},
                          capture_output=True, text=True, timeout=TIMEOUT)
