"""`--via ssm:INSTANCE`: Systems Manager is a scripted server, its plugin a program that forwards with sockets."""

import json
import os
import shutil
import signal
import stat
import time
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from harness import AT_ONCE, TIMEOUT, System, eventually
from serving import serve

INSTANCE = "i-0123456789abcdef0"
TOKEN = "a-token-that-nobody-may-see"


class ScriptedSsm:
    """Systems Manager as far as sessions go. `refusal` is a code and words instead of a session."""

    def __init__(self):
        self.requests, self.operations, self.refusal = [], [], None
        ssm = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, answer = ssm.answer(self.headers["X-Amz-Target"], body)
                self.send_response(status)
                self.end_headers()
                self.wfile.write(json.dumps(answer).encode())

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, target, body):
        prefix, operation = target.split(".")
        assert prefix == "AmazonSSM", target
        self.operations.append(operation)
        self.requests.append(body)
        if self.refusal:
            return 400, {"__type": self.refusal[0], "message": self.refusal[1]}
        if operation == "TerminateSession":
            return 200, {"SessionId": body["SessionId"]}
        return 200, {"SessionId": "me-1", "TokenValue": TOKEN, "StreamUrl": "wss://ssmmessages.example/me-1"}

    def __enter__(self):
        serve(self.server)
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class SessionTunnel(unittest.TestCase):
    def setUp(self):
        self.system = System()
        self.addCleanup(self.system.destroy)
        self.ssm = self.enterContext(ScriptedSsm())
        self.bin = os.path.join(self.system.home, "bin")
        os.mkdir(self.bin)
        self.log = os.path.join(self.system.home, "plugin.json")

    def install_plugin(self):
        path = os.path.join(self.bin, "session-manager-plugin")
        shutil.copy(os.path.join(os.path.dirname(os.path.abspath(__file__)), "session_manager_plugin.py"), path)
        os.chmod(path, stat.S_IRWXU)

    def environment(self, **more):
        return {"PATH": f"{self.bin}:{os.environ['PATH']}", "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s",
                "AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL_SSM": self.ssm.url, "PLUGIN_LOG": self.log, **more}

    def llm(self, *words, **more):
        return self.system.run("llm", *words, "--via", f"ssm:{INSTANCE}", env=self.environment(**more))

    def node(self, *options):
        """The port of a node."""
        node = self.system.start("llm", "serve", "--listen", "127.0.0.1:0", "--node-id", "n1", "--sim", "ttft=1ms",
                                 *options)
        self.addCleanup(node.communicate)
        self.addCleanup(node.kill)
        return int(node.stdout.readline().decode().strip().rsplit(":", 1)[1])

    def plugin(self):
        with open(self.log, encoding="utf-8") as file:
            return json.load(file)

    def check_ended(self):
        """The plugin is gone and the session terminated."""
        self.assertEqual(self.ssm.operations, ["StartSession", "TerminateSession"])
        self.assertFalse(os.path.exists(f"/proc/{self.plugin()['pid']}"))

    def test_a_node_is_reached_on_the_instance(self):
        self.install_plugin()
        port = self.node()
        run = self.llm("health", "--url", f"localhost:{port}")
        self.assertEqual(run.code, 0, run)
        self.assertIn("healthy · node n1", run.out)
        self.assertEqual(self.ssm.requests[0], {"Target": INSTANCE, "DocumentName": "AWS-StartPortForwardingSession",
                                                "Parameters": {"portNumber": [str(port)]}})
        called = self.plugin()
        self.assertEqual(called["arguments"][:4], ["AWS_SSM_START_SESSION_RESPONSE", "eu-west-1", "StartSession", ""])
        self.assertEqual((json.loads(called["arguments"][4]), called["arguments"][5]), (self.ssm.requests[0], self.ssm.url))
        self.assertEqual(called["response"]["TokenValue"], TOKEN)
        self.assertNotIn(TOKEN, " ".join(called["arguments"]))
        self.check_ended()

    def test_every_command_goes_that_way(self):
        self.install_plugin()
        url = f"localhost:{self.node()}"
        for words, said in ((("generate", "hi"), "simulated engine"), (("models",), "sim\n"),
                            (("describe", "llm.Usage"), "message Usage")):
            run = self.llm(*words, "--url", url)
            self.assertEqual(run.code, 0, run)
            self.assertIn(said, run.out)

    def test_a_host_beyond_the_instance_keeps_its_name(self):
        self.install_plugin()
        run = self.llm("health", "--url", "grpc://internal-llm.example.com:8080", PLUGIN_NODE=str(self.node()))
        self.assertEqual(run.code, 0, run)
        self.assertEqual(self.ssm.requests[0]["DocumentName"], "AWS-StartPortForwardingSessionToRemoteHost")
        self.assertEqual(self.ssm.requests[0]["Parameters"],
                         {"host": ["internal-llm.example.com"], "portNumber": ["8080"]})

    def test_without_an_address_it_is_the_instance_s_own_node(self):
        self.install_plugin()
        self.assertEqual(self.llm("health", PLUGIN_NODE=str(self.node())).code, 0)
        self.assertEqual(self.ssm.requests[0]["Parameters"], {"portNumber": ["50051"]})

    def test_without_the_plugin_it_says_where_to_get_it(self):
        run = self.llm("health")
        self.assertEqual(run.code, 4)
        self.assertIn("session-manager-plugin, and it is not in PATH", run.err)
        self.assertIn("https://docs.aws.amazon.com/systems-manager/", run.err)
        self.assertEqual(self.ssm.operations, [])

    def test_a_plugin_that_would_show_the_token_is_refused(self):
        self.install_plugin()
        for version in ("1.2.497.0", "1.1.9.0", "unknown"):
            run = self.llm("health", PLUGIN_VERSION=version)
            self.assertEqual(run.code, 1, run)
            self.assertIn(f"is version '{version}', which takes the session's token on its command line", run.err)
        self.assertEqual(self.ssm.operations, [])

    def test_an_instance_that_is_not_connected(self):
        self.install_plugin()
        self.ssm.refusal = ("TargetNotConnected", f"{INSTANCE} is not connected.")
        run = self.llm("health")
        self.assertEqual(run.code, 1, run)
        self.assertIn(f"{INSTANCE} is not connected.", run.err)

    def test_a_plugin_that_fails_is_quoted(self):
        self.install_plugin()
        run = self.llm("health", PLUGIN_MODE="fail")
        self.assertEqual(run.code, 1, run)
        self.assertIn(f"no tunnel to {INSTANCE} came about: session-manager-plugin has ended (1): "
                      "Cannot perform start session: websocket: bad handshake", run.err)
        self.check_ended()

    def test_a_plugin_that_dies_later_is_told_about(self):
        self.install_plugin()
        run = self.llm("health", PLUGIN_MODE="dies", PLUGIN_NODE="1")
        self.assertEqual(run.code, 1, run)
        self.assertIn("session-manager-plugin has ended (3)", run.err)
        self.check_ended()

    def test_ctrl_c_ends_the_session_at_any_time(self):
        self.install_plugin()
        for mode, words in (("silent", ("health",)), ("", ("health", "--watch", "--json"))):
            with self.subTest(mode=mode):
                self.ssm.operations.clear()
                if os.path.exists(self.log):
                    os.remove(self.log)
                command = self.system.start("llm", *words, "--via", f"ssm:{INSTANCE}", "--url",
                                            f"localhost:{self.node()}", env=self.environment(PLUGIN_MODE=mode))
                self.addCleanup(command.communicate)
                self.addCleanup(command.kill)
                if mode == "":
                    command.stdout.readline()
                eventually(lambda: os.path.exists(self.log) and os.path.getsize(self.log))
                began = time.monotonic()
                command.send_signal(signal.SIGINT)
                self.assertEqual(command.wait(TIMEOUT), 130)
                self.assertLess(time.monotonic() - began, AT_ONCE)
                self.check_ended()

    def test_what_is_no_instance_is_refused(self):
        for via in ("gpu-1", "ssm:", "ssm:gpu-1", "ssm:i-1 -x"):
            run = self.system.run("llm", "health", "--via", via)
            self.assertEqual(run.code, 2, run)
            self.assertIn("--via must be ssm: and an instance's id", run.err)
        run = self.system.run("llm", "health", "--url", "gpu-1:1", "--region", "eu-west-1")
        self.assertEqual((run.code, run.err), (2, "wsdeep: error: --region is for --via ssm:INSTANCE\n"))


if __name__ == "__main__":
    unittest.main()
