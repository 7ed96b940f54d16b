"""Users, groups and sign-in with the built binary: the same suite at the local pool and at moto's server.

moto (https://docs.getmoto.org) is somebody else's reading of Cognito. What it does differently is listed here, and
tested only where it holds:
  * It does not check a sign-in by SRP: any password is accepted (`CHECKS_SRP`).
  * It signs a disabled user in (`REFUSES_DISABLED`).
  * It has no RevokeToken (`REVOKES`): the saved tokens are gone, and the command says that it failed.
"""

import json
import os
import shutil
import signal
import subprocess
import threading
import unittest

from fake_pool import Elsewhere
from harness import WSDEEP, SystemTest, eventually
from moto import MotoServer, needs_moto
from terminal import OnTerminal

PASSWORD = "Correct-horse-7"


class UsersSuite:
    """What every pool has to do; `self.system.run` reaches it."""

    CHECKS_SRP = True
    REFUSES_DISABLED = True
    REVOKES = True

    def run_ok(self, *words, **options):
        result = self.system.run(*words, **options)
        self.assertEqual(result.code, 0, result)
        return result

    def run_refused(self, code, *words, says, **options):
        result = self.system.run(*words, **options)
        self.assertEqual(result.code, code, result)
        self.assertIn(says, result.err)
        self.assertNotIn("internal fault", result.err)
        return result

    def create(self, name, *options, password=PASSWORD):
        return self.run_ok("users", "create", name, "--password-stdin", *options, stdin=password + "\n")

    def login(self, name, *options, password=PASSWORD):
        return self.system.run("login", name, "--password-stdin", *options, stdin=password + "\n")

    def show(self, name):
        return json.loads(self.run_ok("users", "show", name, "--output", "json").out)

    def names(self, *options):
        listed = json.loads(self.run_ok("users", "list", "--output", "json", *options).out)
        return {user["username"] for user in listed}

    def write(self, name, text):
        path = os.path.join(self.system.state, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def results(self, path, outcome="created"):
        with open(path, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file if line.endswith("\n")]
        return [line for line in lines[1:] if line["outcome"] == outcome]

    def test_a_user_is_created_shown_listed_and_deleted(self):
        self.create("ann", "--email", "ann@example.com", "--attribute", "given_name=Ann")
        shown = self.show("ann")
        self.assertEqual(shown["status"], "CONFIRMED")
        self.assertEqual(shown["attributes"]["email"], "ann@example.com")
        self.assertEqual(shown["attributes"]["given_name"], "Ann")
        self.assertIn("ann", self.names("--status", "CONFIRMED"))
        self.assertEqual(self.names("--filter", 'username = "ann"'), {"ann"})
        self.run_ok("users", "delete", "ann", "--yes")
        self.run_refused(4, "users", "show", "ann", says="cannot show 'ann'")

    def test_nothing_is_deleted_without_an_answer(self):
        self.create("kept")
        self.run_refused(2, "users", "delete", "kept", says="--yes required when not running interactively")
        self.show("kept")

    def test_the_policy_is_stated_before_anything_is_sent(self):
        refused = self.run_refused(2, "users", "create", "weak", "--password-stdin", stdin="short1\n",
                                   says="an upper-case letter")
        self.assertNotIn("short1", refused.err)
        self.run_refused(4, "users", "show", "weak", says="'weak'")

    def test_users_who_exist_or_do_not_are_told_apart(self):
        self.create("twice")
        self.run_refused(1, "users", "create", "twice", "--generate", says="wsdeep users show twice")
        for words in (("enable", "nobody"), ("delete", "nobody", "--yes"), ("sign-out", "nobody")):
            self.run_refused(4, "users", *words, says="'nobody'")

    def test_several_users_are_changed_although_one_is_refused(self):
        self.create("first")
        self.create("last")
        self.run_refused(4, "users", "disable", "first", "nobody", "last", says="1 of 3 users failed")
        self.assertFalse(self.show("first")["enabled"])
        self.assertFalse(self.show("last")["enabled"])

    def test_a_wrong_pool_is_named_as_the_cause(self):
        env = {"WSDEEP_USER_POOL_ID": "us-east-1_Nowhere00", "WSDEEP_ENDPOINT": self.endpoint(),
               "AWS_ACCESS_KEY_ID": self.key()[0], "AWS_SECRET_ACCESS_KEY": self.key()[1]}
        refused = self.run_refused(4, "users", "list", says="check --user-pool-id", env=env)
        self.assertEqual(refused.out, "")
        self.run_refused(2, "users", "list", "--region", "eu-west-1", env=env,
                         says="the user pool us-east-1_Nowhere00 is in us-east-1, not in eu-west-1")

    def test_sign_in_works_by_srp_by_password_and_by_an_administrator(self):
        self.create("eve")
        for flow in ("srp", "password", "admin"):
            result = self.login("eve", "--flow", flow)
            self.assertEqual(result.code, 0, (flow, result))
            self.assertIn("signed in as eve", result.err)

    def test_a_wrong_password_is_refused(self):
        self.create("mallory")
        flows = ("srp", "password", "admin") if self.CHECKS_SRP else ("password", "admin")
        for flow in flows:
            result = self.login("mallory", "--flow", flow, password="Wrong-horse-7")
            self.assertEqual(result.code, 3, (flow, result))

    def test_a_temporary_password_has_to_be_changed(self):
        self.create("temp", "--temporary")
        self.assertEqual(self.show("temp")["status"], "FORCE_CHANGE_PASSWORD")
        result = self.login("temp", "--flow", "password")
        self.assertEqual(result.code, 2, result)
        self.assertIn("--new-password-stdin", result.err)
        result = self.system.run("login", "temp", "--flow", "password", "--password-stdin", "--new-password-stdin",
                                 stdin=f"{PASSWORD}\nMy-own-word-9\n")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.show("temp")["status"], "CONFIRMED")
        self.assertEqual(self.login("temp", "--flow", "password", password="My-own-word-9").code, 0)

    def test_a_new_password_replaces_the_old_one(self):
        self.create("changer")
        self.run_ok("users", "set-password", "changer", "--password-stdin", stdin="Another-horse-8\n")
        self.assertEqual(self.login("changer", "--flow", "password").code, 3)
        self.assertEqual(self.login("changer", "--flow", "password", password="Another-horse-8").code, 0)
        made = self.run_ok("users", "set-password", "changer", "--generate").out.strip()
        self.assertEqual(self.login("changer", "--flow", "password", password=made).code, 0)

    def test_a_disabled_user_cannot_sign_in_until_enabled(self):
        self.create("idle")
        self.run_ok("users", "disable", "idle")
        self.assertFalse(self.show("idle")["enabled"])
        if self.REFUSES_DISABLED:
            result = self.login("idle")
            self.assertEqual(result.code, 3, result)
            self.assertIn("wsdeep users enable idle", result.err)
        self.run_ok("users", "enable", "idle")
        self.assertEqual(self.login("idle").code, 0)

    def test_groups_have_members(self):
        self.run_ok("users", "group", "create", "staff")
        self.create("worker", "--group", "staff")
        self.create("guest")
        self.assertIn("staff", self.run_ok("users", "group", "list").out.split())
        self.assertEqual(self.show("worker")["groups"], ["staff"])
        self.run_ok("users", "group", "add", "staff", "guest")
        self.assertEqual(self.names("--group", "staff"), {"worker", "guest"})
        self.run_ok("users", "group", "remove", "staff", "worker")
        self.assertEqual(self.names("--group", "staff"), {"guest"})
        self.run_refused(4, "users", "group", "add", "nogroup", "guest", says="wsdeep users group list")

    def test_groups_are_told_as_json(self):
        made = self.run_ok("users", "group", "create", "crew", "--description", "on board", "--output", "json")
        self.assertEqual(json.loads(made.out), {"name": "crew", "description": "on board"})
        listed = json.loads(self.run_ok("users", "group", "list", "--output", "json").out)
        self.assertIn({"name": "crew", "description": "on board"}, listed)
        self.create("sailor")
        added = self.run_refused(4, "users", "group", "add", "crew", "sailor", "nobody", "--output", "json",
                                 says="1 of 2 users failed")
        self.assertEqual(json.loads(added.out), {"group": "crew", "added": ["sailor"], "failed": ["nobody"]})
        removed = self.run_ok("users", "group", "remove", "crew", "sailor", "--output", "json")
        self.assertEqual(json.loads(removed.out), {"group": "crew", "removed": ["sailor"], "failed": []})

    def test_a_group_that_is_missing_is_told_before_anything_is_created(self):
        self.run_refused(4, "users", "create", "half", "--group", "nogroup", "--generate", says="no group 'nogroup'")
        self.run_refused(4, "users", "show", "half", says="'half'")

    def test_tokens_are_printed_as_scripts_need_them(self):
        self.create("scripter")
        self.assertEqual(self.login("scripter").code, 0)
        token = self.run_ok("token", "scripter").out.strip()
        access = self.run_ok("token", "scripter", "--access").out.strip()
        self.assertEqual(self.run_ok("token", "scripter", "--header").out, f"Authorization: Bearer {token}\n")
        self.assertEqual(self.run_ok("token", "scripter", "--access", "--cookie").out, f"Cookie: authToken={access}\n")
        self.assertEqual(json.loads(self.run_ok("token", "scripter", "--decode").out)["token_use"], "id")
        self.assertEqual(json.loads(self.run_ok("token", "scripter", "--access", "--decode").out)["token_use"], "access")

    def test_several_users_stay_signed_in_until_all_are_signed_out(self):
        for name in ("one", "two"):
            self.create(name)
            self.assertEqual(self.login(name).code, 0)
        for name in ("one", "two"):
            self.run_ok("token", name)
        result = self.system.run("logout", "--all")
        self.assertEqual(result.code, 0 if self.REVOKES else 1, result)
        if not self.REVOKES:
            self.run_ok("token", "one")
            self.run_ok("logout", "--all", "--force")
        for name in ("one", "two"):
            self.run_refused(3, "token", name, says=f"wsdeep login {name}")

    def test_sign_ins_at_the_same_time_lose_nothing(self):
        names = [f"crowd{i}" for i in range(6)]
        for name in names:
            self.create(name)
        threads = [threading.Thread(target=self.login, args=(name,)) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for name in names:
            self.run_ok("token", name)

    def test_a_bulk_creation_goes_on_where_it_stopped(self):
        out = os.path.join(self.system.state, "bulk.jsonl")
        first = self.run_ok("users", "create", "--count", "4", "--prefix", "bulk-", "--out", out)
        self.assertIn("created 4 users", first.err)
        self.assertEqual(os.stat(out).st_mode & 0o777, 0o600)
        with open(out, "a", encoding="utf-8") as file:
            file.write('{"index":4,"userna')  # what a crash leaves
        second = self.run_ok("users", "create", "--count", "6", "--prefix", "bulk-", "--out", out)
        self.assertIn("created 2 users, 4 were there from an earlier run", second.err)
        made = self.results(out)
        self.assertEqual(sorted(r["username"] for r in made), [f"bulk-0000{i}" for i in range(1, 7)])
        self.assertEqual(self.login(made[5]["username"], "--flow", "password", password=made[5]["password"]).code, 0)
        self.run_refused(1, "users", "create", "--count", "6", "--prefix", "other-", "--out", out,
                         says="the results of another run")

    def test_an_interrupted_bulk_creation_has_recorded_what_is_done(self):
        out = os.path.join(self.system.state, "interrupted.jsonl")
        process = self.system.start("users", "create", "--count", "100000", "--prefix", "stop-", "--out", out)
        eventually(lambda: os.path.exists(out) and len(self.results(out)) >= 3)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, err)
        recorded = {r["username"] for r in self.results(out)}
        self.assertIn(f"{len(recorded)} users created so far", err.decode())
        self.assertIn("run the same command again", err.decode())
        # A pool that takes long may have begun users whose end nobody waited for: their attempts are on record.
        there = {n for n in self.names() if n.startswith("stop-")}
        self.assertLessEqual(recorded, there)
        self.assertLessEqual(there, recorded | {r["username"] for r in self.results(out, "attempted")})

    def test_a_file_with_a_bad_line_creates_nothing(self):
        file = self.write("bad.csv", "username,email,groups\nzoe,zoe@example.com,\nz z,z@example.com,\n")
        self.run_refused(2, "users", "import", file, says=f"{file}:3:1: a user name has 1 to 128 characters")
        self.run_refused(4, "users", "show", "zoe", says="'zoe'")
        out = os.path.join(self.system.state, "zoe.jsonl")
        self.run_ok("users", "import", file, "--keep-going", "--out", out)
        self.show("zoe")

    def test_json_lines_are_imported(self):
        file = self.write("users.jsonl", json.dumps({"username": "json1", "password": PASSWORD}) + "\n" +
                          json.dumps({"username": "json2", "attributes": {"given_name": "J"}, "temporary": True}) + "\n")
        self.run_ok("users", "import", file)
        self.assertEqual(self.login("json1", "--flow", "password").code, 0)
        self.assertEqual(self.show("json2")["attributes"]["given_name"], "J")
        self.assertEqual(self.show("json2")["status"], "FORCE_CHANGE_PASSWORD")

    def test_a_pool_of_tokens_is_kept_fresh_without_signing_in_again(self):
        users, out = (os.path.join(self.system.state, name) for name in ("token-users.jsonl", "tokens.jsonl"))
        self.run_ok("users", "create", "--count", "3", "--prefix", "tok-", "--out", users)
        words = ("users", "tokens", "--from", users, "--out", out)
        self.assertIn("2 users ready: 0 kept, 0 refreshed, 2 signed in", self.run_ok(*words, "--count", "2").err)
        self.assertEqual(os.stat(out).st_mode & 0o777, 0o600)
        self.assertIn("3 users ready: 2 kept, 0 refreshed, 1 signed in", self.run_ok(*words).err)
        self.assertIn("3 users ready: 0 kept, 3 refreshed, 0 signed in", self.run_ok(*words, "--fresh", "1440").err)
        with open(out, encoding="utf-8") as file:
            tokens = [json.loads(line) for line in file]
        self.assertEqual([t["username"] for t in tokens], ["tok-00001", "tok-00002", "tok-00003"])
        for key in ("idToken", "accessToken"):
            self.assertEqual([t[key].count(".") for t in tokens], [2, 2, 2])
        self.run_ok("users", "set-password", "tok-00001", "--generate")
        os.remove(out)
        words += ("--flow", "password")  # moto takes any proof of SRP's
        refused = self.run_refused(3, *words, says="1 user could not sign in")
        self.assertIn("2 users ready", refused.err)
        copy = shutil.copy(users, users + ".copy")
        self.run_ok("users", "delete", "tok-00001", "--yes")
        dropped = self.run_ok(*words).err
        self.assertIn("2 users ready: 2 kept", dropped)
        gone = self.run_refused(3, "users", "tokens", "--from", copy, "--out", out, "--flow", "password",
                                says="1 user could not sign in: 'tok-00001': ")
        self.assertIn("deleted, or given another password, since the file was written?", gone.err)
        self.run_refused(4, *words, "--count", "9", says="9 were asked for")

    def test_tokens_are_those_of_the_only_bulk_creation_unless_there_are_several(self):
        home = {"XDG_STATE_HOME": os.path.join(self.system.state, "elsewhere"),
                "WSDEEP_LOCAL_STATE": os.path.join(self.system.state, "local")}
        out = os.path.join(self.system.state, "only.jsonl")
        words = ("users", "tokens", "--out", out)
        self.run_refused(4, *words, env=home, says="wsdeep users create --count 100 --prefix load-")
        self.run_ok("users", "create", "--count", "2", "--prefix", "one-", env=home)
        self.assertIn("2 users ready", self.run_ok(*words, env=home).err)
        self.run_ok("users", "create", "--count", "1", "--prefix", "two-", env=home)
        self.run_refused(2, *words, env=home, says="pass --prefix with one of: one-, two-")
        self.assertIn("1 user ready", self.run_ok(*words, "--prefix", "two-", env=home).err)

    def test_only_test_users_are_swept_away(self):
        for name in ("sweep-me", "sweep-7x", "customer"):
            self.create(name)
        out = os.path.join(self.system.state, "sweep.jsonl")
        self.run_ok("users", "create", "--count", "3", "--prefix", "sweep-", "--out", out)
        self.create("sweep-00009")  # looks like one, but carries no marker
        kept = self.run_ok("users", "purge", "--older-than", "1h", "--prefix", "sweep-", "--yes")
        self.assertIn("nothing to do", kept.err)
        before = self.names()
        self.run_ok("users", "delete", "--all-test-users", "--prefix", "sweep-", "--yes")
        self.assertEqual(before - self.names(), {f"sweep-0000{i}" for i in range(1, 4)})


