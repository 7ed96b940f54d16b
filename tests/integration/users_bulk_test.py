"""Many users at once, at a pool that fails in every way that a pool can, and with runs that end in every way."""

import json
import os
import resource
import signal
import subprocess
import threading
import time
import unittest

from fake_pool import Elsewhere, FakePool
from harness import AT_ONCE, eventually, Run, WSDEEP
from side_by_side import side_by_side
from terminal import OnTerminal


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

    def test_many_whose_creation_was_cut_off_are_completed(self):
        self.pool.hang("AdminSetUserPassword")
        process = self.system.start(*self.create(12))
        eventually(lambda: len(self.pool.users) == 12)
        process.kill()
        process.communicate(timeout=60)
        self.pool.hooks.clear()
        self.assertEqual({user["status"] for user in self.pool.users.values()}, {"FORCE_CHANGE_PASSWORD"})
        attempted = self.results("attempted")
        self.assertIn("created 12 users;", self.run_ok(*self.create(12)).err)
        self.assertEqual(self.results(), attempted)

    def test_a_user_who_was_completed_but_not_recorded_is_taken_too(self):
        self.pool.hang("AdminSetUserPassword")
        self.end(signal.SIGKILL, *self.create(1))
        self.pool.users["px-00001"].update(status="CONFIRMED", password=self.results("attempted")["px-00001"])
        self.run_ok(*self.create(1))
        self.assertEqual(self.pool.users["px-00001"]["password"], self.results()["px-00001"])

    def test_a_user_who_does_not_fit_the_attempt_is_left_alone(self):
        other = {"email": "kim@customer.org"}
        cases = (({}, {"age": -600}), ({}, {"age": 60}), ({"marker": True}, {}), ({}, {}),
                 ({}, {"attributes": other}), ({"marker": True}, {"attributes": {**other, "custom:wsdeep_test": "true"}}))
        for options, found in cases:
            for status in ("FORCE_CHANGE_PASSWORD", "CONFIRMED"):
                with self.subTest(options=options, found=found, status=status):
                    self.start(**options)
                    self.pool.hang("AdminCreateUser")
                    self.end(signal.SIGKILL, *self.create(1))
                    self.pool.put("px-00001", status, **found)
                    self.run_refused(1, *self.create(1), says="exists already and is not ours")
                    self.assertIsNone(self.pool.users["px-00001"]["password"])
                    self.assertNotIn("AdminSetUserPassword", self.pool.calls)
                    self.assertEqual(self.results(), {})

    def test_where_nobody_can_sign_in_nothing_is_taken_and_the_attempt_stays_open(self):
        self.pool.hang("AdminCreateUser", create=True)
        self.end(signal.SIGKILL, *self.create(1))
        no_flow = 400, {"__type": "InvalidParameterException", "message": "Auth flow not enabled for this client"}
        for operation in ("InitiateAuth", "AdminInitiateAuth"):
            self.pool.hooks[operation] = lambda _: no_flow
        self.run_refused(1, *self.create(1), says="exists already, and nothing proves that it is ours")
        self.assertNotIn("AdminSetUserPassword", self.pool.calls)
        del self.pool.hooks["AdminInitiateAuth"]
        self.run_ok(*self.create(1))
        self.assertEqual(self.pool.users["px-00001"]["password"], self.results()["px-00001"])

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

    def replace(self, name):
        """Somebody deletes the user, and makes another one of the name, a customer."""
        self.pool.users.pop(name, None)
        self.pool.put(name, attributes={"email": "kim@customer.org"})

    def test_who_gets_a_listed_name_while_the_question_waits_is_left_alone(self):
        for marker in (False, True):
            for scope in (("delete", "--all-test-users"), ("purge", "--older-than", "1m")):
                with self.subTest(marker=marker, scope=scope):
                    self.start(marker=marker)
                    self.run_ok(*self.create(3))
                    for user in self.pool.users.values():
                        user["created"] -= 120
                    with OnTerminal([WSDEEP, "users", *scope, "--prefix", "px-"], self.system.environment(),
                                    self.system.state) as terminal:
                        terminal.answer("[y/N]", lambda: self.replace("px-00002") or "y\n")
                        self.assertEqual(terminal.finish(), 0)
                    self.assertEqual({name: user["attributes"].get("email") for name, user in self.pool.users.items()},
                                     {"px-00002": "kim@customer.org"})
                    self.assertEqual(len(self.results("deleted")), 3)

    def test_who_gets_a_name_in_the_very_moment_is_left_alone_by_the_sub(self):
        self.pool.takes_subs = True
        self.run_ok(*self.create(1))

        def replace(_):
            self.pool.hooks.clear()
            self.replace("px-00001")

        self.pool.hooks["AdminDeleteUser"] = replace
        self.run_ok(*self.SWEEP, "px-")
        self.assertEqual(set(self.pool.users), {"px-00001"})
        self.pool.users.clear()
        self.run_ok(*self.create(20))
        self.assertIn("deleted 20 users", self.run_ok(*self.SWEEP, "px-").err)
        self.assertEqual(self.pool.users, {})

    def test_a_marker_that_users_could_set_themselves_counts_for_nothing(self):
        self.start(marker="mutable")
        self.pool.put("px-00001", attributes={"custom:wsdeep_test": "true"})
        self.run_refused(2, "users", "delete", "--all-test-users", "--yes", says="(Mutable: false)")
        self.run_refused(2, *self.SWEEP, "px-", says="has created users with the prefix 'px-'")
        self.run_refused(2, "users", "create", "ann", "--test", "--generate", says="(Mutable: false)")
        self.assertEqual(set(self.pool.users), {"px-00001"})

    def test_the_pool_is_asked_for_the_prefix_alone(self):
        asked = []
        self.pool.hooks["ListUsers"] = lambda body: asked.append(body.get("Filter"))
        self.run_ok(*self.create(1))
        self.run_ok(*self.SWEEP, "px-")
        self.assertEqual(asked, ['username ^= "px-"'])

    def test_a_list_without_an_end_ends(self):
        self.pool.put("ann")
        page = {"Users": [self.pool.shown("ann", "Attributes")], "PaginationToken": "again"}
        self.pool.hooks["ListUsers"] = lambda _: (200, page)
        self.run_refused(1, "users", "list", says="the same page token twice")
        self.pool.hooks.clear()
        self.run_ok(*self.create(1))
        self.pool.hooks["ListUsers"] = lambda _: (200, page)
        self.run_refused(1, *self.SWEEP, "px-", says="the same page token twice")
        self.assertEqual(set(self.pool.users), {"ann", "px-00001"})
        self.pool.hooks["ListGroups"] = lambda _: (200, {"Groups": [], "NextToken": "again"})
        self.run_refused(1, "users", "group", "list", says="the same page token twice")

    def test_a_pool_that_allows_few_requests_is_waited_for(self):
        for i in range(8):
            self.pool.put(f"u{i}")
        self.pool.per_second = 3
        names = [f"u{i}" for i in range(8)]
        self.assertEqual(self.run_ok("users", "disable", *names).err.count("disabled u"), 8)
        self.assertEqual(self.run_ok("users", "delete", *names, "--yes").err.count("deleted u"), 8)
        self.assertGreater(self.pool.refused, 0)
        self.assertEqual(self.pool.users, {})

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

    def test_one_user_is_not_created_either(self):
        self.run_refused(4, "users", "create", "ann", "--group", "nogroup", "--generate",
                         says="wsdeep users group create nogroup")
        self.assertNotIn("AdminCreateUser", self.pool.calls)
        self.pool.groups.add("staff")
        self.run_ok("users", "create", "ann", "--group", "staff", "--generate")
        self.assertEqual(self.pool.users["ann"]["groups"], ["staff"])

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

    def test_values_that_no_pool_takes_are_told_before_anybody_is_created(self):
        bad = self.run_refused(2, *self.import_file(
            f"username,phone_number,name\nann,+15550001234,A\nbob,555-1234,B\nkim,,{'x' * 2049}\n"),
            says="has 2 bad records: nothing was created")
        self.assertIn("users.csv:3:5: not a phone number such as +15550001234", bad.err)
        self.assertIn("users.csv:4:6: longer than 2048 characters", bad.err)
        for words in (("--attribute", "email=nobody"), ("--attribute", "phone_number=1"),
                      ("--attribute", "email=a@b.org", "--email", "a@b.org")):
            self.run_refused(2, "users", "create", "ann", "--generate", *words, says="email" if "b.org" in words[1]
                             else "not a")
        self.assertNotIn("AdminCreateUser", self.pool.calls)

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

    def test_a_file_that_is_changed_during_its_run_ends_the_run(self):
        file = self.write("users.csv", "username\n" + "".join(f"u{i}\n" for i in range(50)))

        def append(_):
            with open(file, "a", encoding="utf-8") as out:
                out.write("late\n")

        def replace(_):
            os.rename(self.write("new.csv", "username\n" + "".join(f"u{i}\n" for i in range(51))), file)

        def truncate(_):
            os.truncate(file, 20)

        for change in (append, replace, truncate):
            with self.subTest(change.__name__):
                self.pool.users.clear()
                out = os.path.join(self.system.state, change.__name__ + ".jsonl")
                self.pool.hooks["AdminSetUserPassword"] = change
                words = ("users", "import", file, "--out", out, "--parallel", "1")
                ended = self.run_refused(1, *words, says="users.csv was changed while it was read: ")
                self.assertIn("run the same command again", ended.err)
                self.pool.hooks.clear()
                self.assertEqual(len(self.results(path=out)), len(self.pool.users))
                self.assertLess(len(self.pool.users), 3)
                again = self.write("users.csv", "username\n" + "".join(f"u{i}\n" for i in range(50)))
                self.assertIn("were there" if len(self.results(path=out)) > 1 else "was there",
                              self.run_ok("users", "import", again, "--out", out).err)
                self.assertEqual(len(self.pool.users), 50)

    def test_what_is_no_file_is_said_to_be_none(self):
        self.run_refused(4, "users", "import", self.system.state, says="it is a folder")
        self.run_refused(4, "users", "import", "nothing.csv", says="no such file")


