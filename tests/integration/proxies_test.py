"""A chat through what stands between people and their gateway: a forward proxy that asks for a password (tinyproxy, and
one whose every byte a test writes), and HAProxy and nginx before the gateway."""

import base64
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import unittest

from foreign_servers import free_port, haproxy, nginx, program, tinyproxy
from harness import SystemTest
from scripted_server import ScriptedServer, read_until, say_last

# Not a loopback address for those who look at it, and yet this machine: the local system is reached through proxies.
HERE = "0.0.0.0"
ELSEWHERE = "gateway.test"  # a name that only the test's own proxy knows


class ScriptedProxy(ScriptedServer):
    """Answers a CONNECT with `answer`; without one it connects to `targets[name]`."""

    def __init__(self, answer=None, targets=None):
        super().__init__()
        self.answer, self.targets = answer, targets or {}
        self.requests = []

    def play(self, client):
        head = read_until(client, b"\r\n\r\n").decode()
        self.requests.append(head)
        if self.answer is not None:
            return say_last(client, self.answer)
        with socket.create_connection(self.targets[head.split()[1]]) as server:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=self.pump, args=(server, client), daemon=True)
            back.start()
            self.pump(client, server)
            back.join()

    @staticmethod
    def pump(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # one side is gone, and the other hears of it


class ProxyTest(SystemTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.port = int(cls.system.info["endpoint"].rsplit(":", 1)[1])

    def ask_at(self, url, *options, **environment):
        """One question to the gateway at `url`, signed in at the local pool."""
        info = self.system.info
        return self.system.run("chat", "-m", "hi", "--url", url, "--user-pool-id", info["userPoolId"], "--client-id",
                               info["clientId"], "--region", info["region"], "--endpoint", info["endpoint"],
                               *(options or ("--ca-file", info["caFile"]) if info["caFile"] else options),
                               env=environment)

    def assert_answered(self, result):
        self.assertEqual(result.code, 0, result)
        self.assertIn('You asked: "hi"', result.out)

    def assert_told(self, result, code, *words):
        self.assertEqual((result.code, result.out), (code, ""), result)
        for word in words:
            self.assertIn(word, result.err)


class ForwardProxies(ProxyTest):
    def here(self):
        return f"ws://{HERE}:{self.port}/prod"

    @unittest.skipUnless(program("tinyproxy"), "tinyproxy is not installed (cli/prepare ci)")
    def test_tinyproxy_lets_those_in_who_have_its_password(self):
        with tinyproxy("BasicAuth alice p4ss", f"ConnectPort {self.port}") as proxy:
            address = f"127.0.0.1:{proxy.port}"
            self.assert_answered(self.ask_at(self.here(), http_proxy=f"http://alice:p4ss@{address}"))
            self.assert_told(self.ask_at(self.here(), http_proxy=f"http://{address}"), 1,
                             f"the proxy {address} (http_proxy) asks for user and password (407)",
                             f"put both into http_proxy: http://USER:PASSWORD@{address}")
            refused = self.ask_at(self.here(), all_proxy=f"http://alice:wr0ng@{address}")
            self.assert_told(refused, 1, f"the proxy {address} (all_proxy) does not accept its user and password (401)")
            self.assertNotIn("wr0ng", refused.err)
            self.assertIn("CONNECT", proxy.said())

    @unittest.skipUnless(program("tinyproxy"), "tinyproxy is not installed (cli/prepare ci)")
    def test_tinyproxy_connects_to_no_other_port(self):
        with tinyproxy("ConnectPort 443") as proxy:
            self.assert_told(self.ask_at(self.here(), http_proxy=f"127.0.0.1:{proxy.port}"), 1,
                             f"refuses to connect to {HERE}:{self.port} (403)", "name it in NO_PROXY")

    @unittest.skipUnless(program("tinyproxy"), "tinyproxy is not installed (cli/prepare ci)")
    def test_the_pool_is_asked_through_the_same_proxy(self):
        endpoint = f"http://{HERE}:{self.port}"
        info = self.system.info
        words = ("users", "list", "--user-pool-id", info["userPoolId"], "--client-id", info["clientId"], "--region",
                 info["region"], "--endpoint", endpoint)
        keys = {"AWS_ACCESS_KEY_ID": info["accessKeyId"], "AWS_SECRET_ACCESS_KEY": info["secretAccessKey"]}
        with tinyproxy("BasicAuth alice p4ss") as proxy:
            address = f"127.0.0.1:{proxy.port}"
            listed = self.system.run(*words, env={**keys, "http_proxy": f"http://alice:p4ss@{address}"})
            self.assertEqual(listed.code, 0, listed)
            self.assertIn("alice", listed.out)
            refused = self.system.run(*words, env={**keys, "http_proxy": address})
            self.assert_told(refused, 1, f"the proxy {address} (http_proxy) asks for user and password (407)")

    def test_exempt_and_loopback_hosts_are_reached_directly(self):
        nobody = f"http://127.0.0.1:{free_port()}"
        self.assert_told(self.ask_at(self.here(), ALL_PROXY=nobody), 1, "(ALL_PROXY): connection refused")
        self.assert_told(self.ask_at(self.here(), http_proxy=nobody, NO_PROXY="10.0.0.0/8,example.com"), 1, "(http_proxy)")
        for exempt in ("*", HERE, "10.0.0.0/8,0.0.0.0/8", f"example.com, {HERE}:{self.port}"):
            with self.subTest(exempt):
                self.assert_answered(self.ask_at(self.here(), ALL_PROXY=nobody, NO_PROXY=exempt))
        for unasked in ("HTTP_PROXY", "HTTPS_PROXY"):
            with self.subTest(unasked):
                self.assert_answered(self.ask_at(self.here(), **{unasked: nobody}))
        everything = {name: nobody for name in ("http_proxy", "https_proxy", "all_proxy", "grpc_proxy")}
        self.assert_answered(self.system.run("chat", "-m", "hi", env=everything))
        health = self.system.run("llm", "health", env=everything)
        self.assertEqual(health.code, 0, health)

    def test_what_a_proxy_may_answer(self):
        name = f"ws://{ELSEWHERE}/prod"
        rows = (
            (b"", "hung up"),
            (b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=x\r\n\r\n",
             "asks for user and password (407)"),
            (b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: NTLM\r\n\r\n",
             "asks for a login of a kind that we do not speak (407)"),
            (b"HTTP/1.1 403 Forbidden\r\n\r\n", f"refuses to connect to {ELSEWHERE}:80 (403)"),
            (b"HTTP/1.1 404 Not Found\r\n\r\n", "knows no CONNECT (404)"),
            (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", f"does not reach {ELSEWHERE}:80 (502)"),
            (b"HTTP/1.1 200 OK\r\n\r\n", "the server hung up"),
            (b"HTTP/1.1 200 OK\r\n\r\n<html>", "is not an HTTP proxy"),
            (b"\x05\x00\r\n\r\n", "is not an HTTP proxy"),
        )
        for answer, words in rows:
            with self.subTest(answer), ScriptedProxy(answer) as proxy:
                self.assert_told(self.ask_at(name, http_proxy=f"http://127.0.0.1:{proxy.port}"), 1, words)
                self.assertEqual(len(proxy.requests), 1, "asked once")
                self.assertIn(f"CONNECT {ELSEWHERE}:80 HTTP/1.1\r\nHost: {ELSEWHERE}:80\r\n", proxy.requests[0])

    def test_a_login_is_sent_as_it_was_meant_and_to_the_proxy_alone(self):
        with ScriptedProxy(targets={f"{ELSEWHERE}:80": ("127.0.0.1", self.port)}) as proxy:
            login = f"http://al%40ice:p%3A%2F%25@127.0.0.1:{proxy.port}"
            self.assert_answered(self.ask_at(f"ws://{ELSEWHERE}/prod", http_proxy=login))
        expected = base64.b64encode(b"al@ice:p:/%").decode()
        self.assertIn(f"\r\nProxy-Authorization: Basic {expected}\r\n", proxy.requests[0])
        self.assertNotIn("Bearer", proxy.requests[0])

    def test_proxies_that_a_websocket_does_not_go_through(self):
        for value, words in (("socks5://u:secret@127.0.0.1:1", "through socks5:// proxies, and ALL_PROXY names one"),
                             ("https://u:secret@127.0.0.1:1", "through https:// proxies, and ALL_PROXY names one"),
                             ("ftp://u:secret@127.0.0.1:1", "ALL_PROXY does not name a proxy: no proxy speaks 'ftp'"),
                             ("http://u:secret@127.0.0.1:70000", "its port is not a number from 1 to 65535")):
            with self.subTest(value):
                result = self.ask_at(self.here(), ALL_PROXY=value)
                self.assertIn(words, result.err)
                self.assertIn(result.code, (1, 2))
                self.assertNotIn("secret", result.err)


class TlsInATunnel(ProxyTest):
    OPTIONS = ("--tls",)

    def test_the_servers_certificate_counts_and_not_the_proxys(self):
        with ScriptedProxy(targets={"localhost.test:443": ("127.0.0.1", self.port)}) as proxy:
            result = self.ask_at("wss://localhost.test/prod", HTTPS_PROXY=f"http://127.0.0.1:{proxy.port}")
            self.assert_told(result, 1, "the server's certificate is not for 'localhost.test'")

    @unittest.skipUnless(program("haproxy"), "haproxy is not installed (cli/prepare ci)")
    def test_a_chat_goes_through_a_tunnel_encrypted(self):
        folder = tempfile.mkdtemp(prefix="wsdeep-tls-")
        self.addCleanup(shutil.rmtree, folder)
        pem = os.path.join(folder, "server.pem")
        make_certificate(pem, ELSEWHERE)
        with haproxy(f"listen all\n  mode http\n  bind 127.0.0.1:PORT ssl crt {pem}\n"
                     f"  server one 127.0.0.1:{self.port} ssl verify none\n") as server:
            with ScriptedProxy(targets={f"{ELSEWHERE}:443": ("127.0.0.1", server.port)}) as proxy:
                # One file for the pool's CA and for the server's own.
                both = os.path.join(folder, "ca.pem")
                with open(both, "w", encoding="utf-8") as out:
                    for source in (self.system.info["caFile"], pem + ".crt"):
                        with open(source, encoding="utf-8") as file:
                            out.write(file.read())
                self.assert_answered(self.ask_at(f"wss://{ELSEWHERE}/prod", "--ca-file", both,
                                              HTTPS_PROXY=f"http://127.0.0.1:{proxy.port}"))


def make_certificate(pem, name):
    """A certificate that vouches for itself, in `pem` with its key, in `pem`.crt alone."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}",
                    "-keyout", pem + ".key", "-out", pem + ".crt"], check=True, capture_output=True)
    with open(pem, "w", encoding="utf-8") as out:
        for part in (pem + ".crt", pem + ".key"):
            with open(part, encoding="utf-8") as file:
                out.write(file.read())


@unittest.skipUnless(program("haproxy"), "haproxy is not installed (cli/prepare ci)")
class BehindHaproxy(ProxyTest):
    def test_as_an_http_and_as_a_tcp_balancer(self):
        for mode in ("http", "tcp"):
            config = f"listen all\n  mode {mode}\n  bind 127.0.0.1:PORT\n  server one 127.0.0.1:{self.port}\n"
            with self.subTest(mode), haproxy(config) as server:
                self.assert_answered(self.ask_at(f"ws://127.0.0.1:{server.port}/prod"))

    def test_with_tls(self):
        folder = tempfile.mkdtemp(prefix="wsdeep-tls-")
        self.addCleanup(shutil.rmtree, folder)
        pem = os.path.join(folder, "server.pem")
        make_certificate(pem, "localhost")
        for mode in ("http", "tcp"):
            with self.subTest(mode), haproxy(f"listen all\n  mode {mode}\n  bind 127.0.0.1:PORT ssl crt {pem}\n"
                                             f"  server one 127.0.0.1:{self.port}\n") as server:
                self.assert_answered(self.ask_at(f"wss://localhost:{server.port}/prod", "--ca-file", pem + ".crt"))
                self.assert_told(self.ask_at(f"wss://localhost:{server.port}/prod"), 1, "signed by an unknown CA")
                self.assert_told(self.ask_at(f"wss://127.0.0.1:{server.port}/prod", "--ca-file", pem + ".crt"), 1,
                                 "the server's certificate is not for '127.0.0.1'")

    def test_what_it_answers_itself(self):
        rows = (
            (f"server one 127.0.0.1:{free_port()}", 1, "the server answered 503: what stands behind it is not there"),
            ("http-request deny deny_status 403", 3, "refused: this user or origin may not connect here (403)"),
            ("http-request deny deny_status 404", 1, "nothing is at this address (404)"),
            ("http-request return status 200 content-type text/html string <html>", 1,
             "a page answers, not a WebSocket (200)"),
            ("http-request redirect location https://login.test/?next=x code 302", 1,
             "the server sends us elsewhere (302)"),
            ("http-request auth realm x", 3, "not signed in: the token was not accepted (401)"),
        )
        for rule, code, words in rows:
            with self.subTest(rule), haproxy(f"listen all\n  mode http\n  bind 127.0.0.1:PORT\n  {rule}\n") as server:
                self.assert_told(self.ask_at(f"ws://127.0.0.1:{server.port}/prod"), code, words)


@unittest.skipUnless(program("nginx"), "nginx is not installed (cli/prepare ci)")
class BehindNginx(ProxyTest):
    def test_with_its_two_lines_for_websockets(self):
        passes = (f"proxy_pass http://127.0.0.1:{self.port}; proxy_http_version 1.1; "
                  "proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;")
        with nginx(passes) as server:
            self.assert_answered(self.ask_at(f"ws://127.0.0.1:{server.port}/prod"))

    def test_without_them_and_what_it_answers_itself(self):
        rows = (
            (f"proxy_pass http://127.0.0.1:{self.port};", 1, "the server did not see a WebSocket request (426)"),
            (f"proxy_pass http://127.0.0.1:{self.port}; proxy_http_version 1.1; "
             "proxy_set_header Upgrade $http_upgrade;", 1, "the server did not see a WebSocket request (426)"),
            (f"proxy_pass http://127.0.0.1:{free_port()};", 1, "the server answered 502"),
            ("return 200 hello;", 1, "a page answers, not a WebSocket (200)"),
            ("return 301 https://elsewhere.test/prod;", 1, "if https://elsewhere.test/prod is yours"),
            ("return 404;", 1, "nothing is at this address (404)"),
            ("return 405;", 1, "the server did not see a WebSocket request (405)"),
            ("return 444;", 1, "the server hung up"),
        )
        for location, code, words in rows:
            with self.subTest(location), nginx(location) as server:
                self.assert_told(self.ask_at(f"ws://127.0.0.1:{server.port}/prod"), code, words)


if __name__ == "__main__":
    unittest.main()
