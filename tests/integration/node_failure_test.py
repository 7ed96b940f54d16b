"""An instance of the fleet that does not come so far as to serve: what it says, and how it is replaced; and its journal, by
which somebody elsewhere learns of it (played_instance.py)."""

import datetime
import http.server
import json
import pathlib
import signal
import subprocess
import tempfile
import threading
import unittest

from played_instance import TIMEOUT_S, TOOL, WSDEEP_NODE, Metadata, PlayedInstance
from serving import serve


class Failing(PlayedInstance):
    # --- and when it fails for good ---

    QUERY = """import json, sys, jmespath
words = sys.argv[1:]
print(jmespath.search(words[words.index("--query") + 1], json.load(open("/played/activities"))))
"""

    def give_up(self, unit, *activities, aws="", sleeps=0):
        """What it says when that unit has failed and the group has done that, each so many minutes ago; `sleeps`: it is
        ended when it has waited so often."""
        now = datetime.datetime.now(datetime.timezone.utc)
        listed = [{"StartTime": (now - datetime.timedelta(minutes=ago)).isoformat(), "Cause": cause, "StatusMessage": message}
                  for ago, cause, message in activities]
        self.write("activities", json.dumps({"Activities": listed}))
        self.write("query.py", self.QUERY)
        self.play("aws", '[ "$1 $2" = "s3 cp" ] && cp /played/node.zip "${@: -1}"\n'
                         f'[ "$2" != describe-scaling-activities ] || exec python3 /played/query.py "$@"\n{aws}\nexit 0')
        self.play("sleep", f'[ $(grep -c "^sleep 600" /played/calls) -lt {sleeps} ] || kill $PPID')
        return self.after_set_up(f"echo 'the disks burn' > /run/wsdeep-why; MONITOR_UNIT={unit} /opt/wsdeep/give-up || true",
                                 Metadata())

    ABANDON = ("aws autoscaling complete-lifecycle-action --lifecycle-hook-name ready --auto-scaling-group-name "
               "chat-dev-nodes --instance-id i-1 --lifecycle-action-result ABANDON")
    UNHEALTHY = ("aws autoscaling set-instance-health --instance-id i-1 --health-status Unhealthy "
                 "--no-should-respect-grace-period")

    def changes(self):
        return [call for call in self.calls("aws", "systemctl") if "describe" not in call]

    def test_has_itself_replaced_and_says_why(self):
        for unit, why in (("wsdeep-prepare.service", "the disks burn"), ("wsdeep-engine.service", "the engine ended again and again"),
                          ("wsdeep-node.service", "the node beside the engine ended again and again")):
            out = self.give_up(unit)
            self.assertEqual(out, f"wsdeep-stage: failed {why}; Auto Scaling replaces it\n")
            self.assertEqual(self.changes(), [self.SIGNAL.replace("SUCCESS", "FAILURE"),
                                              "systemctl stop --no-block wsdeep.target", self.ABANDON])

    def test_reports_itself_unhealthy_where_no_hook_waits_for_it(self):
        self.give_up("wsdeep-engine.service", aws='[ "$2" != complete-lifecycle-action ] || exit 255')
        self.assertEqual(self.changes()[-2:], [self.ABANDON, self.UNHEALTHY])

    HEALTH_CHECK = "an instance was taken out of service in response to a user health-check."
    ABANDONED = "Lifecycle Action with token 1 was abandoned: Lifecycle Action Completed with ABANDON Result"

    def test_is_replaced_so_many_times_an_hour_at_most(self):
        recent = [(5, self.HEALTH_CHECK, None), (20, "scaling", self.ABANDONED), (55, self.HEALTH_CHECK, None)]
        others = [(5, "an instance was taken out of service in response to an ELB system health check failure.", None),
                  (5, "a user request", "We currently do not have sufficient capacity"), (61, self.HEALTH_CHECK, None)]
        self.give_up("wsdeep-engine.service", *recent[:2], *others)
        self.assertEqual(self.changes()[-1], self.ABANDON, "two of the last hour count")
        out = self.give_up("wsdeep-engine.service", *recent, sleeps=3)
        self.assertEqual(out, "wsdeep-stage: failed the engine ended again and again; it stays, stopped: 3 nodes were replaced in "
                         "the last hour, and llm.replacements_per_hour is 3\n", "said once, asked again and again")
        self.assertEqual(self.changes()[-1], "systemctl stop --no-block wsdeep.target")

    def test_stays_where_it_cannot_know_how_many_were_replaced(self):
        self.QUERY = "raise SystemExit(255)"
        out = self.give_up("wsdeep-engine.service", sleeps=1)
        self.assertIn("it stays, stopped: it is not known how many nodes were replaced", out)

    # --- its journal ---

    JOURNALCTL = ("journalctl --follow --no-tail --all --output=json --output-fields=MESSAGE,UNIT,_SYSTEMD_UNIT {} "
                  "-u wsdeep-prepare -u wsdeep-engine -u wsdeep-node -u wsdeep-ready -u wsdeep-failed")

    def test_sends_its_journal_from_where_it_was(self):
        self.write("tools/journalctl", TOOL)
        self.play("journalctl", "echo line")
        node = ("cat > /usr/bin/wsdeep-node <<'END'\n#!/bin/bash\necho \"wsdeep-node $*: $(cat)\" >> /played/calls\n"
                "echo s=1 > \"${@: -1}\"\nEND\n")
        self.after_set_up(node + "mkdir /tmp/state; export STATE_DIRECTORY=/tmp/state; "
                          "/opt/wsdeep/journal; /opt/wsdeep/journal", Metadata())
        sends = "wsdeep-node journal --group /wsdeep/chat-dev/nodes --stream i-1 --cursor /tmp/state/cursor: line"
        self.assertEqual(self.calls("journalctl", "wsdeep-node"), [self.JOURNALCTL.format("--boot"), sends,
                                                                   self.JOURNALCTL.format("--after-cursor=s=1"), sends])