class HowFastItEnds(BulkTest):
    """A pool that does not answer must not hold up the one who wants to stop."""

    def ends_at_once(self, operation, *words, sign=signal.SIGINT, username=None):
        self.pool.hanging.clear()
        self.pool.hang(operation, username=username)
        process = self.system.start(*words)
        self.assertTrue(self.pool.hanging.wait(30))
        begin = time.monotonic()
        process.send_signal(sign)
        _, err = process.communicate(timeout=60)
        took = time.monotonic() - begin
        self.pool.hooks.clear()
        self.assertEqual(process.returncode, 130, err.decode())
        self.assertIn("interrupted", err.decode())
        self.assertLess(took, 2)
        return err.decode()

    def test_whatever_is_under_way(self):
        file = self.write("users.csv", "username\nann\n")
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self.ends_at_once("AdminCreateUser", *self.create(1), sign=sign)
        self.ends_at_once("DescribeUserPool", *self.create(1))
        self.ends_at_once("ListGroups", *self.create(1), "--group", "staff")
        self.ends_at_once("AdminSetUserPassword", "users", "import", file)
        self.run_ok(*self.create(2))
        self.ends_at_once("InitiateAuth", "users", "tokens", "--from", self.out, "--out", self.out + ".tokens")

    def test_what_was_created_is_recorded(self):
        err = self.ends_at_once("AdminCreateUser", *self.create(20), "--parallel", "1", username="px-00005")
        self.assertIn("interrupted: 4 users created so far, 1 cut off", err)
        self.assertIn("run the same command again to go on", err)
        self.assertEqual(sorted(self.results()), [f"px-0000{i}" for i in range(1, 5)])
        self.assertIn("created 16 users, 4 were there", self.run_ok(*self.create(20)).err)

    def test_what_was_deleted_is_recorded(self):
        self.run_ok(*self.create(3))
        err = self.ends_at_once("AdminDeleteUser", "users", "delete", "px-00001", "px-00002", "px-00003", "--yes",
                                username="px-00002")
        self.assertIn("deleted px-00001", err)
        self.assertEqual(set(self.results("deleted")), {"px-00001"})
        err = self.ends_at_once("AdminDeleteUser", "users", "delete", "--all-test-users", "--prefix", "px-", "--yes",
                                username="px-00003")
        self.assertIn("interrupted: deleted 1 user of 2", err)
        self.assertEqual(set(self.results("deleted")), {"px-00001", "px-00002"})

    def test_old_users_who_are_purged(self):
        self.start(marker=True)
        for name in ("old1", "old2"):
            self.pool.put(name, age=3600, attributes={"custom:wsdeep_test": "true"})
        self.ends_at_once("AdminDeleteUser", "users", "purge", "--older-than", "1m", "--yes")
        self.assertIn("old2", self.pool.users)

    def test_a_signal_that_was_ignored_at_the_start_stays_ignored(self):
        for sign in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
            with self.subTest(sign):
                self.start()
                go_on = threading.Event()

                def wait_for_the_test(_, pool=self.pool, go_on=go_on):
                    pool.hanging.set()
                    go_on.wait(30)

                self.pool.hooks["AdminCreateUser"] = wait_for_the_test
                process = subprocess.Popen([WSDEEP, *self.create(3)], env=self.system.environment(),
                                           stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                           preexec_fn=lambda sign=sign: signal.signal(sign, signal.SIG_IGN))
                self.assertTrue(self.pool.hanging.wait(30))
                process.send_signal(sign)
                go_on.set()
                _, err = process.communicate(timeout=60)
                self.assertEqual(process.returncode, 0, err)
                self.assertIn(b"created 3 users", err)


