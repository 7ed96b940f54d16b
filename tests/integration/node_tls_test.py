"""A node's TLS, judged by OpenSSL: who is taken, what is shown, and that files which change are shown when they fit."""

import os
import socket
import ssl
import subprocess
import tempfile
import unittest

from harness import TIMEOUT, eventually
from live_node import Node, Onlooker


class Authority:
    """A CA and what it signs, as PEM files in a folder, made by the openssl program."""

    def __init__(self, folder, name):
        self.folder, self.name, self.serial = folder, name, 0
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                     "-subj", f"/CN={name}", "-keyout", self.path("key"), "-out", self.path("pem"))

    @staticmethod
    def openssl(*words):
        subprocess.run(["openssl", *words], check=True, capture_output=True, timeout=TIMEOUT)

    def path(self, kind):
        return os.path.join(self.folder, f"{self.name}.{kind}")

    def sign(self, name, days=30):
        """Files of a new certificate for 127.0.0.1 and of its key."""
        self.serial += 1
        certificate, key = (os.path.join(self.folder, f"{name}.{kind}") for kind in ("pem", "key"))
        request, extensions = certificate + ".csr", certificate + ".ext"
        with open(extensions, "w", encoding="utf-8") as file:
            file.write("subjectAltName=IP:127.0.0.1\n")
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                     "-keyout", key, "-out", request)
        self.openssl("x509", "-req", "-in", request, "-CA", self.path("pem"), "-CAkey", self.path("key"), "-days", str(days),
                     "-set_serial", str(self.serial), "-extfile", extensions, "-out", certificate)
        return certificate, key


def content(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


class NodeTls(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory(prefix="wsdeep-tls-"))
        self.ca = Authority(self.folder, "ca")
        self.certificate, self.key = self.ca.sign("first")

    def node(self, *options):
        return Node(self, "--certificate", self.certificate, "--key", self.key, "--sim", "ttft=1ms", *options)

    def context(self, certificate=None):
        context = ssl.create_default_context(cafile=self.ca.path("pem"))
        context.set_alpn_protocols(["h2"])
        if certificate:
            context.load_cert_chain(*certificate)
        return context

    def shake_hands(self, node, context):
        """A connection, or the reason why there is none; with TLS 1.3 a client's certificate is judged after it is done."""
        raw = socket.create_connection(("127.0.0.1", node.port), timeout=TIMEOUT)
        self.addCleanup(raw.close)
        try:
            connection = context.wrap_socket(raw, server_hostname="127.0.0.1")
            self.addCleanup(connection.close)
            return connection if connection.recv(1) else "closed"  # the server's SETTINGS come first
        except OSError as error:
            return str(error)

    def shown(self, node):
        """The name in the certificate that a new connection is shown."""
        connection = self.shake_hands(node, self.context())
        return dict(pair for part in connection.getpeercert()["subject"] for pair in part)["commonName"]

    def answers(self, node, context):
        onlooker = Onlooker(node.port, lambda raw: context.wrap_socket(raw, server_hostname="127.0.0.1"))
        self.addCleanup(onlooker.peer.socket.close)
        return "ready: 0" in onlooker.ready("ready").until("ready: 0")

    def test_it_speaks_http2_over_tls_1_2_and_1_3_alone(self):
        node = self.node()
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = self.context()
            context.minimum_version = context.maximum_version = version
            self.assertTrue(self.answers(node, context), version)
        old = self.context()
        old.set_ciphers("ALL:@SECLEVEL=0")
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        self.assertIsInstance(self.shake_hands(node, old), str)
        http1 = self.context()
        http1.set_alpn_protocols(["http/1.1"])
        self.assertIsInstance(self.shake_hands(node, http1), str)

    def test_with_a_client_ca_it_takes_clients_of_that_authority_alone(self):
        node = self.node("--client-ca", self.ca.path("pem"))
        self.assertTrue(self.answers(node, self.context(self.ca.sign("client"))))
        self.assertIsInstance(self.shake_hands(node, self.context()), str)
        stranger = Authority(self.folder, "other").sign("stranger")
        self.assertIsInstance(self.shake_hands(node, self.context(stranger)), str)

    def test_new_files_are_shown_once_they_fit_together(self):
        node = self.node()
        self.assertEqual(self.shown(node), "first")
        before = Onlooker(node.port, lambda raw: self.context().wrap_socket(raw, server_hostname="127.0.0.1"))
        self.addCleanup(before.peer.socket.close)
        before.ready("before").until("before: 0")
        certificate, key = (content(path) for path in self.ca.sign("second"))
        for broken in (certificate[: len(certificate) // 2], b"", b"not PEM at all", certificate):  # the last: of the old key
            write(self.certificate, broken)
            self.wait_for_refusal(node)
            self.assertEqual(self.shown(node), "first")
        write(self.key, key)
        eventually(lambda: self.shown(node) == "second")
        before.ready("after").until("after: 0")  # connections that are open stay so
        node.signal()
        self.assertEqual(node.ended(), 0)

    def wait_for_refusal(self, node):
        """Reads the node's log until it tells of one."""
        while "cannot be used" not in (line := node.process.stderr.readline().decode()):
            self.assertTrue(line)

    def test_a_client_ca_is_read_again_too(self):
        client_ca = os.path.join(self.folder, "clients.pem")
        write(client_ca, content(self.ca.path("pem")))
        node = self.node("--client-ca", client_ca)
        other = Authority(self.folder, "other")
        theirs, ours = self.context(other.sign("theirs")), self.context(self.ca.sign("ours"))
        self.assertIsInstance(self.shake_hands(node, theirs), str)
        write(client_ca, content(other.path("pem")))
        eventually(lambda: not isinstance(self.shake_hands(node, theirs), str))
        self.assertIsInstance(self.shake_hands(node, ours), str)

    def test_it_tells_when_its_certificate_ends(self):
        self.certificate, self.key = self.ca.sign("short", days=3)
        node = self.node()
        node.signal()
        self.assertEqual(node.ended(), 0)
        self.assertEqual([line[0] for line in node.logged()][:2], ["TLS certificate", "the TLS certificate ends soon"])

    def test_what_cannot_be_used_is_told_at_once(self):
        other = self.ca.sign("other")[1]
        locked = os.path.join(self.folder, "locked.key")
        self.ca.openssl("pkcs8", "-topk8", "-in", self.key, "-out", locked, "-passout", "pass:secret")
        empty = os.path.join(self.folder, "empty")
        write(empty, b"")
        system = Node.system_of(self)
        for code, words, options in (
                (1, "the key is not the certificate's", ("--certificate", self.certificate, "--key", other)),
                (1, "one with a password cannot", ("--certificate", self.certificate, "--key", locked)),
                (1, "no certificate that can be read", ("--certificate", empty, "--key", self.key)),
                (1, "no such file", ("--certificate", self.certificate + ".not", "--key", self.key)),
                (1, "there is no certificate", ("--certificate", self.certificate, "--key", self.key, "--client-ca", empty)),
                (2, "both a certificate file and a key file", ("--certificate", self.certificate)),
                (2, "over TLS only", ("--client-ca", self.certificate))):
            with self.subTest(words=words):
                run = system.run("llm", "serve", "--listen", "127.0.0.1:0", *options)
                self.assertEqual(run.code, code, run)
                self.assertIn(words, run.err)


if __name__ == "__main__":
    unittest.main()
