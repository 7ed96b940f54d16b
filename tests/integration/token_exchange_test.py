"""Signing in with a browser: /auth turns the codes of the pool's page into cookies, which the WebSocket API reads. Driven
by curl with its cookie jar, by boto3 beside it, and by a real Chromium."""

import html.parser
import http.server
import json
import os
import re
import select
import shutil
import socket
import subprocess
import tempfile
import threading
import unittest
from base64 import b64decode
from urllib.parse import parse_qs, urlencode, urlsplit

from harness import HandshakeRefused, SystemTest, eventually
from headless_browser import PROGRAM, HeadlessBrowser
from played_runtime import PlayedFunction, Service

PASSWORD = "Correct-horse-7"


class Answer:
    """What curl saw: status and fields of the last response, and the body."""

    def __init__(self, head, body):
        blocks = [block for block in head.replace("\r\n", "\n").split("\n\n") if block.strip()]
        status, *fields = blocks[-1].split("\n")
        self.status, self.body, self.hops = int(status.split()[1]), body, len(blocks)
        self.fields = [(name.lower(), value) for name, value in (field.split(": ", 1) for field in fields if ": " in field)]

    def all(self, name):
        return [value for field, value in self.fields if field == name]

    def one(self, name):
        return next(iter(self.all(name)), None)

    def json(self):
        return json.loads(self.body)


class Curl:
    """curl with a cookie jar of its own: a browser as strict as RFC 6265 is."""

    def __init__(self, folder, name):
        self.jar, self.head = os.path.join(folder, name + ".jar"), os.path.join(folder, name + ".head")

    def __call__(self, url, *options):
        result = subprocess.run(["curl", "-sS", "--max-time", "30", "-b", self.jar, "-c", self.jar, "-D", self.head, *options, url],
                                capture_output=True, text=True)
        assert result.returncode == 0, result.stderr
        with open(self.head, encoding="latin-1", newline="") as file:
            answer = Answer(file.read(), result.stdout)
        self.forget({cookie.split("=")[0] for cookie in answer.all("set-cookie") if "; Max-Age=0;" in cookie})
        return answer

    def forget(self, names):
        """Of several cookies that one answer ends, curl 7.88 ends the last alone."""
        if names:
            with open(self.jar, encoding="utf-8") as file:
                lines = [line for line in file if line.startswith("# ") or line.split("\t")[5:6] == []
                         or line.split("\t")[5] not in names]
            with open(self.jar, "w", encoding="utf-8") as file:
                file.writelines(lines)

    def cookies(self):
        """name → (path, value)"""
        found = {}
        with open(self.jar, encoding="utf-8") as file:
            for line in file:
                fields = line.rstrip("\n").split("\t")
                if len(fields) == 7:
                    found[fields[5]] = (fields[2], fields[6])
        return found

    def header(self, path="/"):
        """The Cookie header for a request to `path`."""
        return "; ".join(f"{name}={value}" for name, (where, value) in self.cookies().items()
                         if where == "/" or path.startswith(where))


class Form(html.parser.HTMLParser):
    """The first form of a page."""

    def __init__(self, page):
        super().__init__()
        self.forms, self.action, self.fields = 0, None, {}
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.forms += tag == "form"
        if tag == "form" and self.forms == 1:
            self.action = attributes["action"]
        if tag == "input" and attributes.get("name") and self.forms == 1:
            self.fields[attributes["name"]] = attributes.get("value", "")


