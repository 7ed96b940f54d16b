"""Real servers in a node's place, and before one: nginx and HAProxy, as people put them in front of a fleet. What is no
gRPC is told as such, status, content type and first words; what passes gRPC on works."""

import os
import shutil
import socket
import subprocess
import tempfile
import unittest

from harness import System, eventually

SEARCH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
NGINX, HAPROXY = shutil.which("nginx", path=SEARCH), shutil.which("haproxy", path=SEARCH)

NGINX_CONFIGURATION = """
daemon off;
pid {folder}/pid;
error_log stderr crit;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port}{protocol};
        location / {{ {action} }}
    }}
}}
"""

HAPROXY_CONFIGURATION = """
defaults
    mode http
    timeout connect 2s
    timeout client 10s
    timeout server 10s
frontend front
    bind 127.0.0.1:{port} {protocol}
    {action}
"""

NO_STATUS = "it answered without a grpc-status: is this a gRPC server?\nit answers HTTP 200"
BROKEN_OFF = "its answer broke off before a grpc-status: is this a gRPC server?\nit answers HTTP 200, text/plain: ok\n"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


class Fronts(unittest.TestCase):
    CONFIGURATION = ""

    @classmethod
    def setUpClass(cls):
        cls.system = System()
        cls.addClassCleanup(cls.system.destroy)

    def words(self, path):
        raise NotImplementedError

    def front(self, action, protocol=""):
        """The URL of a front that does `action`."""
        folder = tempfile.mkdtemp(prefix="wsdeep-front-")
        self.addCleanup(shutil.rmtree, folder, True)
        path, port = os.path.join(folder, "configuration"), free_port()
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.CONFIGURATION.format(folder=folder, port=port, action=action, protocol=protocol))
        process = subprocess.Popen(self.words(path), cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.addCleanup(process.communicate)
        self.addCleanup(process.terminate)
        eventually(lambda: accepts(port) or process.poll() is not None)
        self.assertIsNone(process.poll(), process.stderr.read().decode() if process.poll() is not None else "")
        return f"grpc://127.0.0.1:{port}"

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


@unittest.skipUnless(NGINX, "nginx is not installed (cli/prepare ci)")
class Nginx(Fronts):
    CONFIGURATION = NGINX_CONFIGURATION

    def words(self, path):
        return [NGINX, "-e", "stderr", "-p", os.path.dirname(path), "-c", path]

    def test_what_is_no_grpc_is_told(self):
        for action, protocol, words in (
                ("return 200;", " http2", NO_STATUS),
                ('return 200 "ok\\n";', " http2", BROKEN_OFF),
                ("return 301 https://example.com/;", " http2", "it answered HTTP 301: is this a gRPC server?"),
                ("return 404;", " http2", "it answered HTTP 404: is this a gRPC server?\nit answers HTTP 404, text/html: <html>"),
                ("return 503;", " http2", "it answered HTTP 503: is this a gRPC server?"),
                ("return 444;", " http2", "RST_STREAM with error code 1"),
                ("return 200;", "", "it speaks HTTP/1.1: is this a gRPC server?\nit answers HTTP 200")):
            with self.subTest(action=action, protocol=protocol):
                self.check_refused(self.front(action, protocol), words)

    def test_a_node_behind_it(self):
        self.check_passed(self.front(f"grpc_pass grpc://{self.node()};", " http2"))

    def test_a_node_that_is_not_there(self):
        self.check_refused(self.front(f"grpc_pass grpc://127.0.0.1:{free_port()};", " http2"), "it answered HTTP 502")


@unittest.skipUnless(HAPROXY, "haproxy is not installed (cli/prepare ci)")
class HaProxy(Fronts):
    CONFIGURATION = HAPROXY_CONFIGURATION

    def words(self, path):
        return [HAPROXY, "-db", "-f", path]

    def test_what_is_no_grpc_is_told(self):
        for action, words in (
                ("http-request return status 200", NO_STATUS),
                ('http-request return status 200 content-type text/plain string "ok"', BROKEN_OFF),
                ("http-request return status 404", "it answered HTTP 404: is this a gRPC server?"),
                ("http-request deny deny_status 403", "it answered HTTP 403: is this a gRPC server?"),
                ("http-request redirect location https://example.com/", "it answered HTTP 302: is this a gRPC server?"),
                ("default_backend none\nbackend none", "it answered HTTP 503: is this a gRPC server?")):
            with self.subTest(action=action):
                self.check_refused(self.front(action, "proto h2"), words)

    def test_a_node_behind_it(self):
        backend = f"default_backend fleet\nbackend fleet\n    cookie node insert\n    server n1 {self.node()} proto h2 cookie n1"
        self.check_passed(self.front(backend, "proto h2"))


del Fronts


if __name__ == "__main__":
    unittest.main()
