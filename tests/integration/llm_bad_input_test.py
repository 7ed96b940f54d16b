"""What `wsdeep llm` says of a server that cannot be what was meant: tests/golden/llm_client/servers.txt, situation →
exit code and words of `health` and of `generate`, each within a time."""

import contextlib
import os
import re
import socket
import ssl
import subprocess
import tempfile
import time
import unittest

from fake_engine import FakeEngine
from foreign_servers import free_port, nginx, program
from harness import System, eventually
from http2_frames import Peer, RawServer
from raw_http2_answers import GOOD, says
from raw_http2_test import compare

PATIENCE = 6  # seconds that a command may take, beside what it was told to wait


class TlsServer(RawServer):
    """Plays its script over TLS."""

    def __init__(self, files, certificate, client_ca=None, protocols=("h2",)):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(files(certificate + ".pem"), files(certificate + ".key"))
        self.context.set_alpn_protocols(list(protocols))
        if client_ca:
            self.context.verify_mode = ssl.CERT_REQUIRED
            self.context.load_verify_locations(files(client_ca + ".pem"))
        super().__init__(says(GOOD))
        self.url = self.url.replace("grpc://", "grpcs://")

    def _serve(self, peer, play):
        try:
            super()._serve(Peer(self.context.wrap_socket(peer.socket, server_side=True), peer.number), play)
        except OSError:
            peer.socket.close()