class WhatItTells(BulkTest):
    def test_without_a_terminal_lines_from_time_to_time(self):
        self.start(per_second=25)
        err = self.run_ok(*self.create(200)).err
        line = next(line for line in err.splitlines() if "/200" in line)
        self.assertRegex(line, r"^[0-9]+% [0-9]+/200 [0-9]+/s .* to go \(the pool allows [0-9]+ requests/s\)$")
        self.assertTrue(all(character.isprintable() for character in err.replace("\n", "")), repr(err))

    def test_a_pool_that_does_not_answer_is_told_on_a_terminal(self):
        self.pool.hang("InitiateAuth")
        with OnTerminal([WSDEEP, "login", "ann", "--flow", "password"], self.system.environment(),
                        self.system.state) as terminal:
            terminal.answer("Password: ", "Correct-horse-7\n")
            terminal.answer(f"waiting for Cognito at {self.pool.endpoint}; Ctrl-C gives up", "\x03")
            begin = time.monotonic()
            self.assertEqual(terminal.finish(), -signal.SIGINT)
            self.assertLess(time.monotonic() - begin, AT_ONCE)


class WhereTheResultsDoNotFit(BulkTest):
    def check(self, cause, run, make_room):
        """A run that cannot write on, and the same command again after there is room."""
        full = run()
        self.assertEqual(full.code, 1, full)
        self.assertIn(f"cannot write: {cause}", full.err)
        self.assertIn("make room and run the same command again", full.err)
        attempted = self.results("attempted")
        self.assertTrue(attempted)
        self.assertLessEqual(set(self.pool.users), set(attempted))
        make_room()
        self.run_ok(*self.create(100))
        self.assertEqual({name: user["password"] for name, user in self.pool.users.items()}, self.results())
        self.assertEqual(len(self.pool.users), 100)

    def test_a_limit_on_the_size_of_files(self):
        def run():
            process = subprocess.Popen(
                [WSDEEP, *self.create(100)], env=self.system.environment(), stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                preexec_fn=lambda: (signal.signal(signal.SIGXFSZ, signal.SIG_IGN),
                                    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, resource.RLIM_INFINITY))))
            out, err = process.communicate(timeout=60)
            return Run(subprocess.CompletedProcess((), process.returncode, out, err))

        self.check("File too large", run, lambda: None)

    @unittest.skipUnless(os.geteuid() == 0, "only root can make a small file system")
    def test_a_full_file_system(self):
        disk = os.path.join(self.system.state, "disk")
        os.mkdir(disk)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", disk], capture_output=True)
        if mounted.returncode != 0:
            self.skipTest("this root cannot mount a small file system: " + mounted.stderr.decode().strip())
        self.addCleanup(subprocess.run, ["umount", disk], check=True)
        self.out = os.path.join(disk, "results.jsonl")
        self.check("No space left on device", lambda: self.system.run(*self.create(100)),
                   lambda: subprocess.run(["mount", "-o", "remount,size=1m", disk], check=True))