class Exchange(SystemTest):
    """What all tests here need."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.base = cls.system.info["endpoint"]

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="wsdeep-curl-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.curl = Curl(self.folder, "first")

    def url(self, path, **query):
        return self.base + path + ("?" + urlencode(query) if query else "")

    def pool_page(self, curl, **query):
        """The pool's page, as /auth/login leads to it; its address."""
        page = curl(self.url("/auth/login", **query), "-L")
        self.assertEqual(page.status, 200, page.body)
        return Form(page.body)

    def post_password(self, curl, form, user, *options):
        fields = {**form.fields, "username": user, "password": PASSWORD}
        words = [word for name, value in fields.items() for word in ("--data-urlencode", f"{name}={value}")]
        return curl(self.base + form.action, *words, *options)

    def callback(self, curl, user="alice", **query):
        """The address that the pool's page sends the browser back to."""
        done = self.post_password(curl, self.pool_page(curl, **query), user)
        self.assertEqual(done.status, 303, done.body)
        return done.one("location")

    def sign_in(self, curl, user="alice", **query):
        answer = curl(self.callback(curl, user, **query))
        self.assertEqual(answer.status, 302, answer.body)
        return answer

    def session(self, curl):
        answer = curl(self.url("/auth/session"))
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json()


class TokenExchange(Exchange):
    OPTIONS = ("--allow-origin", "http://127.0.0.1:5173", "--refresh-rotation", "30s")
    USERS = ("alice", "bob")

    def test_a_person_signs_in_chats_by_cookie_renews_and_signs_out(self):
        self.assertEqual(self.session(self.curl), {"signedIn": False, "canRefresh": False})
        done = self.sign_in(self.curl)
        self.assertEqual(done.one("location"), self.base + "/")
        for cookie in done.all("set-cookie"):
            self.assertIn("; HttpOnly", cookie)
            self.assertLessEqual(len(cookie), 4096)
        cookies = self.curl.cookies()
        self.assertEqual({name: path for name, (path, _) in cookies.items() if name != "wsdeep-csrf"},
                         {"id_token": "/", "wsdeep-refresh": "/auth"})
        session = self.session(self.curl)
        self.assertEqual((session["signedIn"], session["username"], session["email"]), (True, "alice", "alice@example.com"))
        for kind in ("id_token", "wsdeep-refresh"):
            self.assertNotIn(cookies[kind][1], json.dumps(session))
        socket = self.system.connect(None, headers={"Cookie": self.curl.header()})
        self.answer_of(self.ask(socket, "hello"))
        socket.close()
        renewed = self.curl(self.url("/auth/refresh"), "-X", "POST", "-H", f"Origin: {self.base}")
        self.assertEqual((renewed.status, renewed.json()["userId"]), (200, session["userId"]), renewed.body)
        self.assertNotEqual(self.curl.cookies()["wsdeep-refresh"], cookies["wsdeep-refresh"], "it is rotated")
        out = self.curl(self.url("/auth/logout"), "-X", "POST", "-H", "Sec-Fetch-Site: same-origin")
        self.assertEqual((out.status, out.json()["signedIn"], out.json()["revoked"]), (200, False, True))
        self.assertEqual(self.curl(out.json()["logoutUrl"]).one("location"), self.base + "/")
        self.assertEqual([name for name in self.curl.cookies() if name != "wsdeep-csrf"], [])
        self.assertEqual(self.session(self.curl), {"signedIn": False, "canRefresh": False})
        with self.assertRaises(HandshakeRefused) as refused:
            self.system.connect(None, headers={"Cookie": self.curl.header()})
        self.assertEqual(refused.exception.status, 401)

    def test_boto3_sees_the_app_client_that_it_uses_and_that_a_sign_out_ends_its_tokens(self):
        import boto3
        from botocore.exceptions import ClientError

        info = self.system.info
        pool = boto3.client("cognito-idp", region_name=info["region"], endpoint_url=info["endpoint"],
                            aws_access_key_id=info["accessKeyId"], aws_secret_access_key=info["secretAccessKey"])
        client = pool.describe_user_pool_client(UserPoolId=info["userPoolId"], ClientId=info["clientId"])["UserPoolClient"]
        self.assertIn(self.base + "/auth/callback", client["CallbackURLs"])
        self.assertIn("code", client["AllowedOAuthFlows"])
        pool.sign_up(ClientId=info["clientId"], Username="carol", Password=PASSWORD,
                     UserAttributes=[{"Name": "email", "Value": "carol@example.com"}])
        pool.admin_confirm_sign_up(UserPoolId=info["userPoolId"], Username="carol")
        self.sign_in(self.curl, "carol")
        self.assertEqual(self.session(self.curl)["username"], "carol")
        refresh = self.curl.cookies()["wsdeep-refresh"][1]
        tokens = pool.get_tokens_from_refresh_token(ClientId=info["clientId"], RefreshToken=refresh)
        self.assertIn("IdToken", tokens["AuthenticationResult"])
        self.assertTrue(self.curl(self.url("/auth/logout"), "-X", "POST").json()["revoked"])
        with self.assertRaises(ClientError) as refused:
            pool.get_tokens_from_refresh_token(ClientId=info["clientId"], RefreshToken=refresh)
        self.assertEqual(refused.exception.response["Error"]["Code"], "NotAuthorizedException")

    def test_a_user_of_a_hundred_groups_gets_in(self):
        groups = [f"department-of-something-{number:03}" for number in range(100)]
        for group in groups:
            self.system.cognito("CreateGroup", GroupName=group)
            self.system.cognito("AdminAddUserToGroup", GroupName=group, Username="bob")
        done = self.sign_in(self.curl, "bob")
        for cookie in done.all("set-cookie"):
            self.assertLessEqual(len(cookie), 4096)
        self.assertEqual(sorted(name for name in self.curl.cookies() if name.startswith("id_token")),
                         ["id_token.0", "id_token.1"])
        self.assertLess(sum(len(f"{name}: {value}") for name, value in done.fields), 10240, "what API Gateway sends")
        self.assertLess(len(self.curl.header("/auth/refresh")), 9000, "and takes")
        self.assertEqual(sorted(self.session(self.curl)["groups"]), groups)
        self.system.connect(None, headers={"Cookie": self.curl.header()}).close()
        self.assertEqual(self.curl(self.url("/auth/refresh"), "-X", "POST").status, 200)
        for group in groups:
            self.system.cognito("AdminRemoveUserFromGroup", GroupName=group, Username="bob")
        self.assertEqual(self.curl(self.url("/auth/refresh"), "-X", "POST").status, 200)
        self.assertEqual([name for name in self.curl.cookies() if name.startswith("id_token")], ["id_token"])

    def test_two_tabs_renew_at_once_and_both_go_on(self):
        self.sign_in(self.curl)
        header = self.curl.header("/auth/refresh")
        answers = [Curl(self.folder, name)(self.url("/auth/refresh"), "-X", "POST", "-H", f"Cookie: {header}")
                   for name in ("one", "other")]
        self.assertEqual([answer.status for answer in answers], [200, 200])
        for name in ("one", "other"):
            self.assertEqual(Curl(self.folder, name)(self.url("/auth/refresh"), "-X", "POST").status, 200, name)

    def test_several_sign_ins_go_on_in_one_browser(self):
        page = "http://127.0.0.1:5173/"
        first, second = self.pool_page(self.curl, redirect=page), self.pool_page(self.curl)
        for form, target in ((second, self.base + "/"), (first, page)):
            back = self.post_password(self.curl, form, "alice").one("location")
            self.assertEqual(self.curl(back).one("location"), target)

    def test_a_callback_counts_once_and_only_in_the_browser_that_asked(self):
        back = self.callback(self.curl)
        stranger = Curl(self.folder, "stranger")
        refused = stranger(back, "-H", "Accept: text/html")
        self.assertEqual((refused.status, stranger.cookies()), (400, {}))
        self.assertIn("not begun in this browser", refused.body)
        forged = re.sub("state=.{5}", "state=AAAAA", back)
        self.assertEqual(self.curl(forged).json()["error"], "invalid_state")
        self.assertEqual(self.curl(back).status, 302)
        self.assertEqual(self.curl(back).json()["error"], "invalid_state")

    def test_a_code_counts_once(self):
        back = self.callback(self.curl)
        cookies = self.curl.header("/auth/callback")
        self.assertEqual(self.curl(back).status, 302)
        again = Curl(self.folder, "replay")(back, "-H", f"Cookie: {cookies}")
        self.assertEqual((again.status, again.json()["error"]), (401, "refused_by_pool"))

    def test_no_other_site_is_led_to(self):
        host = urlsplit(self.base).netloc
        for bad in ("//evil.example", "\\\\evil.example", "/\\evil.example", "https://evil.example/", f"http://{host}@evil.example/",
                    f"http://{host}.evil.example/", f"http://{host}./", f"HTTP://{host}/", f"http://{host}", f"http://{host}/x",
                    "javascript:alert(1)", f"http://{host}/\r\nSet-Cookie: a=b"):
            answer = self.curl(self.url("/auth/login", redirect=bad))
            self.assertEqual((answer.status, answer.one("location"), answer.all("set-cookie")), (400, None, []), bad)

    def test_no_other_site_changes_anything(self):
        self.sign_in(self.curl)
        before = self.curl.cookies()
        for path in ("/auth/refresh", "/auth/logout"):
            for told in (("-H", "Origin: https://evil.example", "-H", "Sec-Fetch-Site: cross-site"),
                         ("-H", "Origin: null"), ("-H", "Origin: http://127.0.0.1:5174"), ("-H", "Sec-Fetch-Site: same-site")):
                answer = self.curl(self.url(path), "-X", "POST", *told)
                self.assertEqual((answer.status, answer.json()["error"]), (403, "foreign_page"), told)
        self.assertEqual(self.curl(self.url("/auth/refresh")).status, 405)
        self.assertEqual(self.curl.cookies(), before)

    def test_what_is_malformed_is_told_so(self):
        text = self.curl(self.url("/auth/logout"), "-H", "Content-Type: text/plain", "-d", "redirect=x")
        self.assertEqual(text.status, 415)
        self.assertEqual(self.curl(self.url("/auth/logout"), "-d", "a=" + "x" * 9000).status, 413)
        self.assertEqual(self.curl(self.url("/auth/nothing")).status, 404)
        self.assertEqual(self.curl(self.url("/auth/session"), "-H", "Cookie: id_token=" + "x" * 4000).json()["signedIn"], False)
        self.assertIn(self.curl(self.url("/auth/session"), "-H", "Cookie: id_token=" + "x" * 40000).status, (400, 431))
        page = self.curl(self.url("/auth/callback", error="x", error_description="<script>", state="y"), "-H", "Accept: text/html")
        self.assertNotIn("<script", page.body)
        self.assertEqual(page.one("content-type"), "text/html;charset=UTF-8")
        self.assertIn("default-src 'none'", page.one("content-security-policy"))

    def test_pages_of_allowed_origins_may_call_it_and_no_others(self):
        asks = ("-X", "OPTIONS", "-H", "Access-Control-Request-Method: POST", "-H",
                "Access-Control-Request-Headers: content-type")
        for path in ("/auth/refresh", "/auth/session"):
            allowed = self.curl(self.url(path), *asks, "-H", "Origin: http://127.0.0.1:5173")
            self.assertEqual(allowed.status, 204)
            self.assertEqual(allowed.all("access-control-allow-origin"), ["http://127.0.0.1:5173"])
            self.assertEqual(allowed.all("access-control-allow-credentials"), ["true"])
            for origin in ("https://evil.example", "http://127.0.0.1:51730", "http://127.0.0.1:5173.evil.example", "null"):
                refused = self.curl(self.url(path), *asks, "-H", f"Origin: {origin}")
                self.assertEqual(refused.all("access-control-allow-origin"), [], origin)
        answer = self.curl(self.url("/auth/session"), "-H", "Origin: http://127.0.0.1:5173")
        self.assertEqual(answer.all("access-control-allow-origin"), ["http://127.0.0.1:5173"])

    def test_no_token_code_or_cookie_is_logged(self):
        back = self.callback(self.curl)
        self.curl(back)
        self.curl(self.url("/auth/refresh"), "-X", "POST")
        lines = json.dumps(eventually(lambda: [l for l in self.system.log("wsdeep-auth")
                                               if l.get("outcome", "").startswith("refreshed")] and self.system.log("wsdeep-auth")))
        for secret in (parse_qs(urlsplit(back).query)["code"][0], *(value for _, value in self.curl.cookies().values())):
            self.assertNotIn(secret, lines)