class Logs:
    """CloudWatch Logs on loopback: its answers in order, the last of which stays; what it was asked stands in `asked`."""

    def __init__(self, *answers):
        logs = self
        self.answers, self.asked, self.heard = list(answers), [], threading.Event()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                logs.asked.append((self.headers["X-Amz-Target"].rpartition(".")[2], json.loads(body)))
                logs.heard.set()
                fault = logs.answers.pop(0) if len(logs.answers) > 1 else logs.answers[0]
                text = json.dumps({"__type": fault, "message": "no"} if fault else {}).encode()
                self.send_response(400 if fault else 200)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        serve(self.server)

    def end(self):
        self.server.shutdown()
        self.server.server_close()


class Shipping(unittest.TestCase):
    """`wsdeep-node journal`, as wsdeep-journal.service runs it behind journalctl."""

    def ship(self, logs, *lines):
        """Sends these lines; when it is at it, it is told to stop, and its input ends. Its cursor, and what it said."""
        self.addCleanup(logs.end)
        with tempfile.TemporaryDirectory() as home:
            environment = {"HOME": home, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
                           "AWS_SECRET_ACCESS_KEY": "secret", "AWS_EC2_METADATA_DISABLED": "true",
                           "AWS_ENDPOINT_URL": f"http://127.0.0.1:{logs.server.server_port}"}
            process = subprocess.Popen([WSDEEP_NODE, "journal", "--group", "g", "--stream", "i-1", "--cursor", f"{home}/cursor"],
                                       stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
            process.stdin.write("".join(f"{line}\n" for line in lines).encode())
            process.stdin.flush()
            self.assertTrue(logs.heard.wait(TIMEOUT_S))
            process.send_signal(signal.SIGTERM)
            said = process.communicate(timeout=TIMEOUT_S)[1].decode()
            self.assertEqual(process.returncode, 0, said)
            cursor = pathlib.Path(home, "cursor")
            return (cursor.read_text() if cursor.exists() else None), [json.loads(line)["message"] for line in said.splitlines()]

    @staticmethod
    def line(number, message):
        return json.dumps({"__CURSOR": f"s=1;i={number}", "__REALTIME_TIMESTAMP": f"{1_700_000_000_000_000 + number * 1000}",
                           "_SYSTEMD_UNIT": "wsdeep-engine.service", "MESSAGE": message})

    def test_sends_what_came_before_the_end_and_notes_how_far(self):
        logs = Logs("ResourceNotFoundException", None)
        cursor, said = self.ship(logs, self.line(2, "two"), "no line of journalctl", self.line(1, "GET ?X-Amz-Signature=ab12"),
                                 self.line(3, "wsdeep-stage: loading"))
        self.assertEqual([name for name, _ in logs.asked], ["PutLogEvents", "CreateLogStream", "PutLogEvents"])
        self.assertEqual(logs.asked[-1][1], {"logGroupName": "g", "logStreamName": "i-1", "logEvents": [
            {"timestamp": 1_700_000_000_001, "message": "wsdeep-engine: GET ?X-Amz-Signature=(hidden)"},
            {"timestamp": 1_700_000_000_002, "message": "wsdeep-engine: two"},
            {"timestamp": 1_700_000_000_003, "message": "wsdeep-stage: loading"}]})
        self.assertEqual((cursor, said), ("s=1;i=3\n", []))

    def test_outlives_throttling(self):
        logs = Logs(*["ThrottlingException"] * 3, None)
        cursor, _ = self.ship(logs, self.line(1, "one"))
        self.assertEqual(len(logs.asked), 4)
        self.assertEqual(cursor, "s=1;i=1\n")

    def test_leaves_the_rest_to_the_next_where_cloudwatch_takes_nothing(self):
        cursor, said = self.ship(Logs("AccessDeniedException"), self.line(1, "one"))
        self.assertEqual(cursor, None, "so that the next one begins there")
        self.assertEqual(said, ["the journal does not reach CloudWatch; it is kept here, and the oldest lines go when it grows "
                                "too long"])


if __name__ == "__main__":
    unittest.main()
