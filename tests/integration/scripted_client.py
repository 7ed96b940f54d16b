"""`wsdeep chat` and `wsdeep connect`, signed in at a local system, at gateways that misbehave as a test wants it."""

import signal
import subprocess
import time
import unittest

from harness import Run, System
from scripted_gateway import ScriptedGateway


class ClientTest(unittest.TestCase):
    """Signed in at a local system, talking to a gateway of the test's."""

    @classmethod
    def setUpClass(cls):
        cls.system = System("--sim", "ttft=20ms", "--sim", "inter-token=2ms")
        cls.addClassCleanup(cls.system.destroy)
        cls.system.up()
        cls.system.add_user("alice")

    def where(self, gateway):
        info = self.system.info
        return ("--url", gateway.url, "--user-pool-id", info["userPoolId"], "--client-id", info["clientId"],
                "--region", info["region"], "--endpoint", info["endpoint"])

    def ask(self, script, *options, question="why?", timeout=60):
        """One question to a gateway that plays `script`."""
        with ScriptedGateway(script) as gateway:
            result = self.system.run("chat", "-m", question, *options, *self.where(gateway), timeout=timeout)
        return result, gateway

    def interrupt(self, process, within=1.0):
        """Sends SIGINT; the exit code and how the process ended."""
        started = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
        took = time.monotonic() - started
        self.assertLess(took, within, err)
        return Run(subprocess.CompletedProcess([], process.returncode, out, err))
