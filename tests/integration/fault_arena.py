"""A whole local system with a relay on each of its links, and a client's turn machine in front of it."""

import asyncio
import json
import os
import shutil
import subprocess
import tempfile
import time

import harness
from fault_relay import HttpRelay, InvokeRelay, RuntimeRelay, SocketRelay, StreamRelay, Weather

TURNS_TOOL = os.path.join(harness.BIN, "turns_tool")
FUNCTIONS = harness.function_names()
USER = "alice"
ANSWER_TIMEOUT = 10.0  # turns_tool's
SLACK = 10.0  # for a machine that is busy with other tests

# What the functions are told by their environment, as in the cloud: where their services are. The port of a process's
# own Runtime API goes into the path, for the one relay that stands before all of them.
WRAPPER = """#!/bin/sh
export AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI=http://127.0.0.1:{connections}/prod
export AWS_ENDPOINT_URL_LAMBDA=http://127.0.0.1:{invoke}
export AWS_LAMBDA_RUNTIME_API="127.0.0.1:{runtime}/${{AWS_LAMBDA_RUNTIME_API##*:}}"
exec {program}
"""


class RelayedSystem(harness.System):
    """A local system whose functions reach their services through relays. The functions' binaries are the built ones."""

    def __init__(self, ports):
        super().__init__("--dynamodb-endpoint", f"http://127.0.0.1:{ports['table']}",
                         "--llm", f"grpc://127.0.0.1:{ports['node']}", "--llm-timeout", "1500ms")
        folder = os.path.join(self.state, "bin")
        os.mkdir(folder)
        self.program = os.path.join(folder, "wsdeep")
        shutil.copy2(harness.WSDEEP, self.program)
        for name in FUNCTIONS:
            self._wrap(os.path.join(folder, "wsdeep-" + name), os.path.join(harness.BIN, "wsdeep-" + name), ports)

    @staticmethod
    def _wrap(path, program, ports):
        with open(path, "w", encoding="utf-8") as file:
            file.write(WRAPPER.format(program=program, **ports))
        os.chmod(path, 0o755)

    def query(self, chat):
        """The items of a chat, as the table has them."""
        body = {"TableName": "wsdeep-chats", "KeyConditionExpression": "chatId = :chat",
                "ExpressionAttributeValues": {":chat": {"S": chat}}, "ConsistentRead": True}
        status, answer = self.call_signed("dynamodb", "/", body, {"x-amz-target": "DynamoDB_20120810.Query"})
        assert status == 200, answer
        return [{name: list(value.values())[0] for name, value in item.items()} for item in json.loads(answer)["Items"]]


class Node:
    """An LLM node of its own, so that a relay can stand before it. Tokens come slowly enough to be cancelled."""

    def __init__(self):
        self.process = subprocess.Popen(
            [harness.WSDEEP, "llm", "serve", "--listen", "127.0.0.1:0", "--sim", "ttft=20ms", "--sim",
             "inter-token=4ms", "--sim", "tokens=250", "--sim", "slots=64"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={"PATH": os.environ["PATH"]})
        self.url = self.process.stdout.readline().decode().strip()

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Arena:
    LINKS = {"client": SocketRelay, "runtime": RuntimeRelay, "invoke": InvokeRelay, "table": HttpRelay,
             "connections": HttpRelay, "node": StreamRelay}

    def __init__(self):
        self.weather = Weather()
        self.relays = {link: relay(link, self.weather) for link, relay in self.LINKS.items()}
        self.node = self.system = None

    async def open(self):
        for relay in self.relays.values():
            await relay.start()
        self.node = Node()
        self.system = RelayedSystem({link: relay.port for link, relay in self.relays.items()})
        await asyncio.to_thread(self._up)
        port = int(self.system.info["endpoint"].rpartition(":")[2])
        for relay in self.relays.values():
            relay.to = ("127.0.0.1", port)
        self.relays["node"].to = ("127.0.0.1", int(self.node.url.rpartition(":")[2]))
        self.url = f"ws://127.0.0.1:{self.relays['client'].port}/prod"

    def _up(self):
        self.system.up()
        self.system.add_user(USER)
        self.token = self.system.token(USER)

    async def close(self):
        for relay in self.relays.values():
            await relay.stop()
        if self.system is not None:
            await asyncio.to_thread(self.system.destroy)
        if self.node is not None:
            self.node.stop()

    def begin(self, seed, rates):
        self.weather.begin(seed, rates)
        self.log_began = {name: len(self.system.log("wsdeep-" + name)) for name in FUNCTIONS}

    async def calm(self):
        """Good weather: nothing misbehaves any more, and what still hangs is let go."""
        self.weather.calm()
        for relay in self.relays.values():
            await relay.drop_all()

    def logged(self):
        """What the functions have logged since the seed began."""
        lines = [line for name in FUNCTIONS for line in self.system.log("wsdeep-" + name)[self.log_began[name]:]]
        return [json.dumps(line) for line in sorted(lines, key=lambda line: str(line.get("time")))]


class Silence(Exception):
    """Nothing came in time."""


class Client:
    """The real client's turn machine, as turns_tool drives it. Starts again when its connection ended for good."""

    def __init__(self, url, token, chat):
        self.url, self.token, self.chat = url, token, chat
        self.process = None
        self.heard = []  # every event, for a report
        self.began = time.monotonic()

    async def start(self):
        self.ended = False  # then it leaves by itself
        self.process = await asyncio.create_subprocess_exec(
            TURNS_TOOL, self.url, *filter(None, [self.chat]), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            env={"WSDEEP_TOKEN": self.token}, limit=1 << 20)

    def order(self, what, **more):
        self.heard.append((time.monotonic() - self.began, {"do": what, **more}))
        self.process.stdin.write((json.dumps({"do": what, **more}) + "\n").encode())

    async def event(self, timeout):
        """The next thing that the machine tells."""
        try:
            line = await asyncio.wait_for(self.process.stdout.readline(), timeout)
        except asyncio.TimeoutError:
            raise Silence(f"nothing came for {timeout:.1f} s") from None
        if not line:
            raise AssertionError(f"turns_tool ended with {await self.process.wait()} without a word")
        event = json.loads(line)
        self.ended = event["event"] == "end"
        self.heard.append((time.monotonic() - self.began, event))
        return event

    async def finish(self):
        """Closes; what came that nobody had asked for."""
        rest = []
        try:
            self.process.stdin.close()
            while (event := await self.event(SLACK))["event"] != "end":
                rest.append(event)
        except (Silence, OSError):
            pass
        await self.stop()
        return rest

    async def stop(self):
        if self.process.returncode is None and not self.ended:
            self.process.kill()
        await self.process.wait()