class AtAPoolThatFails(unittest.TestCase):
    """The function alone, with a confidential app client, and a pool that answers as it likes."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="wsdeep-auth-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.secrets, self.seen, self.hanging = ["first"], [], threading.Event()
        self.pool = lambda request, fields: request.reply(400, b'{"error":"invalid_grant"}')
        self.service = Service(self.serve)
        self.addCleanup(self.service.close)
        self.addCleanup(self.hanging.set)
        address = "http://" + self.service.address
        self.function = PlayedFunction(
            "auth", os.path.join(self.folder, "log"), AWS_ENDPOINT_URL=address, AUTH_URLS="https://chat.example.com",
            HOSTED_UI_URL=address, AUTH_CLIENT_ID="client", COGNITO_CLIENT_IDS="client", AUTH_CLIENT_SECRET="chat/client",
            COGNITO_ISSUER="https://cognito-idp.us-east-1.amazonaws.com/us-east-1_AbCdEfGhI",
            REDIRECT_URLS="https://chat.example.com/")
        self.addCleanup(self.function.close)

    def serve(self, request, body):
        if request.headers.get("X-Amz-Target") == "secretsmanager.GetSecretValue":
            self.seen.append("secret")
            return request.reply(200, json.dumps({"SecretString": self.secrets[-1] + "\n"}).encode())
        basic = b64decode(request.headers["Authorization"].split(" ")[1]).decode()
        self.seen.append((request.path, basic))
        return self.pool(request, {name: values[0] for name, values in parse_qs(body.decode()).items()})

    def call(self, method, path, cookies=(), query="", **headers):
        return self.function.call({
            "version": "2.0", "rawPath": path, "rawQueryString": query, "cookies": list(cookies),
            "queryStringParameters": {name: values[0] for name, values in parse_qs(query).items()},
            "headers": {"host": "chat.example.com", **headers}, "requestContext": {"http": {"method": method, "path": path}},
            "isBase64Encoded": False})

    def refresh(self):
        answer = self.call("POST", "/auth/refresh", ["__Secure-wsdeep-refresh=token"])
        return answer["statusCode"], json.loads(answer["body"])["error"], answer.get("cookies", [])

    def test_each_failure_has_its_status_and_takes_no_cookie_away(self):
        def hangs(request, fields):
            self.hanging.wait()

        html = b"<html>Bad gateway</html>"
        for pool, expected in (
                (lambda r, f: r.reply(400, b'{"error":"invalid_grant"}'), (401, "refused_by_pool")),
                (lambda r, f: r.reply(400, b'{"error":"invalid_client"}'), (500, "client_not_accepted")),
                (lambda r, f: r.reply(502, html, "text/html"), (502, "pool_confused")),
                (lambda r, f: r.reply(200, html, "text/html"), (502, "pool_confused")),
                (lambda r, f: r.reply(200, b'{"id_token":"a.b.c","access_token":"x"}'), (502, "pool_confused")),
                (lambda r, f: r.reply(200, b'{"id_token":' + b"[" * 100000), (502, "pool_confused")),
                (lambda r, f: r.reply(200, b"x" * (1 << 20)), (502, "pool_confused")),
                (lambda r, f: r.reply(302, b"", Location="https://evil.example/"), (502, "pool_confused")),
                (lambda r, f: r.reply(429, b"{}"), (503, "pool_unreachable")),
                (lambda r, f: r.connection.shutdown(socket.SHUT_RDWR), (503, "pool_unreachable")),
                (hangs, (504, "pool_slow"))):
            self.pool = pool
            self.assertEqual(self.refresh(), (*expected, []))

    def test_the_client_proves_itself_by_its_secret_and_by_the_next_one_when_that_was_replaced(self):
        self.refresh()
        self.assertEqual(self.seen, ["secret", ("/oauth2/token", "client:first")])
        self.refresh()
        self.assertEqual(self.seen[2:], [("/oauth2/token", "client:first")])
        with open(os.path.join(self.folder, "log"), encoding="utf-8") as file:
            self.assertNotIn("first", file.read())

    def test_a_sign_in_survives_a_pool_that_is_away(self):
        begun = self.call("GET", "/auth/login")
        self.assertEqual(begun["statusCode"], 302)
        cookie = begun["cookies"][-1]
        self.assertRegex(cookie, r"^__Secure-wsdeep-login-[\w-]{11}=[^;]+; Path=/auth; Max-Age=600; HttpOnly; Secure; SameSite=Lax$")
        state = parse_qs(urlsplit(begun["headers"]["Location"]).query)["state"][0]
        codes = []

        def away(request, fields):
            codes.append((fields["code"], fields["grant_type"], fields["redirect_uri"]))
            request.reply(503, b"")

        self.pool = away
        page = self.call("GET", "/auth/callback", [cookie.split(";")[0]], urlencode({"code": "c1", "state": state}), accept="text/html")
        self.assertEqual((page["statusCode"], page["headers"]["Retry-After"], page.get("cookies", [])), (503, "5", []))
        self.assertEqual(codes, [("c1", "authorization_code", "https://chat.example.com/auth/callback")])
        self.pool = lambda request, fields: request.reply(400, b'{"error":"invalid_grant"}')
        refused = self.call("GET", "/auth/callback", [cookie.split(";")[0]], urlencode({"code": "c1", "state": state}))
        self.assertEqual(refused["statusCode"], 401)
        self.assertIn("Max-Age=0", refused["cookies"][0])


PAGE = """<!doctype html><meta charset="utf-8"><title>app</title><p id="out"></p>
<script>
const api = %(api)s, socketUrl = %(socket)s;
const call = (path, method) => fetch(api + path, {method, credentials: "include"}).then(answer => answer.json());
async function chat(text) {
  const socket = new WebSocket(socketUrl);
  await new Promise((done, failed) => { socket.onopen = done; socket.onclose = () => failed(new Error("refused")); });
  socket.send(JSON.stringify({action: "message", data: {message: text}}));
  return new Promise(done => socket.onmessage = event => {
    const frame = JSON.parse(event.data);
    if (frame.message === "LLM response complete") done(frame.data.message);
  });
}
</script>"""


class Pages(http.server.ThreadingHTTPServer):
    """A page of somebody's own, at an origin of its own."""

    daemon_threads = True

    def __init__(self):
        outer = self
        self.text = ""

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(outer.text.encode())

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()


