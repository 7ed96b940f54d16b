"""Many users at once, at a pool that fails in every way that a pool can, and with runs that end in every way."""

import json
import os
import signal
import subprocess
import time
import unittest

from fake_pool import Elsewhere, FakePool
from harness import WSDEEP


class BulkTest(unittest.TestCase):
    def setUp(self):
        self.start()

    def start(self, **options):
        self.pool = FakePool(**options)
        self.addCleanup(self.pool.stop)
        self.system = Elsewhere(self.pool.endpoint)
        self.addCleanup(self.system.destroy)
        self.out = os.path.join(self.system.state, "results.jsonl")

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

    def create(self, count, prefix="px-"):
        return ("users", "create", "--count", str(count), "--prefix", prefix, "--out", self.out)

    def write(self, name, text):
        path = os.path.join(self.system.state, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def results(self, outcome="created", path=None):
        """Username → password or cause."""
        with open(path or self.out, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file if line.endswith("\n")]
        return {line["username"]: line.get("password", line.get("cause")) for line in lines[1:]
                if line["outcome"] == outcome}

    def end(self, sign, *words):
        """Starts a run, and ends it by that signal when the pool hangs."""
        process = self.system.start(*words)
        self.assertTrue(self.pool.hanging.wait(30))
        process.send_signal(sign)
        _, err = process.communicate(timeout=60)
        self.pool.hooks.clear()
        return process.returncode, err.decode()


class WhoIsTaken(BulkTest):
    def test_a_user_whom_an_administrator_created_meanwhile_is_left_alone(self):
        self.pool.hooks["AdminCreateUser"] = lambda _: (400, {"__type": "InvalidParameterException", "message": "no"})
        self.run_refused(1, *self.create(1), says="1 user could not be created")
        self.pool.hooks.clear()
        self.pool.put("px-00001", "FORCE_CHANGE_PASSWORD")
        self.run_refused(1, *self.create(1), says="exists already and is not ours")
        self.assertEqual(self.pool.users["px-00001"]["status"], "FORCE_CHANGE_PASSWORD")
        self.assertNotIn("AdminSetUserPassword", self.pool.calls)
        self.assertNotIn("AdminDeleteUser", self.pool.calls)

    def test_a_user_whose_creation_was_cut_off_is_completed_with_the_recorded_password(self):
        for sign, code in ((signal.SIGKILL, -9), (signal.SIGHUP, 130), (signal.SIGTERM, 130)):
            with self.subTest(sign):
                self.start()
                self.pool.hang("AdminSetUserPassword")
                ended, err = self.end(sign, *self.create(1))
                self.assertEqual(ended, code, err)
                self.assertEqual(self.results(), {})
                attempted = self.results("attempted")
                self.assertIn("created 1 user;", self.run_ok(*self.create(1)).err)
                self.assertEqual(self.pool.users["px-00001"]["password"], attempted["px-00001"])
                self.assertEqual(self.results(), attempted)

    def test_a_user_who_was_completed_but_not_recorded_is_taken_too(self):
        self.pool.hang("AdminSetUserPassword")
        self.end(signal.SIGKILL, *self.create(1))
        self.pool.users["px-00001"]["status"] = "CONFIRMED"
        self.run_ok(*self.create(1))
        self.assertEqual(self.pool.users["px-00001"]["password"], self.results()["px-00001"])

    def test_a_user_who_does_not_fit_the_attempt_is_left_alone(self):
        cases = (({}, -600), ({}, 60), ({"marker": True}, 0))
        for options, age in cases:
            with self.subTest(options=options, age=age):
                self.start(**options)
                self.pool.hang("AdminCreateUser")
                self.end(signal.SIGKILL, *self.create(1))
                self.pool.put("px-00001", "FORCE_CHANGE_PASSWORD", age=age)
                self.run_refused(1, *self.create(1), says="exists already and is not ours")
                self.assertIsNone(self.pool.users["px-00001"]["password"])

    def test_only_a_user_whom_this_run_created_is_taken_back(self):
        refuse = lambda _: (400, {"__type": "InvalidPasswordException", "message": "no"})
        self.pool.hooks["AdminSetUserPassword"] = refuse
        self.run_refused(1, *self.create(1), says="1 user could not be created")
        self.assertEqual(self.pool.users, {})
        self.pool.hang("AdminCreateUser", create=True)
        self.end(signal.SIGKILL, *self.create(1))
        self.pool.hooks["AdminSetUserPassword"] = refuse
        self.pool.calls.clear()
        self.run_refused(1, *self.create(1), says="1 user could not be created")
        self.assertIn("px-00001", self.pool.users)
        self.assertNotIn("AdminDeleteUser", self.pool.calls)
        self.pool.hooks.clear()
        self.run_ok(*self.create(1))
        self.assertEqual(self.pool.users["px-00001"]["password"], self.results()["px-00001"])


class WhoIsSweptAway(BulkTest):
    SWEEP = ("users", "delete", "--all-test-users", "--yes", "--prefix")

    def test_a_run_that_created_nobody_gives_no_right_to_delete(self):
        self.pool.put("cust-00001")
        self.run_refused(1, *self.create(1, "cust-"), says="1 user could not be created")
        self.run_refused(2, *self.SWEEP, "cust-", says="has created users with the prefix 'cust-'")
        self.run_refused(2, "users", "purge", "--older-than", "1m", "--yes", "--prefix", "cust-", says="'cust-'")
        self.assertIn("cust-00001", self.pool.users)

    def test_only_users_whom_a_results_file_records_are_deleted(self):
        self.run_ok(*self.create(3))
        self.pool.put("px-00009")
        del self.pool.users["px-00002"]
        self.pool.put("px-00002")  # somebody else's, under the old name
        swept = self.run_ok(*self.SWEEP, "px-")
        self.assertIn(self.out, swept.err)
        self.assertIn("deleted 2 users", swept.err)
        self.assertEqual(set(self.pool.users), {"px-00002", "px-00009"})

    def test_who_was_deleted_is_created_again_by_the_same_command(self):
        self.run_ok(*self.create(3))
        self.run_ok(*self.SWEEP, "px-")
        self.assertIn("created 3 users;", self.run_ok(*self.create(3)).err)
        self.run_ok("users", "delete", "px-00002", "--yes")
        self.assertIn("created 1 user, 2 were there", self.run_ok(*self.create(3)).err)
        self.assertEqual({name: user["password"] for name, user in self.pool.users.items()}, self.results())
        self.assertIn("deleted 3 users", self.run_ok(*self.SWEEP, "px-").err)

    def test_without_the_results_file_nobody_counts(self):
        self.run_ok(*self.create(2))
        os.remove(self.out)
        self.run_refused(4, *self.SWEEP, "px-", says=f"{self.out} is gone")
        self.assertEqual(len(self.pool.users), 2)

    def test_a_prefix_does_not_go_with_names(self):
        self.pool.put("alice")
        self.run_refused(2, "users", "delete", "--prefix", "load-", "alice", "--yes", says="--all-test-users")
        self.assertIn("alice", self.pool.users)


class WhatAFileMaySay(BulkTest):
    def import_file(self, text, *options, name="users.csv"):
        return ("users", "import", self.write(name, text), "--out", self.out, *options)

    def test_a_group_that_the_pool_does_not_have_is_told_before_anybody_is_created(self):
        self.pool.groups.add("staff")
        words = self.import_file("username,groups\nann,staff\nbob,staff; nogroup\n")
        self.run_refused(2, *words, says="users.csv:3:5: the pool has no group 'nogroup'")
        self.run_refused(4, *self.create(1), "--group", "nogroup", says="wsdeep users group list")
        self.assertEqual(self.pool.users, {})
        self.run_ok(*words, "--keep-going")
        self.assertEqual(self.pool.users["ann"]["groups"], ["staff"])
        self.assertEqual(set(self.pool.users), {"ann"})

    def test_a_group_that_goes_meanwhile_costs_one_user(self):
        self.pool.groups.update(("staff", "ops"))
        missing = 400, {"__type": "ResourceNotFoundException", "message": "Group not found."}
        self.pool.hooks["AdminAddUserToGroup"] = lambda body: missing if body["GroupName"] == "ops" else None
        words = self.import_file("username,groups\nann,ops\nbob,staff\n")
        self.run_refused(1, *words, says="users.csv:2: cannot create 'ann': Group not found.")
        self.assertEqual(set(self.pool.users), {"bob"})
        self.pool.hooks.clear()
        self.assertIn("created 1 user, 1 was there from an earlier run", self.run_ok(*words).err)

    def test_every_bad_record_is_told_by_line_and_column_and_nothing_is_created(self):
        self.pool.description = {"UsernameConfiguration": {"CaseSensitive": False}, "AliasAttributes": ["email"]}
        bad = self.run_refused(2, *self.import_file(
            "username,email,name\nann,ann@example.com,A\nbob,bob.example.com,B\neve,e@x.org\nAnn,a2@x.org,A\n"
            "kim,ANN@example.com,K\nlea,lea@x.org,L\x01\n"), says="has 5 bad records: nothing was created")
        for place in (":3:5: not an e-mail address", ":4:12: 2 fields, but 3 columns",
                      ":5:1: user 'Ann' comes twice: see line 2", ":6:5: e-mail address 'ANN@example.com' comes twice",
                      ":7:15: a control character in 'name'"):
            self.assertIn("users.csv" + place, bad.err)
        self.assertEqual(self.pool.users, {})

    def test_the_second_of_two_with_the_same_name_is_left_out_every_time(self):
        text = "username,name\n" + "".join(f"u{i},first\nu{i},second\n" for i in range(20))
        self.assertIn("left out 20 bad records", self.run_ok(*self.import_file(text, "--keep-going")).err)
        self.assertEqual({user["attributes"]["name"] for user in self.pool.users.values()}, {"first"})
        self.assertEqual(len(self.pool.users), 20)
        self.pool.put("u99")
        self.run_refused(1, *self.import_file(text + "u99,taken\n", "--keep-going"), says="left out 20 bad records")

    def test_a_corrected_file_goes_on_where_the_first_one_stopped(self):
        for options in ((), ("--out", self.out)):
            with self.subTest(options):
                self.pool.users.clear()
                file = self.write("users.csv", "username\nann\nbob\ntaken\n")
                self.pool.put("taken")
                first = self.run_refused(1, "users", "import", file, *options, says="1 user could not be created")
                self.assertIn("users.csv:4: cannot create 'taken': exists already and is not ours", first.err)
                self.write("users.csv", "username\nkim\nann\nbob\n")
                again = self.run_ok("users", "import", file, *options)
                self.assertIn("created 1 user, 2 were there from an earlier run", again.err)

    def test_who_was_imported_and_deleted_is_imported_again(self):
        file = self.write("users.csv", "username\nann\nbob\n")
        self.run_ok("users", "import", file)
        self.run_ok("users", "delete", "bob", "--yes")
        self.assertIn("created 1 user, 1 was there", self.run_ok("users", "import", file).err)

    def test_users_come_from_stdin_too(self):
        for text in ("username\nann\n", '{"username":"bob"}\n'):
            self.run_ok("users", "import", "-", stdin=text)
        self.assertEqual(set(self.pool.users), {"ann", "bob"})
        self.run_refused(2, "users", "import", "-", stdin="username\na b\n", says="stdin:2:1: a user name has")

    def test_what_is_no_file_is_said_to_be_none(self):
        self.run_refused(4, "users", "import", self.system.state, says="it is a folder")
        self.run_refused(4, "users", "import", "nothing.csv", says="no such file")


class HowItEnds(BulkTest):
    def test_the_totals_tell_what_was_done_and_what_was_there(self):
        self.assertIn("created 3 users; results", self.run_ok(*self.create(3)).err)
        self.assertIn("created 0 users, 2 were there from an earlier run", self.run_ok(*self.create(2)).err)
        self.assertIn("created 0 users, 1 was there from an earlier run", self.run_ok(*self.create(1)).err)
        self.assertIn("created 1 user, 3 were there from an earlier run", self.run_ok(*self.create(4)).err)

    def test_the_first_causes_are_told(self):
        for i in range(1, 8):
            self.pool.put(f"px-{i:05}")
        refused = self.run_refused(1, *self.create(7), says="7 users could not be created")
        self.assertEqual(refused.err.count("exists already and is not ours"), 5)
        self.assertIn("and 2 more", refused.err)

    def test_a_pool_that_refuses_to_be_described_for_the_rate_is_asked_until_it_answers(self):
        left = [12]

        def refuse(_):
            left[0] -= 1
            return (400, {"__type": "TooManyRequestsException", "message": "Rate exceeded"}) if left[0] >= 0 else None

        self.pool.hooks["DescribeUserPool"] = refuse
        self.run_ok(*self.create(1))

    def test_every_user_is_created_although_the_pool_refuses_for_the_rate(self):
        self.start(per_second=50)
        begin = time.monotonic()
        self.run_ok(*self.create(400, "many-"))
        took = time.monotonic() - begin
        self.assertEqual({name: user["status"] for name, user in self.pool.users.items()},
                         {f"many-{i:05}": "CONFIRMED" for i in range(1, 401)})
        self.assertGreater(self.pool.refused, 0)
        self.assertLess(self.pool.refused, 80)  # a tenth of the 800 requests that are needed
        self.assertLess(took, 7 / 0.75)  # 50 at once, then 350 at 50 a second

    def test_a_password_that_cannot_be_printed_is_not_the_end_of_the_user(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            process = subprocess.run([WSDEEP, "users", "create", "ann", "--generate"], stdout=full,
                                     stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60,
                                     env=self.system.environment())
        self.assertEqual(process.returncode, 1)
        self.assertIn("'ann' was created, but its password is lost", process.stderr.decode())
        self.assertIn("wsdeep users set-password ann --generate", process.stderr.decode())

    def test_words_that_make_no_sense_together_are_refused(self):
        numbered = ("users", "create", "--count", "2", "--prefix", "px-")
        for words in (("users", "create", "joe", "--out", self.out), ("users", "create", "joe", "--parallel", "2"),
                      ("users", "create", "joe", "--prefix", "px-"), (*numbered, "--generate"),
                      (*numbered, "--email", "a@b.org"), ("users", "create", "joe", "--email", ""),
                      ("users", "create", "joe", "--email", "nobody"), ("users", "create", "x" * 1000, "--generate"),
                      ("users", "tokens", "--count", "0", "--out", self.out),
                      ("users", "purge", "--older-than", "0d", "--yes")):
            with self.subTest(words):
                refused = self.system.run(*words)
                self.assertEqual(refused.code, 2, refused)
                self.assertLess(len(refused.err), 600)
        self.assertEqual(self.pool.calls, [])

    def test_tokens_go_into_a_file_of_tokens_that_is_private(self):
        self.run_ok(*self.create(1))
        tokens = self.write("tokens.jsonl", "my notes\n")
        words = ("users", "tokens", "--prefix", "px-", "--out", tokens)
        os.chmod(tokens, 0o644)
        self.run_refused(1, *words, says="others may read it")
        os.chmod(tokens, 0o600)
        self.run_refused(1, *words, says="it is not a file of tokens")
        with open(tokens, encoding="utf-8") as file:
            self.assertEqual(file.read(), "my notes\n")


if __name__ == "__main__":
    unittest.main()
