"""An instance of the fleet that does not come so far as to serve: what it says, and how it is replaced; and its journal, by
which somebody elsewhere learns of it (played_instance.py)."""

import datetime
import json
import unittest

from played_instance import TOOL, Metadata, PlayedInstance


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


if __name__ == "__main__":
    unittest.main()
