"""What `wsdeep loadtest` says of a load that cannot be meant, of files that are broken and of targets that are none:
tests/golden/load/bad_input.txt, command → exit code and words. None of them may give a result that looks valid."""

import contextlib
import json
import os
import re
import socket
import tempfile
import threading
import time
import unittest

from foreign_servers import free_port
from harness import System
from raw_http2_test import compare

FILES = {
    "no-stages": "# nothing but a remark\n",
    "stages": "one 10s 5/s\ntwo 10s 5x\n",
    "trace.csv": "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.6805900,374,44\nyesterday,1,2\n",
    "columns.csv": "when,how,why\n1,2,3\n",
    "empty": "",
    "prompts.jsonl": '{"prompt": "hi"}\n{"prompt": 7}\n',
    "broken.jsonl": '{"prompt": "hi"}\n{"prompt": "hi\n',
    "sharegpt.json": '[{"id": "a", "conversations": [{"from": "human", "value": "Why?"}',
    "bytes.jsonl": b'{"prompt": "\xff\xfe"}\n',
}


def token(expires_in):
    return {"username": "load-00001", "idToken": "a.b.c", "accessToken": "a.b.c", "refreshToken": "r",
            "expiresAt": int(time.time()) + expires_in}


@contextlib.contextmanager
def target(play):
    """A port that plays this with each connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def serve():
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    threading.Thread(target=run, args=(connection,), daemon=True).start()

        def run(connection):
            with connection, contextlib.suppress(OSError):
                play(connection)

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def half_closed(connection):
    """Takes all, says nothing, and has said so."""
    connection.shutdown(socket.SHUT_WR)
    while connection.recv(4096):
        pass


def garbage(connection):
    connection.recv(65536)
    connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n" * 20)


def closes(connection):
    connection.recv(65536)


class BadInput(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.system = System()
        cls.addClassCleanup(cls.system.destroy)
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="wsdeep-load-"))
        for name, content in FILES.items():
            with open(os.path.join(cls.folder, name), "wb") as file:
                file.write(content if isinstance(content, bytes) else content.encode())
        for name, content in (("no-tokens", ""), ("no-json", "load-00001 a.b.c\n"), ("open", "")):
            with open(os.path.join(cls.folder, name), "w", encoding="utf-8") as file:
                file.write(content)
            os.chmod(file.name, 0o644 if name == "open" else 0o600)
        for name, lines in (("tokens", [token(3600)]), ("expired", [token(3600), token(-60)])):
            with open(os.path.join(cls.folder, name), "w", encoding="utf-8") as file:
                file.writelines(json.dumps(line) + "\n" for line in lines)
            os.chmod(file.name, 0o600)

    def told(self, command):
        """The row of a command line whose files are written as @name."""
        words = [os.path.join(self.folder, word[1:]) if word.startswith("@") else word for word in command]
        run = self.system.run("loadtest", *words)  # which lets none of them wait for ever
        self.assertNotEqual(run.code, 0, run)
        self.assertNotRegex(run.out, r"^VALID", run)
        said = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", run.err.replace(self.folder + "/", ""))
        shown = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", " ".join(command).replace("@", ""))
        return f"$ wsdeep loadtest {shown}\n{run.code}  " + said.strip().replace("\n", "\n   ") + "\n"

    def commands(self):
        node = ("llm", "--url", f"127.0.0.1:{free_port()}")
        for rate in ("5x", "5", "0/s", "-1/s", "inf/s", "nan/s", "1e9/s", "/s", "5/week"):
            yield *node, "--rate", rate
        for duration in ("60", "0s", "-1s", "1 fortnight"):
            yield *node, "--duration", duration
        yield *node, "--rate", "2000/s"
        yield *node, "--duration", "2h"
        yield *node, "--rate", "5/s", "--concurrency", "3"
        yield *node, "--concurrency", "0"
        yield *node, "--requests", "0"
        yield *node, "--requests", "many"
        yield *node, "--burstiness", "0"
        yield *node, "--burstiness", "much"
        yield *node, "--arrivals", "gamma"
        yield *node, "--arrivals", "constant", "--burstiness", "2"
        yield *node, "--arrivals", "now-and-then"
        yield *node, "--think", "2s"
        yield *node, "--time-scale", "2"
        yield *node, "--warm-up", "soon"
        yield *node, "--cancel", "5%"
        for distribution in ("long", "300..100", "normal:200", "0"):
            yield *node, "--prompt-tokens", distribution
        for level in ("ttft<1s", "ttft_p99", "ttft_p99<fast", "speed_p99<1s", "good_share>200%", "stage 9: ttft_p99<1s"):
            yield *node, "--slo", level
        yield *node, "--abort-on", "soon"
        for name in ("no-stages", "stages", "missing"):
            yield *node, "--stages", "@" + name
        for name in ("trace.csv", "columns.csv", "empty"):
            yield *node, "--trace", "@" + name
        for name in ("prompts.jsonl", "broken.jsonl", "bytes.jsonl", "empty"):
            yield *node, "--prompts", "@" + name
        for name in ("sharegpt.json", "empty"):
            yield *node, "--sharegpt", "@" + name
        yield *node, "--json", "@missing/result.json"
        yield *node, "--csv", "@same", "--hdr", "@same"
        yield "llm", "--url", "grpc://192.0.2.1:50051"
        yield ("llm",)
        yield *node, "--rate", "5/s"

    def targets(self):
        chat = ("chat", "--rate", "5/s", "--duration", "9s", "--tokens")
        yield "chat", "--tokens", "@missing"
        url = f"ws://127.0.0.1:{free_port()}/prod"
        pool = ("--user-pool-id", "us-east-1_x", "--client-id", "c", "--region", "us-east-1")
        yield *chat, "@expired", "--url", url, *pool
        for name in ("no-tokens", "no-json", "open", "tokens"):
            yield *chat, "@" + name, "--url", url, *pool
        yield *chat, "@tokens", "--url", "wss://192.0.2.1/prod", *pool
        for play in (half_closed, garbage, closes):
            with target(play) as port:
                yield *chat, "@tokens", "--url", f"ws://127.0.0.1:{port}/{play.__name__}", *pool
                yield "llm", "--rate", "5/s", "--duration", "9s", "--url", f"127.0.0.1:{port}"

    def test_each_is_told_in_words(self):
        told = [self.told(command) for commands in (self.commands(), self.targets()) for command in commands]
        compare(self, "../load/bad_input.txt", "".join(told))


if __name__ == "__main__":
    unittest.main()
