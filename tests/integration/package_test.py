"""A package works where it is meant to: in Lambda's provided.al2023 and on an Amazon Linux 2023 instance.

What that image has, of all that a package could use: bash as /bin/sh, coreutils-single, glibc 2.34, and the CA
certificates at /etc/pki/tls/certs/ca-bundle.crt. There is no /etc/ssl/certs/ca-certificates.crt, no libstdc++, no
libcurl of ours. So the root that is built here has a shell (dash, with the C library that it needs, which stands in for
the image's), that one file of certificates, and nothing else. The handlers are started in it the way Lambda does, with
its LD_LIBRARY_PATH, against a Runtime API and AWS services that this test plays; and the kernel is asked which files
they have mapped: all must be their own. The root's C library is this machine's, but not a byte of it is used, and so
its version does not matter.
"""

import http.server
import json
import os
import re
import shutil
import ssl
import stat
import subprocess
import sys
import tempfile
import threading
import unittest
import zipfile

from harness import BIN, TIMEOUT, WSDEEP
from serving import serve

FUNCTIONS = ("authorizer", "connect", "disconnect", "default", "message", "generate", "backend", "push", "rest-chat", "auth")
LAMBDA_PATHS = "/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib"
CA_BUNDLE = "/etc/pki/tls/certs/ca-bundle.crt"


# What asks a model, or is one.
SPEAK_GRPC = ("generate", "rest-chat", "node")


def enter(root):
    """The words that start a program inside `root`; None when this machine permits neither way."""
    search = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    chroot, unshare = shutil.which("chroot", path=search), shutil.which("unshare", path=search)
    for words in ([chroot], [unshare, "-r", chroot]):
        if None in words:
            continue
        if subprocess.run([*words, root, "/bin/sh", "-c", ":"], capture_output=True).returncode == 0:
            return [*words, root]
    return None


def build_root(folder):
    """An image with a shell and what the shell needs."""
    shell = os.path.realpath(shutil.which("dash") or shutil.which("sh"))
    for name in ("bin", "tmp", "var/task", "opt/wsdeep", os.path.dirname(CA_BUNDLE).lstrip("/")):
        os.makedirs(os.path.join(folder, name))
    shutil.copy(shell, os.path.join(folder, "bin", "sh"))
    listed = subprocess.run(["ldd", shell], check=True, capture_output=True, text=True).stdout
    for library in re.findall(r"(/\S+) \(0x", listed):
        target = os.path.join(folder, library.lstrip("/"))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copy(library, target)


def unpack(package, folder):
    """As Lambda and unzip do: with the modes of the entries."""
    with zipfile.ZipFile(package) as archive:
        for entry in archive.infolist():
            path = archive.extract(entry, folder)
            os.chmod(path, stat.S_IMODE(entry.external_attr >> 16))


def mapped_files(pid):
    with open(f"/proc/{pid}/maps", encoding="utf-8") as file:
        return {line.split(maxsplit=5)[5].strip() for line in file if "/" in line}


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, address):
        # A function that was killed leaves its connections behind; anything else is a fault of this test.
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, address)