class AtTheLocalPool(UsersSuite, SystemTest):
    USERS = ()

    def test_a_token_is_checked_claim_by_claim(self):
        self.create("checked")
        self.assertEqual(self.login("checked").code, 0)
        for options in ((), ("--access",)):
            token = self.run_ok("token", "checked", *options).out
            accepted = self.run_ok("auth", "check", "-", stdin=token)
            self.assertIn("accepts this token of 'checked'", accepted.err)
            self.assertNotIn("WRONG", accepted.out)
            self.assertNotIn(token.strip(), accepted.out + accepted.err)
        other = self.run_ok("token", "checked").out.strip()
        forged = ".".join(token.strip().split(".")[:2] + other.split(".")[2:])
        refused = self.run_refused(3, "auth", "check", "-", stdin=forged, says="refuses this token: signature")
        self.assertEqual([line.split()[0] for line in refused.out.splitlines() if "WRONG" in line], ["signature"])
        env = {"WSDEEP_USER_POOL_ID": "us-east-1_Another", "WSDEEP_CLIENT_ID": "another"}
        keys = self.write("keys.json", '{"keys":[]}')
        refused = self.run_refused(3, "auth", "check", "-", "--jwks", keys, stdin=token, env=env, says="refuses")
        self.assertEqual([line.split()[0] for line in refused.out.splitlines() if "WRONG" in line],
                         ["kid", "signature", "iss", "client_id"])
        self.run_refused(3, "auth", "check", "no.token", says="malformed")
        self.run_refused(2, "auth", "check", "-", "--jwks", self.endpoint() + "/jwks", stdin=token,
                         says="--jwks takes a file")
        self.run_refused(1, "auth", "check", "-", stdin=token,
                         env={**env, "WSDEEP_ENDPOINT": "http://127.0.0.1:1"}, says="pass the key set with --jwks FILE")
        # The key set comes from where the pool itself is asked.
        info = self.system.info
        env = {"WSDEEP_USER_POOL_ID": info["userPoolId"], "WSDEEP_CLIENT_ID": info["clientId"],
               "AWS_ENDPOINT_URL": self.endpoint()}
        self.run_ok("auth", "check", "-", stdin=token, env=env)

    def test_a_token_of_many_groups_is_read_from_stdin(self):
        self.create("joiner")
        for number in range(60):
            group = f"group-of-people-with-rather-a-long-name-so-that-few-do-{number}" + "x" * 50
            self.run_ok("users", "group", "create", group)
            self.run_ok("users", "group", "add", group, "joiner")
        self.assertEqual(self.login("joiner").code, 0)
        token = self.run_ok("token", "joiner").out
        self.assertGreater(len(token), 6000)
        self.assertIn("accepts this token of 'joiner'", self.run_ok("auth", "check", "-", stdin=token).err)

    def test_control_characters_do_not_reach_the_terminal(self):
        path = self.write("evil.csv", "username,em\x1b[31mail\nann,a@example.com\n")
        refused = self.run_refused(2, "users", "import", path, says="unknown column 'em\\x1b[31mail'")
        self.assertNotIn("\x1b", refused.err)
        refused = self.run_refused(2, "users", "create", "--count", "1", "--prefix", "x\x1b[31m-",
                                   says="no control character")
        self.assertNotIn("\x1b", refused.err)
        refused = self.run_refused(4, "users", "delete", "no\x1b[2J\nbody", "--yes", says="'no\\x1b[2J\\nbody'")
        self.assertNotIn("\x1b", refused.err)
        self.create("forger", "--attribute", "name=a\ngroups  admin\x1b[1m")
        shown = self.run_ok("users", "show", "forger").out
        self.assertIn("a\\ngroups  admin\\x1b[1m\n", shown)
        self.assertEqual(self.show("forger")["attributes"]["name"], "a\ngroups  admin\x1b[1m")

    def test_descriptors_that_are_closed_are_not_taken_over(self):
        # Else stdout would be the connection to the pool, and the answer would go there.
        for closed, code in ((1, 1), (2, 0), (0, 0)):
            with self.subTest(closed):
                result = subprocess.run(["bash", "-c", f'exec "$@" {closed}>&-', "bash", WSDEEP, "users", "list"],
                                        stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
                                        env=self.system.environment(), check=False)
                self.assertEqual(result.returncode, code, result)
                if closed == 1:
                    self.assertIn(b"cannot write to standard output: Bad file descriptor", result.stderr)

    def test_a_limit_has_to_be_a_number_of_users(self):
        refused = self.run_refused(2, "users", "list", "--limit", "0", says="--limit")
        self.assertLess(len(refused.err), 200)

    def test_a_declined_question_is_not_an_interrupt(self):
        self.create("spared")
        cases = (("\r", 1, "nothing was done"), ("n\r", 1, "nothing was done"), ("\x04", 130, "no answer"))
        for keys, code, says in cases:
            with self.subTest(keys), OnTerminal([WSDEEP, "users", "delete", "spared"], self.system.environment(),
                                                self.system.state) as terminal:
                terminal.answer("[y/N]", keys)
                self.assertEqual(terminal.finish(), code)
                self.assertIn(says, terminal.seen)
        self.show("spared")

    def endpoint(self):
        return self.system.info["endpoint"]

    def key(self):
        return self.system.info["accessKeyId"], self.system.info["secretAccessKey"]