class Chromium(HeadlessBrowser):
    def message(self):
        if b"\0" not in self.unread and not select.select([self.read_end], [], [], 20)[0]:
            raise AssertionError(f"the browser says nothing any more, after: {self.complaints}")
        return super().message()

    def visit(self, url):
        self.loaded = False
        self.call("Page.navigate", url=url)
        self.wait_for_load()

    def wait_for_load(self):
        while not self.loaded:
            self.note(self.message())

    def submit(self, **values):
        """Types into the page's form and clicks its button, as a person does."""
        self.loaded = False
        for name, value in values.items():
            self.value(f"document.querySelector('[name={name}]').value = {json.dumps(value)}")
        self.call("Runtime.evaluate", expression="document.querySelector('button').click()", userGesture=True)
        self.wait_for_load()

    def result(self, promise):
        answer = self.call("Runtime.evaluate", expression=promise, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise AssertionError(answer["exceptionDetails"]["exception"].get("description"))
        return answer["result"].get("value")


@unittest.skipUnless(PROGRAM, "no chromium (cli/prepare ci)")
class InABrowser(Exchange):
    @classmethod
    def setUpClass(cls):
        cls.pages = Pages()
        cls.addClassCleanup(cls.pages.server_close)
        cls.addClassCleanup(cls.pages.shutdown)
        cls.OPTIONS = ("--allow-origin", cls.pages.origin)
        super().setUpClass()
        cls.pages.text = PAGE % {"api": json.dumps(cls.base), "socket": json.dumps(cls.system.info["url"])}

    def setUp(self):
        super().setUp()
        self.browser = Chromium()
        self.addCleanup(self.browser.close)

    def test_a_person_signs_in_and_the_page_opens_a_websocket_with_the_cookie(self):
        browser, page = self.browser, self.pages.origin + "/"
        browser.visit(page)
        self.assertEqual(browser.result("call('/auth/session', 'GET')"), {"signedIn": False, "canRefresh": False})
        with self.assertRaisesRegex(AssertionError, "refused"):
            browser.result("chat('hello')")
        browser.visit(self.url("/auth/login", redirect=page))
        self.assertIn("/login?", browser.value("location.href"))
        browser.submit(username="alice", password="Wrong-horse-7")
        self.assertIn("Incorrect username or password.", browser.value("document.body.innerText"))
        browser.submit(username="alice", password=PASSWORD)
        self.assertEqual(browser.value("location.href"), page)
        self.assertEqual(browser.value("document.cookie"), "", "no script sees a cookie")
        self.assertEqual(browser.result("call('/auth/session', 'GET')")["username"], "alice")
        self.assertTrue(browser.result("chat('hello')"))
        self.assertEqual(browser.result("call('/auth/refresh', 'POST')")["username"], "alice")
        kept = {cookie["name"]: cookie for cookie in browser.call("Network.getAllCookies")["cookies"]}
        self.assertEqual({name: (kept[name]["path"], kept[name]["sameSite"], kept[name]["httpOnly"])
                          for name in ("id_token", "wsdeep-refresh")},
                         {"id_token": ("/", "Strict", True), "wsdeep-refresh": ("/auth", "Strict", True)})
        out = browser.result("call('/auth/logout', 'POST')")
        browser.visit(out["logoutUrl"])
        self.assertEqual(browser.value("location.origin"), self.base)
        browser.visit(page)
        with self.assertRaisesRegex(AssertionError, "refused"):
            browser.result("chat('hello')")

    def test_a_person_signs_out_by_the_page_that_asks(self):
        browser = self.browser
        browser.visit(self.url("/auth/login", redirect=self.pages.origin + "/"))
        browser.submit(username="alice", password=PASSWORD)
        browser.visit(self.url("/auth/logout", redirect=self.pages.origin + "/"))
        self.assertIn("sign out?", browser.value("document.body.innerText"))
        browser.complaints.clear()
        browser.submit()
        self.assertEqual(browser.value("location.href"), self.pages.origin + "/")
        self.assertEqual(browser.complaints, [])
        self.assertEqual(browser.result("call('/auth/session', 'GET')")["signedIn"], False)

    def test_a_page_of_another_site_signs_nobody_out(self):
        browser = self.browser
        browser.visit(self.url("/auth/login", redirect=self.pages.origin + "/"))
        browser.submit(username="alice", password=PASSWORD)
        # Another site to a browser: localhost is none of 127.0.0.1's.
        browser.visit(self.pages.origin.replace("127.0.0.1", "localhost") + "/")
        browser.value(f"document.body.innerHTML = '<form method=post action={self.base}/auth/logout><button>x</button></form>'")
        browser.submit()
        self.assertIn("another site", browser.value("document.body.innerText"))
        browser.visit(self.pages.origin + "/")
        self.assertEqual(browser.result("call('/auth/session', 'GET')")["signedIn"], True)

    def test_sign_ins_of_two_tabs_end_each_in_its_own_page(self):
        one, other = self.url("/auth/login", redirect=self.pages.origin + "/"), self.url("/auth/login")
        browser = self.browser
        browser.visit(one)
        first = browser.value("location.href")
        browser.visit(other)
        browser.visit(first)
        browser.submit(username="alice", password=PASSWORD)
        self.assertEqual(browser.value("location.href"), self.pages.origin + "/")


if __name__ == "__main__":
    unittest.main()