class Service:
    """An HTTP server on a port of its own; `answer(handler)` is called for each request."""

    def __init__(self, answer, certificate=None):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self):
                self.body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                answer(self)

            do_GET = do_POST = do_DELETE = handle_one

            def log_message(self, *words):
                pass

            def reply(self, status, body=b"", **headers):
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = Server(("127.0.0.1", 0), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.address = f"127.0.0.1:{self.server.server_port}"
        serve(self.server)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class RuntimeApi(Service):
    """Has one invocation; `outcome()` waits for what the function made of it."""

    def __init__(self, event):
        self.event = json.dumps(event).encode()
        self.over = threading.Event()
        self.done = threading.Event()
        self.answers = []
        self.handed_out = False
        super().__init__(self.serve)

    def serve(self, request):
        if request.path.endswith("/invocation/next"):
            if self.handed_out:
                self.over.wait(TIMEOUT)
                return request.reply(500)
            self.handed_out = True
            return request.reply(
                200,
                self.event,
                Lambda_Runtime_Aws_Request_Id="request-1",
                Lambda_Runtime_Deadline_Ms="4102444800000",
                Lambda_Runtime_Invoked_Function_Arn="arn:aws:lambda:us-east-1:123456789012:function:it",
            )
        self.answers.append((request.path.rsplit("/", 1)[1], json.loads(request.body)))
        request.reply(202)
        self.done.set()

    def outcome(self):
        assert self.done.wait(TIMEOUT), "the function said nothing"
        return self.answers[0]

    def close(self):
        self.over.set()
        super().close()


def event(kind, body=None):
    context = {
        "routeKey": {"CONNECT": "$connect", "DISCONNECT": "$disconnect", "MESSAGE": "$default"}[kind],
        "eventType": kind,
        "requestId": "r1",
        "stage": "dev",
        "connectedAt": 1700000000000,
        "requestTimeEpoch": 1700000000000,
        "identity": {"sourceIp": "192.0.2.1"},
        "domainName": "api.example.com",
        "connectionId": "JC1dgf9yoAMCK-g=",
        "apiId": "api",
        "authorizer": {"userId": "u1", "email": "u1@example.com", "principalId": "u1"},
    }
    return {"requestContext": context, "isBase64Encoded": False, **({"body": body} if body else {})}


EVENTS = {
    "authorizer": {
        **event("CONNECT"),
        "type": "REQUEST",
        "methodArn": "arn:aws:execute-api:us-east-1:123456789012:api/dev/$connect",
        "headers": {},
    },
    "connect": event("CONNECT"),
    "disconnect": event("DISCONNECT"),
    "default": event("MESSAGE", "{}"),
    "message": event("MESSAGE", json.dumps({"action": "ping"})),
    "generate": {"connectionId": "JC1dgf9yoAMCK-g="},
    "backend": event("MESSAGE", json.dumps({"type": "ping"})),
    "push": {"version": "2.0", "routeKey": "POST /push/{connectionId}", "rawPath": "/push/JC1dgf9yoAMCK-g=",
             "headers": {}, "pathParameters": {"connectionId": "JC1dgf9yoAMCK-g="}, "body": "{}",
             "requestContext": {"http": {"method": "POST", "path": "/push/JC1dgf9yoAMCK-g="}}},
    "rest-chat": {"body": "{\"prompt\": \"Hello, how are you?\"}",
                  "headers": {"Content-Type": "application/json", "id_token": "your.test.token"}},
    "auth": {"version": "2.0", "routeKey": "ANY /auth/{proxy+}", "rawPath": "/auth/session",
             "headers": {"host": "chat.example.com"},
             "requestContext": {"http": {"method": "GET", "path": "/auth/session"}}},
}
# Of one function alone.
VARIABLES = {
    "backend": {"BACKEND_URL": "https://127.0.0.1:1", "BACKEND_TABLE": "backend", "BACKEND_SECRET": "chat/backend"},
    "push": {"BACKEND_TABLE": "backend", "BACKEND_SECRET": "chat/backend", "CALLBACK_URL": "https://127.0.0.1:1/dev"},
    "rest-chat": {"REST_CHATS_TABLE": "rest-chats"},
    "auth": {"AUTH_URLS": "https://chat.example.com", "AUTH_CLIENT_ID": "client", "HOSTED_UI_URL": "https://pool.example.com",
             "REDIRECT_URLS": "https://chat.example.com/"},
}


class Packages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="wsdeep-package-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.packages = {package["name"]: package for package in cls.package("first")}
        cls.root = os.path.join(cls.folder, "root")
        build_root(cls.root)
        cls.enter = enter(cls.root)
        cls.make_certificate()
        cls.requests = []
        cls.aws = Service(cls.serve_aws, cls.certificate)
        cls.addClassCleanup(cls.aws.close)

    @classmethod
    def package(cls, out, *options, **environment):
        words = ["package", "--architecture", "x86_64" if os.uname().machine == "x86_64" else "arm64"]
        words += ["--binaries", BIN, "--out", os.path.join(cls.folder, out), "--output", "json", *options]
        result = subprocess.run([WSDEEP, *words], capture_output=True, env={**os.environ, **environment}, timeout=300)
        assert result.returncode == 0, result.stderr.decode()
        return json.loads(result.stdout)

    @classmethod
    def make_certificate(cls):
        cls.certificate = [os.path.join(cls.folder, name) for name in ("server.pem", "server.key")]
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
            + ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
            + ["-out", cls.certificate[0], "-keyout", cls.certificate[1]],
            check=True,
            capture_output=True,
        )
        shutil.copy(cls.certificate[0], cls.root + CA_BUNDLE)

    @classmethod
    def serve_aws(cls, request):
        target = request.headers.get("X-Amz-Target") or request.path
        cls.requests.append(target)
        # What DynamoDB tells of the item that it has updated; the chat is of the one who connects.
        answer = b'{"Attributes":{"userId":{"S":"u1"}}}' if target.endswith(".UpdateItem") else b"{}"
        if target.endswith(".Query"):
            answer = b'{"Items":[],"Count":0,"ScannedCount":0}'
        if target.endswith(".GetSecretValue"):
            answer = b'{"SecretString":"0123456789abcdef0123456789abcdef"}'
        request.reply(200, answer, Content_Type="application/x-amz-json-1.0")

    def setUp(self):
        if self.enter is None and not self._testMethodName.startswith("test_zip"):
            self.skipTest("neither chroot nor unshare -r is permitted here")
        self.requests.clear()

    def invoke(self, name):
        """Starts the function's bootstrap in the root; what it answered, and a look at the process while it waits."""
        task = os.path.join(self.root, "var", "task")
        shutil.rmtree(task)
        os.mkdir(task)
        unpack(self.packages[name]["file"], task)
        api = RuntimeApi(EVENTS[name])
        self.addCleanup(api.close)
        endpoint = "https://" + self.aws.address
        environment = {
            "AWS_LAMBDA_RUNTIME_API": api.address,
            "LAMBDA_TASK_ROOT": "/var/task",
            "LD_LIBRARY_PATH": LAMBDA_PATHS,
            "PATH": "/usr/local/bin:/usr/bin/:/bin:/opt/bin",
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "_HANDLER": "bootstrap",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_SESSION_TOKEN": "token",
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI": endpoint + "/dev",
            "CONNECTIONS_TABLE": "connections",
            "CHATS_TABLE": "chats",
            "GENERATE_FUNCTION": "generate",
            "LLM_URL": "grpcs://127.0.0.1:1",
            "COGNITO_ISSUER": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_AbCdEfGhI",
            "COGNITO_CLIENT_IDS": "client",
            **VARIABLES.get(name, {}),
        }
        with open(os.path.join(self.folder, name + ".log"), "w+b") as log:
            process = subprocess.Popen(
                [*self.enter, "/var/task/bootstrap"], env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
            try:
                outcome = api.outcome()
                with open(f"/proc/{process.pid}/environ", "rb") as file:
                    seen = dict(line.split("=", 1) for line in file.read().decode().split("\0") if line)
                return outcome, mapped_files(process.pid), seen
            except AssertionError as failure:
                log.seek(0)
                raise AssertionError(f"{failure}\n{log.read().decode(errors='replace')}") from None
            finally:
                process.kill()
                process.wait()

    def check_own_files(self, files, folder):
        self.assertTrue(any("/lib/libc.so" in file for file in files) or not self.packages["connect"]["ownLibc"], files)
        foreign = {file for file in files if not file.startswith(os.path.join(self.root, folder) + "/")}
        if self.packages["connect"]["ownLibc"]:
            self.assertEqual(foreign, set())

    def test_every_function_answers_its_first_invocation_with_its_own_libraries_alone(self):
        for name in FUNCTIONS:
            with self.subTest(name):
                (kind, answer), files, _ = self.invoke(name)
                self.check_own_files(files, "var/task")
                if name == "authorizer":
                    self.assertEqual((kind, answer["errorMessage"]), ("error", "Unauthorized"))
                elif name == "generate":
                    self.assertEqual((kind, answer["errorType"]), ("error", "Function.Error"))
                elif name == "backend":  # nobody of the connection's id is in the table
                    self.assertEqual((kind, json.loads(answer["body"])["reason"]), ("response", "no_session"), answer)
                elif name in ("push", "rest-chat"):  # not signed, and no token
                    self.assertEqual((kind, answer["statusCode"]), ("response", 401), answer)
                else:
                    self.assertEqual((kind, answer["statusCode"]), ("response", 200), answer)

    def test_https_is_trusted_by_the_certificates_of_amazon_linux(self):
        (kind, answer), _, seen = self.invoke("connect")
        self.assertEqual((kind, answer["statusCode"]), ("response", 200), answer)
        self.assertTrue(any(target.startswith("DynamoDB_20120810.") for target in self.requests), self.requests)
        self.assertEqual((seen["SSL_CERT_FILE"], seen["GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"]), (CA_BUNDLE, CA_BUNDLE))

    def test_https_is_refused_when_the_certificates_do_not_know_the_server(self):
        bundle = self.root + CA_BUNDLE
        os.rename(bundle, bundle + ".away")
        self.addCleanup(os.rename, bundle + ".away", bundle)
        (kind, answer), _, _ = self.invoke("connect")
        self.assertEqual(kind, "error", answer)
        self.assertEqual(self.requests, [])

    def test_the_node_serves_from_its_package(self):
        folder = os.path.join(self.root, "opt", "wsdeep")
        unpack(self.packages["node"]["file"], folder)
        process = subprocess.Popen(
            [*self.enter, "/opt/wsdeep/wsdeep-node", "--listen", "127.0.0.1:0"],
            env={"PATH": "/bin"},
            stdout=subprocess.PIPE,
        )
        try:
            url = process.stdout.readline().decode().strip()
            result = subprocess.run([WSDEEP, "llm", "health", "--url", url], capture_output=True, timeout=TIMEOUT)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.check_own_files(mapped_files(process.pid), "opt/wsdeep")
        finally:
            process.kill()
            process.wait()
            process.stdout.close()

    def test_zips_are_the_same_bytes_for_the_same_programs(self):
        again = self.package("second", "--only", "connect", "--only", "backend", TZ="Asia/Kolkata", LC_ALL="C.UTF-8")
        for package in again:
            first = self.packages[package["name"]]
            self.assertEqual(os.path.basename(package["file"]), os.path.basename(first["file"]))
            with open(package["file"], "rb") as one, open(first["file"], "rb") as other:
                self.assertEqual(one.read(), other.read())

    def test_zips_hold_the_programs_as_they_were_built(self):
        for name in FUNCTIONS:
            with self.subTest(name), zipfile.ZipFile(self.packages[name]["file"]) as archive:
                held = {path: archive.read(path) for path in archive.namelist()}  # by their checksums
                self.assertEqual(list(held)[:2], ["bootstrap", f"bin/wsdeep-{name}"])
                with open(os.path.join(BIN, f"wsdeep-{name}"), "rb") as file:
                    self.assertEqual(held[f"bin/wsdeep-{name}"], file.read())


class Programs(unittest.TestCase):
    def test_carry_grpc_only_where_they_speak_it(self):
        for name in (*FUNCTIONS, "lab", "node"):
            with self.subTest(name), open(os.path.join(BIN, f"wsdeep-{name}"), "rb") as file:
                self.assertEqual(b"grpc-status" in file.read(), name in SPEAK_GRPC)


CROSS_COMPILER = shutil.which("aarch64-linux-gnu-gcc")
EMULATOR = shutil.which("qemu-aarch64-static")
CROSS_LIBRARIES = "/usr/aarch64-linux-gnu/lib"
# Wants the math library, and from the C library something that came after Amazon Linux's 2.34.
CROSS_PROGRAM = """#include <math.h>
#include <stdio.h>
#include <stdlib.h>
const char* volatile what_handlers_ask = "AWS_LAMBDA_RUNTIME_API";
int main(int count, char** words) {
  printf("%s %.0f %d\\n", words[1], pow(count, 10), arc4random_uniform(1));
  return 0;
}
"""


@unittest.skipUnless(CROSS_COMPILER and EMULATOR, "no cross compiler or emulator for AArch64 (cli/prepare tests)")
class ForArm64(unittest.TestCase):
    """A real program for AArch64, packaged on whatever machine this is, and run by an emulator from its zip alone."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="wsdeep-package-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        os.mkdir(os.path.join(cls.folder, "bin"))
        source = os.path.join(cls.folder, "program.c")
        with open(source, "w", encoding="utf-8") as file:
            file.write(CROSS_PROGRAM)
        # As on a machine of that kind: the loader at the place that the program names, the libraries where it looks.
        subprocess.run(
            [CROSS_COMPILER, source, "-o", os.path.join(cls.folder, "bin", "wsdeep-default"), "-lm", "-fno-builtin",
             f"-Wl,--disable-new-dtags,-rpath,{CROSS_LIBRARIES}",
             f"-Wl,--dynamic-linker,{CROSS_LIBRARIES}/ld-linux-aarch64.so.1"], check=True, capture_output=True)

    def package(self, architecture):
        return subprocess.run([WSDEEP, "package", "--architecture", architecture, "--only", "default", "--binaries",
                               os.path.join(self.folder, "bin"), "--out", os.path.join(self.folder, "out"), "--output",
                               "json"], capture_output=True, text=True, timeout=TIMEOUT)

    def test_it_runs_with_nothing_but_its_package(self):
        made = self.package("arm64")
        self.assertEqual(made.returncode, 0, made.stderr)
        package = json.loads(made.stdout)[0]
        self.assertTrue(package["ownLibc"])
        task = os.path.join(self.folder, "task")
        unpack(package["file"], task)
        libraries = os.listdir(os.path.join(task, "lib"))
        self.assertEqual(sorted(libraries), ["ld-linux-aarch64.so.1", "libc.so.6", "libm.so.6"])
        # The kernel of an arm64 machine would start the loader; here the emulator has to.
        with open(os.path.join(task, "bootstrap"), encoding="utf-8") as file:
            script = file.read()
        self.assertEqual(script.count("\nexec "), 1)
        result = subprocess.run(["sh", "-c", script.replace("\nexec ", f"\nexec {EMULATOR} "), task + "/bootstrap", "hi"],
                                env={"PATH": "/bin", "LD_LIBRARY_PATH": LAMBDA_PATHS}, capture_output=True, text=True,
                                timeout=TIMEOUT)
        self.assertEqual((result.stdout, result.stderr, result.returncode), ("hi 1024 0\n", "", 0))

    def test_it_is_refused_for_the_other_architecture(self):
        refused = self.package("x86_64")
        self.assertEqual(refused.returncode, 2, refused)
        self.assertIn("cannot package wsdeep-default: it was built for arm64, the settings say x86_64", refused.stderr)


if __name__ == "__main__":
    unittest.main()