class HowItEnds(BulkTest):
    def test_a_token_that_cannot_be_revoked_is_kept_unless_it_is_forced(self):
        self.pool.hooks["InitiateAuth"] = lambda _: (200, {"AuthenticationResult": {
            "IdToken": "i", "AccessToken": "a", "RefreshToken": "r", "ExpiresIn": 3600}})
        self.run_ok("login", "ann", "--flow", "password", "--password-stdin", stdin="Correct-horse-7")
        self.pool.hooks["RevokeToken"] = lambda _: (400, {"__type": "UnsupportedOperationException", "message": "no"})
        self.run_refused(1, "logout", "ann", says="wsdeep logout --force")
        self.run_ok("token", "ann")
        self.assertIn("not revoked", self.run_ok("logout", "ann", "--force").err)
        self.run_refused(3, "token", "ann", says="wsdeep login ann")

    def test_tokens_of_those_who_are_gone_are_dropped_and_the_others_left(self):
        self.run_ok(*self.create(10))
        sign_in = lambda body: (200, {"AuthenticationResult": {
            "IdToken": "i", "AccessToken": "a", "RefreshToken": "r", "ExpiresIn": 3600}})
        self.pool.hooks["InitiateAuth"] = sign_in
        tokens = os.path.join(self.system.state, "tokens.jsonl")
        words = ("users", "tokens", "--from", self.out, "--out", tokens)
        self.run_ok(*words)
        self.assertIn("4 users ready: 4 kept, 0 refreshed, 0 signed in; tokens are in " + tokens +
                      ", with 6 more that were left as they are", self.run_ok(*words, "--count", "4").err)
        self.run_ok("users", "delete", "px-00002", "--yes")
        self.assertIn("9 users ready: 9 kept, 0 refreshed, 0 signed in; tokens are in " + tokens + "; dropped 1 user",
                      self.run_ok(*words).err)
        with open(tokens, encoding="utf-8") as file:
            self.assertEqual(len(file.readlines()), 9)
        self.run_refused(4, "users", "tokens", "--from", "nowhere.jsonl", "--out", tokens, says="nowhere.jsonl")

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
        self.assertLess(self.pool.refused, 40)  # a twentieth of the 800 requests that are needed
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


load_tests = side_by_side

if __name__ == "__main__":
    unittest.main()
