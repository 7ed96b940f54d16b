"""What our HTTP client makes of a server's bytes, whatever they are: a table, input → exit code and words, of
`wsdeep users list`. A call that reads is tried again where that may help; nothing is waited for for ever."""

import unittest

from harness import System
from scripted_server import ScriptedServer, read_until, say_last

USERS = b'{"Users":[{"Username":"alice","UserStatus":"CONFIRMED","Enabled":true}]}'
JSON = b"Content-Type: application/x-amz-json-1.1\r\n"


def whole(body, status=b"200 OK", more=JSON):
    return b"HTTP/1.1 %s\r\n%sContent-Length: %d\r\n\r\n%s" % (status, more, len(body), body)


def chunked(*chunks, end=b"0\r\n\r\n"):
    pieces = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return b"HTTP/1.1 200 OK\r\n" + JSON + b"Transfer-Encoding: chunked\r\n\r\n" + pieces + end


class HttpServer(ScriptedServer):
    """Answers every request with `answer` and ends the connection."""

    def __init__(self, answer):
        super().__init__()
        self.answer, self.asked = answer, 0
        self.url = f"http://127.0.0.1:{self.port}"

    def play(self, client):
        self.asked += 1
        read_until(client, b"\r\n\r\n", b"}")
        say_last(client, self.answer)


# Answers that are taken: however they are written, it is the same list.
TAKEN = (
    whole(USERS),
    whole(USERS).replace(b"\r\n", b"\n"),
    whole(USERS, more=b"content-type:application/x-amz-json-1.1 \r\n"),
    whole(USERS, status=b"200 "),
    whole(USERS, status=b"200"),
    b"HTTP/1.0 200 OK\r\n" + JSON + b"\r\n" + USERS,
    b"HTTP/1.1 200 OK\r\n" + JSON + b"Connection: close\r\n\r\n" + USERS,
    chunked(USERS),
    chunked(*(bytes([byte]) for byte in USERS)),
    chunked(USERS, end=b"0\r\nX-Trailer: yes\r\n\r\n"),
    b"HTTP/1.1 100 Continue\r\n\r\n" + whole(USERS),
    b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + whole(USERS),
    whole(USERS) + b"HTTP/1.1 200 OK\r\n\r\nanother answer, to nobody",
)

CUT = "the connection ended before the response did (tried 4 times)"
NO_HTTP = "what answers there does not speak HTTP ("
NOT_COGNITO = "cannot read the answer to ListUsers: answer: not JSON at byte 1\nis this Cognito?"
NOT_AWS = "this is no answer of AWS's: check --endpoint and AWS_ENDPOINT_URL, and whether a proxy stands between"

# Those that are none: bytes, exit code, words of stderr, and how often the call was made.
REFUSED = (
    (b"", 1, CUT, 4),
    (b"HTTP/1.1 200 O", 1, CUT, 4),
    (b"HTTP/1.1 200 OK\r\nContent-Le", 1, CUT, 4),
    (whole(USERS)[:-1], 1, CUT, 4),
    (chunked(USERS, end=b""), 1, CUT, 4),
    (chunked(USERS, end=b"zz\r\n"), 1, CUT, 4),
    (b"SSH-2.0-OpenSSH_9.2p1 Debian\r\n", 1, NO_HTTP + "received http/0.9 when not allowed)", 1),
    (b"\x15\x03\x01\x00\x02\x02\x46", 1, NO_HTTP + "received http/0.9 when not allowed)", 1),
    (b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + bytes(18), 1, NO_HTTP, 1),
    (b"HTTP/9.9 200 OK\r\n\r\n", 1, NO_HTTP + "unsupported http version (9.9) in response)", 1),
    (b"HTTP/1.1 2000 OK\r\n\r\n", 1, NO_HTTP + "unsupported response code in http response)", 1),
    (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", 1, NO_HTTP + "invalid content-length: value)", 1),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 1, NOT_COGNITO, 1),
    (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 400_000 + b"\r\n\r\n", 1, "the response's header is too large", 1),
    (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000 + b"\r\n", 1, "the response's header is too large", 1),
    (whole(b"<html>sign in</html>", more=b"Content-Type: text/html\r\n"), 1, NOT_COGNITO, 1),
    (whole(b""), 1, NOT_COGNITO, 1),
    (b"HTTP/1.1 204 No Content\r\n\r\n", 1, NOT_COGNITO, 1),
    (b"HTTP/1.1 302 Found\r\nLocation: https://login.test/\r\nContent-Length: 0\r\n\r\n", 1,
     "cannot list the users: HTTP 302\n" + NOT_AWS, 1),
    (whole(USERS, status=b"307 Temporary Redirect"), 1, "cannot list the users: HTTP 307\n" + NOT_AWS, 1),
    (whole(b"", status=b"404 Not Found"), 4, "cannot list the users: HTTP 404\n" + NOT_AWS, 1),
    (whole(b"", status=b"407 Proxy Authentication Required"), 1, "cannot list the users: HTTP 407\n" + NOT_AWS, 1),
    (whole(b"<html>", status=b"503 Service Unavailable", more=b"Content-Type: text/html\r\n"), 1,
     "cannot list the users: HTTP 503\n", 4),
    (whole(b'{"__type":"NotAuthorizedException","message":"no"}', status=b"400 Bad Request"), 3,
     "cannot list the users: no\n", 1),
    (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", 1, CUT, 4),
)


class RawHttp(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.system = System()
        cls.addClassCleanup(cls.system.destroy)

    def list_users(self, answer):
        with HttpServer(answer) as server:
            result = self.system.run(
                "users", "list", "--user-pool-id", "us-east-1_TestPool1", "--client-id", "client", "--region",
                "us-east-1", "--endpoint", server.url, env={"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"})
        return result, server.asked

    def test_what_is_taken(self):
        for answer in TAKEN:
            with self.subTest(answer):
                result, _ = self.list_users(answer)
                self.assertEqual(result.code, 0, result)
                self.assertIn("alice", result.out)

    def test_what_is_refused(self):
        for answer, code, words, calls in REFUSED:
            with self.subTest(answer[:200]):
                result, asked = self.list_users(answer)
                self.assertEqual((result.code, result.out, asked), (code, "", calls), result)
                self.assertIn(words, result.err)


if __name__ == "__main__":
    unittest.main()