def make_certificates(folder):
    """`ca` and `other`, two authorities; of `ca` `server` for 127.0.0.1, `elsewhere` for another name, `expired`, and
    `client`; of `other` `stranger`."""

    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    for name in ("ca", "other"):
        openssl("req", "-x509", *key, "-days", "30", "-subj", f"/CN={name} of the test", "-keyout", f"{name}.key",
                "-out", f"{name}.pem")
    for name, authority, names, days in (
            ("server", "ca", "IP:127.0.0.1", 30), ("elsewhere", "ca", "DNS:node.internal,DNS:node", 30),
            ("expired", "ca", "IP:127.0.0.1", -1), ("client", "ca", "DNS:client", 30),
            ("stranger", "other", "DNS:client", 30)):
        with open(os.path.join(folder, "extensions"), "w", encoding="utf-8") as file:
            file.write(f"subjectAltName={names}\n")
        openssl("req", *key, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", "request")
        openssl("x509", "-req", "-in", "request", "-CA", f"{authority}.pem", "-CAkey", f"{authority}.key",
                "-CAcreateserial", "-days", str(days), "-extfile", "extensions", "-out", f"{name}.pem")


@contextlib.contextmanager
def black_hole():
    """A port whose queue of connections is full: what comes is neither taken nor refused."""
    with socket.socket() as listener, contextlib.ExitStack() as waiting:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(3):
            client = waiting.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        yield f"grpc://127.0.0.1:{listener.getsockname()[1]}"


@contextlib.contextmanager
def silent():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"grpc://127.0.0.1:{listener.getsockname()[1]}"


class BadInput(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.system = System()
        cls.addClassCleanup(cls.system.destroy)
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="wsdeep-tls-"))
        make_certificates(cls.folder)

    def file(self, name):
        return os.path.join(self.folder, name)

    def words(self, run, url):
        words = run.out if run.code == 0 else run.err
        for known in (url, url.split("://")[-1]):
            words = words.replace(known, "ADDRESS")
        for known in ("wsdeep: error: ", "cannot read the health at ADDRESS: ", "the generation failed: "):
            words = words.replace(known, "")
        words = re.sub(r"127\.0\.0\.1:\d+", "OTHER", words)
        words = re.sub(r"(healthy · node n1 ).*", r"\1…", words)
        words = re.sub(r"(does not resolve:) .*", r"\1 WHY", words)  # resolvers differ
        return f"{run.code}  " + words.strip().replace(self.folder + "/", "").replace("\n", "\n" + " " * 11)

    def ask(self, url, *options, timeout="8"):
        """Exit code and words of both commands, as rows of the table."""
        told = {}
        for command in (("health",), ("generate", "hi")):
            began = time.monotonic()
            run = self.system.run("llm", *command, "--url", url, "--timeout", timeout, *options)
            self.assertLess(time.monotonic() - began, float(timeout) + PATIENCE, run)
            told[command[0]] = self.words(run, url)
        if told["health"] == told["generate"]:
            return f"  both     {told['health']}\n"
        return f"  health   {told['health']}\n  generate {told['generate']}\n"

    def tls(self, certificate, *options, **server):
        with TlsServer(self.file, certificate, **server) as running:
            return self.ask(running.url, *options)

    def node(self, *options):
        """The URL of a node that runs to the end of the test."""
        node = self.system.start("llm", "serve", "--listen", "127.0.0.1:0", "--node-id", "n1", *options)
        self.addCleanup(node.communicate)
        self.addCleanup(node.terminate)
        return node.stdout.readline().decode().strip()

    def engine(self, refusal=None):
        """The URL of a node before an engine that answers so."""
        engine = self.enterContext(FakeEngine())
        url = self.node("--engine", "openai", "--engine-url", engine.url)
        eventually(lambda: self.system.run("llm", "health", "--url", url).code == 0)
        engine.refusal = refusal
        return url

    def expired_day(self, text):
        """The day of the certificate that ended yesterday is not the same tomorrow."""
        ended = subprocess.run(["openssl", "x509", "-noout", "-enddate", "-dateopt", "iso_8601", "-in",
                                self.file("expired.pem")], capture_output=True, text=True, check=True).stdout
        return text.replace(ended.split("=")[1][:10], "YESTERDAY")

    def situations(self):
        ca, other = ("--ca-file", self.file("ca.pem")), ("--ca-file", self.file("other.pem"))
        identity = ("--cert", self.file("client.pem"), "--key", self.file("client.key"))
        stranger = ("--cert", self.file("stranger.pem"), "--key", self.file("stranger.key"))
        yield "all is well", self.tls("server", *ca)
        yield "TLS, asked in plain text", self.plain_to_tls()
        yield "plain text, asked with TLS", self.ask(self.node("--sim", "tokens=3").replace("grpc:", "grpcs:"), *ca)
        yield "a CA that is not known", self.tls("server", *other)
        yield "a CA that is not known, by the system's", self.tls("server")
        yield "a certificate for other names", self.tls("elsewhere", *ca)
        yield "…, called by one of them", self.tls("elsewhere", *ca, "--authority", "node.internal")
        yield "an expired certificate", self.expired_day(self.tls("expired", *ca))
        yield "…, which nobody checks", self.tls("expired", "--insecure")
        yield "mutual TLS, without a certificate", self.tls("server", *ca, client_ca="ca")
        yield "mutual TLS, with one", self.tls("server", *ca, *identity, client_ca="ca")
        yield "mutual TLS, with one and no check", self.tls("server", "--insecure", *identity, client_ca="ca")
        yield "mutual TLS, with a stranger's", self.tls("server", *ca, *stranger, client_ca="ca")
        yield "a certificate with another's key", self.tls("server", *ca, *identity[:3], self.file("stranger.key"))
        yield "TLS without HTTP/2", self.tls("server", *ca, protocols=("http/1.1",))
        yield "nobody listens", self.ask(f"grpc://127.0.0.1:{free_port()}")
        yield "nobody listens, asked with TLS", self.ask(f"grpcs://127.0.0.1:{free_port()}")
        yield "a host that is none", self.ask("grpc://no-such-host.invalid:50051")
        with black_hole() as url:
            yield "a connection that nobody takes or refuses", self.ask(url)
            yield "…, with less time than that", self.ask(url, timeout="1")
        with silent() as url:
            yield "a server that says nothing", self.ask(url)
            yield "…, asked with TLS", self.ask(url.replace("grpc:", "grpcs:"))
        yield "a web server", self.web()
        yield "a web server, asked with TLS", self.web("grpcs://")
        yield "an engine that is down", self.ask(self.node("--engine", "openai", "--engine-url",
                                                           f"http://127.0.0.1:{free_port()}"))
        yield "a model that the engine does not have", self.ask(self.engine(
            (404, '{"error": {"message": "The model `gpt-9` does not exist."}}')))
        yield "a prompt beyond the context", self.ask(self.engine(
            (400, '{"error": {"message": "This model\'s maximum context length is 4096 tokens."}}')))

    def plain_to_tls(self):
        with TlsServer(self.file, "server") as server:
            return self.ask(server.url.replace("grpcs:", "grpc:"))

    def web(self, scheme="grpc://"):
        port = self.enterContext(nginx('return 200 "welcome\\n";')).port
        return self.ask(f"{scheme}127.0.0.1:{port}")

    @unittest.skipUnless(program("nginx"), "nginx is not installed (cli/prepare ci)")
    def test_each_is_told_in_words(self):
        compare(self, "../llm_client/servers.txt", "".join(f"{name}\n{told}" for name, told in self.situations()))


if __name__ == "__main__":
    unittest.main()
