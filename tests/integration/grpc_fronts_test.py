"""Real servers in a node's place, and before one: nginx and HAProxy, as people put them in front of a fleet. What is no
gRPC is told as such, status, content type and first words; what passes gRPC on works."""

import unittest

from foreign_servers import free_port, haproxy, nginx, program
from harness import System

NO_STATUS = "it answered without a grpc-status: is this a gRPC server?\nit answers HTTP 200"
BROKEN_OFF = "its answer broke off before a grpc-status: is this a gRPC server?\nit answers HTTP 200, text/plain: ok\n"


class Fronts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.system = System()
        cls.addClassCleanup(cls.system.destroy)

    def url_of(self, server):
        """The URL of a server that runs to the end of the test."""
        return f"grpc://127.0.0.1:{self.enterContext(server).port}"

    def node(self):
        """The address of a node."""
        node = self.system.start("llm", "serve", "--listen", "127.0.0.1:0", "--node-id", "n1", "--sim", "ttft=1ms")
        self.addCleanup(node.communicate)
        self.addCleanup(node.terminate)
        return node.stdout.readline().decode().strip().removeprefix("grpc://")

    def check_refused(self, url, words):
        for command in (("health",), ("generate", "hi")):
            run = self.system.run("llm", *command, "--url", url, "--timeout", "10")
            self.assertEqual((run.code, run.out), (1, ""), run)
            self.assertIn(words, run.err)

    def check_passed(self, url):
        for command in (("health",), ("generate", "hi")):
            run = self.system.run("llm", *command, "--url", url, "--timeout", "10")
            self.assertEqual(run.code, 0, run)
            self.assertIn("node n1", run.out + run.err)


@unittest.skipUnless(program("nginx"), "nginx is not installed (cli/prepare ci)")
class Nginx(Fronts):
    def front(self, action, protocol="http2"):
        return self.url_of(nginx(action, protocol=protocol))

    def test_what_is_no_grpc_is_told(self):
        for action, protocol, words in (
                ("return 200;", "http2", NO_STATUS),
                ('return 200 "ok\\n";', "http2", BROKEN_OFF),
                ("return 301 https://example.com/;", "http2", "it answered HTTP 301: is this a gRPC server?"),
                ("return 404;", "http2", "it answered HTTP 404: is this a gRPC server?\nit answers HTTP 404, text/html: <html>"),
                ("return 503;", "http2", "it answered HTTP 503: is this a gRPC server?"),
                ("return 444;", "http2", "RST_STREAM with error code 1"),
                ("return 200;", "", "it speaks HTTP/1.1: is this a gRPC server?\nit answers HTTP 200")):
            with self.subTest(action=action, protocol=protocol):
                self.check_refused(self.front(action, protocol), words)

    def test_a_node_behind_it(self):
        self.check_passed(self.front(f"grpc_pass grpc://{self.node()};"))

    def test_a_node_that_is_not_there(self):
        self.check_refused(self.front(f"grpc_pass grpc://127.0.0.1:{free_port()};"), "it answered HTTP 502")


@unittest.skipUnless(program("haproxy"), "haproxy is not installed (cli/prepare ci)")
class HaProxy(Fronts):
    def front(self, action):
        return self.url_of(haproxy(f"frontend front\n  mode http\n  bind 127.0.0.1:PORT proto h2\n  {action}\n"))

    def test_what_is_no_grpc_is_told(self):
        for action, words in (
                ("http-request return status 200", NO_STATUS),
                ('http-request return status 200 content-type text/plain string "ok"', BROKEN_OFF),
                ("http-request return status 404", "it answered HTTP 404: is this a gRPC server?"),
                ("http-request deny deny_status 403", "it answered HTTP 403: is this a gRPC server?"),
                ("http-request redirect location https://example.com/", "it answered HTTP 302: is this a gRPC server?"),
                ("default_backend none\nbackend none\n  mode http", "it answered HTTP 503: is this a gRPC server?")):
            with self.subTest(action=action):
                self.check_refused(self.front(action), words)

    def test_a_node_behind_it(self):
        backend = f"default_backend fleet\nbackend fleet\n    mode http\n    cookie node insert\n    server n1 {self.node()} proto h2 cookie n1"
        self.check_passed(self.front(backend))


del Fronts


if __name__ == "__main__":
    unittest.main()