@needs_moto
class AtMoto(UsersSuite, unittest.TestCase):
    CHECKS_SRP = False
    REFUSES_DISABLED = False
    REVOKES = False

    @classmethod
    def setUpClass(cls):
        server = MotoServer()
        cls.addClassCleanup(server.stop)
        cls.url = server.url
        cls.admin = server.client("cognito-idp")
        cls.system = cls.at_new_pool([{"Name": "wsdeep_test", "AttributeDataType": "String", "Mutable": True}])
        cls.addClassCleanup(cls.system.destroy)

    @classmethod
    def at_new_pool(cls, attributes):
        pool = cls.admin.create_user_pool(
            PoolName="test", Schema=attributes,
            Policies={"PasswordPolicy": {"MinimumLength": 8, "RequireUppercase": True, "RequireLowercase": True,
                                         "RequireNumbers": True, "RequireSymbols": True}})["UserPool"]["Id"]
        client = cls.admin.create_user_pool_client(
            UserPoolId=pool, ClientName="test",
            ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH",
                               "ALLOW_ADMIN_USER_PASSWORD_AUTH"])["UserPoolClient"]["ClientId"]
        return Elsewhere(cls.url, pool, client)

    def test_a_pool_without_the_marker_tells_test_users_by_the_prefixes_of_this_machine(self):
        system = self.at_new_pool([{"Name": "team", "AttributeDataType": "String", "Mutable": True}])
        self.addCleanup(system.destroy)
        for name in ("sweep-me", "customer"):
            made = system.run("users", "create", name, "--password-stdin", stdin=PASSWORD + "\n")
            self.assertEqual(made.code, 0, made)
        out = os.path.join(system.state, "sweep.jsonl")
        made = system.run("users", "create", "--count", "3", "--prefix", "sweep-", "--out", out)
        self.assertEqual(made.code, 0, made)
        for prefix, says in (((), "pass --prefix"),
                             (("--prefix", "cust"), "has created users with the prefix 'cust'")):
            refused = system.run("users", "delete", "--all-test-users", "--yes", *prefix)
            self.assertEqual((refused.code, says in refused.err), (2, True), refused)
        swept = system.run("users", "delete", "--all-test-users", "--prefix", "sweep-", "--yes")
        self.assertEqual(swept.code, 0, swept)
        left = json.loads(system.run("users", "list", "--output", "json").out)
        self.assertEqual({user["username"] for user in left}, {"sweep-me", "customer"})

    def endpoint(self):
        return self.url

    def key(self):
        return "testing", "testing"


if __name__ == "__main__":
    unittest.main()
