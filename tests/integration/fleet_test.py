"""`wsdeep fleet` by the real binary against a model of AWS (fakes/fleet_model.py): what moto does not play, which is
refreshes, rollouts, activities that fail, prices, refusals and throttling."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fakes"))

from fleet_model import FleetModel, Group, Node, ServedFleet
from harness import TIMEOUT, WSDEEP, Run
from side_by_side import side_by_side
from terminal import OnTerminal

GOLDEN_TEMPLATE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden", "stack", "template", "minimal")
NO_CAPACITY = ("We currently do not have sufficient g6.xlarge capacity in the Availability Zone you requested "
               "(us-east-1a). Launching EC2 instance failed.")


def activity(number, description, status, start, reason=""):
    return {"ActivityId": f"a-{number}", "Description": description, "StatusCode": status, "StatusMessage": reason,
            "StartTime": start, "Progress": 100 if status in ("Failed", "Successful") else 30}


class FleetTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="wsdeep-test-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.model = FleetModel(Node(1), Node(2, spot=True))
        self.served = self.enterContext(ServedFleet(self.model))

    def tearDown(self):
        self.assertEqual(self.model.problems, [])

    def environment(self):
        return {"PATH": os.environ["PATH"], "HOME": self.folder, "AWS_ENDPOINT_URL": self.served.url,
                "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1",
                "AWS_MAX_ATTEMPTS": "1"}

    def words(self, *words):
        return [WSDEEP, "fleet", *words, "--stack", "chat-dev", "--poll-interval", "20ms"]

    def fleet(self, *words, code=0):
        result = Run(subprocess.run(self.words(*words), cwd=self.folder, env=self.environment(), timeout=TIMEOUT,
                                    stdin=subprocess.DEVNULL, capture_output=True))
        self.assertEqual(result.code, code, result)
        return result

    def status(self):
        return json.loads(self.fleet("status", "--output", "json").out)


class Status(FleetTest):
    def test_prices_come_from_the_list_and_from_the_market(self):
        group = self.status()["group"]
        self.assertEqual([node["usdPerHour"] for node in group["nodes"]], [0.8048, 0.3012])
        self.assertEqual([node["spot"] for node in group["nodes"]], [False, True])
        self.assertAlmostEqual(group["usdPerHour"], 1.106)
        self.assertEqual(self.status()["notes"], [])

    def test_an_unknown_price_is_not_zero(self):
        self.model.prices.clear()
        group = self.status()["group"]
        self.assertEqual(([node["usdPerHour"] for node in group["nodes"]], group["usdPerHour"]), ([None, 0.3012], None))
        self.assertIn("; $0.30/h and 1 node of unknown price\n", self.fleet("status").out)

    def test_who_may_not_read_everything_sees_the_rest_and_what_to_allow(self):
        denied = (403, "AccessDenied", "User: alice is not authorized")
        optional = {"GetProducts": "pricing", "DescribeSpotPriceHistory": "ec2", "GetMetricData": "cloudwatch",
                    "DescribeInstanceRefreshes": "autoscaling", "DescribeScalingActivities": "autoscaling"}
        for action, service in optional.items():
            self.model.refuse = {action: denied}
            notes = self.status()["notes"]
            self.assertEqual(len(notes), 1, notes)
            self.assertIn(f"allow {service}:{action}", notes[0])
        for action, service in {"DescribeAutoScalingGroups": "autoscaling",
                                "DescribeTargetHealth": "elasticloadbalancing"}.items():
            self.model.refuse = {action: denied}
            self.assertIn(f"allow {service}:{action}", self.fleet("status", code=3).err)

    def test_a_lack_of_capacity_is_told(self):
        self.model.main.activities = [activity(1, "Launching a new EC2 instance.  Status Reason: " + NO_CAPACITY, "Failed",
                                               "2024-02-19T07:05:00Z", NO_CAPACITY)]
        failure = self.status()["group"]["lastFailure"]
        self.assertEqual(failure["reason"], NO_CAPACITY)
        self.assertIn("InsufficientInstanceCapacity: AWS has no such instance there at the moment", failure["remedy"])
        self.assertIn("failed    07:05:00  Launching a new EC2 instance  Failed: We currently do not have sufficient "
                      "g6.xlarge", self.fleet("status").out)

    def test_a_node_on_its_way_says_how_far_it_is(self):
        node = self.model.main.nodes[1]
        node.lifecycle, node.target = "Pending:Wait", None
        self.model.journal = [(node.id, "wsdeep-stage: image"), (node.id, "wsdeep-stage: model 37 of 412 GB")]
        shown = self.status()["group"]["nodes"]
        self.assertEqual([(one["stage"], one["stageDetail"]) for one in shown], [(None, None), ("model", "37 of 412 GB")])
        self.assertIn("\n          model 37 of 412 GB\n", self.fleet("status").out)
        self.model.journal.append((node.id, "wsdeep-stage: failed docker pull: no such image"))
        self.assertIn("failed: docker pull: no such image; see why with wsdeep logs --node " + node.id,
                      " ".join(self.fleet("status").out.split()))
        self.model.refuse = {"FilterLogEvents": (403, "AccessDenied", "User: alice is not authorized")}
        self.assertIn("allow logs:FilterLogEvents", self.status()["notes"][0])

    def test_watching_as_json_is_a_line_for_each_look(self):
        with subprocess.Popen(self.words("status", "--watch", "--output", "json"), cwd=self.folder,
                              env=self.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as watch:
            looks = [json.loads(watch.stdout.readline()) for _ in range(3)]
            watch.send_signal(signal.SIGINT)
            self.assertEqual(watch.wait(timeout=TIMEOUT), 130)
            watch.stdout.read()
            self.assertEqual(watch.stderr.read(), b"")
        self.assertEqual({look["group"]["serving"] for look in looks}, {2})

    def test_the_screens(self):
        self.model.main.nodes[0].measures = {"Load": 0.75, "TimeToFirstTokenP50": 850, "Running": 6, "Waiting": 0}
        self.model.main.nodes[1].target = {"State": "unhealthy", "Reason": "Target.FailedHealthChecks",
                                           "Description": "Health checks failed with these codes: [14]"}
        for columns in (80, 160):
            with OnTerminal(self.words("status", "--watch"), self.environment(), self.folder,
                            columns=columns) as terminal:
                terminal.wait_for("codes: [14]")
                terminal.process.send_signal(signal.SIGINT)
                self.assertEqual(terminal.finish(), 130)
                text = terminal.screen.text()
                self.assertEqual(terminal.screen.wrapped, [], text)
                self.assertIn("1 of 2 serve, 1 not healthy; load 0.75; $1.11/h", text)
                self.assertRegex(text, r"i-00000000000000001 .*healthy +0\.75 .*850ms")
                self.assertEqual("us-east-1a" in text, columns == 160, text)


    def test_a_low_screen_says_what_it_leaves_out_and_shows_trouble_first(self):
        self.model.main.nodes = [Node(number) for number in range(1, 41)]
        self.model.main.nodes[-1].target = {"State": "unhealthy"}
        with OnTerminal(self.words("status", "--watch"), self.environment(), self.folder) as terminal:
            terminal.wait_for("lines more")
            terminal.process.send_signal(signal.SIGINT)
            self.assertEqual(terminal.finish(), 130)
            lines = terminal.screen.text().splitlines()
        self.assertLessEqual(len(lines), 24)
        self.assertIn("i-00000000000000040", lines[3])
        self.assertRegex(lines[-1], r"… and 2\d lines more")


class Scale(FleetTest):
    def test_cost_before_and_after(self):
        self.model.main.nodes[1].spot = False
        result = self.fleet("scale", "4", "--yes", "--no-wait")
        self.assertIn("chat-dev-nodes: 2 → 4 nodes; 2 of 2 serve\ncost: $1.61/h now, $3.22/h after (a node about $0.8048/h)\n",
                      result.err)

    def test_an_unknown_cost_is_said_to_be_unknown(self):
        self.model.prices.clear()
        self.model.spot_prices.clear()
        self.assertIn("cost: unknown now, unknown after\n", self.fleet("scale", "4", "--yes", "--no-wait").err)

    def test_the_failure_of_a_launch_is_told_while_it_waits(self):
        def fail():
            self.model.main.activities.insert(0, activity(1, "Launching a new EC2 instance", "Failed",
                                                          "2024-02-19T07:05:00Z", NO_CAPACITY))
        self.model.at["DescribeAutoScalingGroups", 4] = fail
        result = self.fleet("scale", "3", "--yes", "--timeout", "1500ms", code=1)
        self.assertIn("07:05:00  Launching a new EC2 instance  Failed: " + NO_CAPACITY, result.err)
        self.assertIn("not done after 1.5s: 2 of 3 serve; 07:05:00  Launching", result.err)

    def test_an_interrupt_says_what_goes_on(self):
        with subprocess.Popen(self.words("scale", "3", "--yes"), cwd=self.folder, env=self.environment(),
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as scaling:
            self.model.at["DescribeAutoScalingGroups", 6] = lambda: scaling.send_signal(signal.SIGINT)
            err = scaling.communicate(timeout=TIMEOUT)[1].decode()
        self.assertEqual(scaling.returncode, 130, err)
        self.assertIn("the group goes on to 3 nodes: see it with wsdeep fleet status --stack chat-dev --watch, undo it "
                      "with wsdeep fleet scale 2 --stack chat-dev", err)

    def test_who_may_not_scale_is_told_what_to_allow(self):
        self.model.refuse = {"SetDesiredCapacity": (403, "AccessDenied", "User: alice is not authorized")}
        self.assertIn("allow autoscaling:SetDesiredCapacity", self.fleet("scale", "3", "--yes", code=3).err)

    def test_throttling_is_ridden_out(self):
        def throttle():
            self.model.refuse = {"DescribeTargetHealth": (400, "Throttling", "Rate exceeded")}

        def pass_on():
            self.model.refuse = {}
            self.model.main.nodes.append(Node(3))
        self.model.at["DescribeTargetHealth", 3] = throttle
        self.model.at["DescribeAutoScalingGroups", 6] = pass_on
        result = self.fleet("scale", "3", "--yes")
        self.assertEqual(result.err.count("; trying again\n"), 1, result.err)
        self.assertIn("chat-dev-nodes has 3 nodes\n", result.err)


class Drain(FleetTest):
    def test_the_way_of_a_node_out(self):
        def leave():
            self.model.main.nodes[0].target = None

        def gone():
            self.model.main.nodes = [self.model.main.nodes[1], Node(3)]
        self.model.at["DescribeAutoScalingGroups", 4] = leave
        self.model.at["DescribeAutoScalingGroups", 6] = gone
        result = self.fleet("drain", "i-00000000000000001", "--yes")
        steps = [line.split("  ", 1)[1] for line in result.err.splitlines() if "i-00000000000000001  " in line]
        self.assertEqual(steps, ["i-00000000000000001  Terminating:Wait draining → Terminating:Wait",
                                 "i-00000000000000001  Terminating:Wait → gone"], result.err)
        self.assertTrue(result.err.endswith("i-00000000000000001 is gone\n"))


    def test_a_node_comes_back_when_it_serves_again(self):
        node = self.model.main.nodes[0]

        def serve():
            node.lifecycle, node.target = "InService", {"State": "healthy"}
        self.fleet("drain", node.id, "--standby", "--yes")
        self.assertEqual(self.model.main.desired, 1)
        self.model.at["DescribeAutoScalingGroups", self.model.calls.count("DescribeAutoScalingGroups") + 4] = serve
        result = self.fleet("drain", node.id, "--back", "--yes")
        self.assertIn(f"{node.id}  Pending:Wait → InService healthy\n{node.id} serves again\n", result.err)
        self.assertEqual(self.model.main.desired, 2)


class Refresh(FleetTest):
    def advance(self, **state):
        return lambda: self.model.main.refreshes[0].update(state)

    def test_it_is_begun_followed_and_ends(self):
        self.model.main.refreshes = [{"InstanceRefreshId": "r-0", "Status": "Successful"}]
        self.model.at["DescribeInstanceRefreshes", 4] = self.advance(Status="InProgress", PercentageComplete=50,
                                                                     InstancesToUpdate=1)
        self.model.at["DescribeInstanceRefreshes", 6] = self.advance(Status="Successful", PercentageComplete=100)
        result = self.fleet("refresh", "--yes", "--pause", "1m")
        self.assertIn("the refresh of chat-dev-nodes has come to its end", result.err)
        self.assertEqual(self.model.started, {
            "MinHealthyPercentage": "100", "MaxHealthyPercentage": "150", "InstanceWarmup": "60", "SkipMatching": "false",
            "CheckpointPercentages.member.1": "50", "CheckpointPercentages.member.2": "100", "CheckpointDelay": "60"})

    def running(self):
        self.model.main.refreshes = [{"InstanceRefreshId": "r-7", "Status": "InProgress", "PercentageComplete": 50,
                                      "StartTime": "2024-02-19T07:00:00Z", "InstancesToUpdate": 1}]

    def test_one_that_runs_is_followed(self):
        self.running()
        self.model.at["DescribeInstanceRefreshes", 3] = self.advance(Status="Successful")
        result = self.fleet("refresh")
        self.assertIn("a refresh InProgress 50 %, 1 node to replace: following it", result.err)
        self.assertNotIn("StartInstanceRefresh", self.model.calls)

    def test_the_first_node_that_cannot_be_made_stops_it(self):
        self.running()
        old = activity(1, "Launching a new EC2 instance", "Failed", "2024-02-19T06:59:59Z", "of yesterday")
        self.model.main.activities = [old]
        self.model.at["DescribeScalingActivities", 3] = lambda: self.model.main.activities.insert(
            0, activity(2, "Launching a new EC2 instance", "Failed", "2024-02-19T07:05:00Z", NO_CAPACITY))
        result = self.fleet("refresh", code=1)
        self.assertIn("the refresh was stopped at the first node that could not be made: 07:05:00", result.err)
        self.assertIn(NO_CAPACITY, result.err)
        self.assertEqual(self.model.calls.count("CancelInstanceRefresh"), 1)

    def test_one_that_fails_tells_why(self):
        self.running()
        self.model.at["DescribeInstanceRefreshes", 3] = self.advance(Status="Failed", StatusReason="no healthy targets")
        self.assertIn("the refresh ended as Failed at 50 %: no healthy targets", self.fleet("refresh", code=1).err)

    def test_cancel_and_rollback(self):
        self.assertIn("no refresh of chat-dev-nodes is under way", self.fleet("refresh", "--cancel", code=4).err)
        self.running()
        self.assertIn("is cancelled: what was replaced stays so", self.fleet("refresh", "--cancel").err)
        self.running()
        self.assertIn("is undone", self.fleet("refresh", "--rollback").err)

    def test_bad_checkpoints(self):
        for text in ("0", "101", "50,50", "50,10", "10,", "x"):
            self.assertIn("--checkpoints takes rising shares", self.fleet("refresh", "--checkpoints", text, code=2).err)


class Rollout(FleetTest):
    def setUp(self):
        super().setUp()
        self.model.on_update = self.follow_parameters

    def follow_parameters(self, changed):
        """The second group comes and goes with the parameter that stands for it."""
        if changed.get("RolloutModel"):
            nodes = [Node(11 + n) for n in range(int(changed["RolloutNodes"]))]
            self.model.groups["chat-dev-rollout"] = Group("chat-dev-rollout", *nodes)
        elif "RolloutModel" in changed:
            self.model.groups.pop("chat-dev-rollout", None)

    def weights(self):
        return [(one["RolloutWeight"], one["RolloutRest"]) for one in self.model.updates if "RolloutWeight" in one]

    def rollout(self, *words, code=0):
        return self.fleet("rollout", *words, "--yes", "--hold", "50ms", code=code)

    def test_traffic_moves_in_steps_and_the_new_model_becomes_the_fleets(self):
        result = self.rollout("--model", "deepseek-r1:14b")
        self.assertEqual(self.model.updates[0], {
            "RolloutModel": "deepseek-r1:14b", "RolloutImage": "ollama:1", "RolloutNodes": "2", "RolloutWeight": "0"}
            | {key: self.model.updates[0][key] for key in self.model.updates[0]
               if key not in ("RolloutModel", "RolloutImage", "RolloutNodes", "RolloutWeight")})
        self.assertEqual(self.weights(), [("0", "100"), ("10", "90"), ("50", "50"), ("100", "0")])
        self.assertIn("deepseek-r1:14b has 100 % of the traffic", result.err)

        status = self.status()["rollout"]
        self.assertEqual([status[key] for key in ("model", "image", "nodes", "weight")],
                         ["deepseek-r1:14b", "ollama:1", 2, 100])
        self.assertEqual(status["group"]["name"], "chat-dev-rollout")

        self.rollout("--finish")
        parameters = self.model.parameters
        self.assertEqual([parameters[key] for key in ("LlmModel", "RolloutModel", "RolloutNodes", "RolloutWeight",
                                                      "RolloutRest")], ["deepseek-r1:14b", "", "0", "0", "100"])
        self.assertIsNone(self.status()["rollout"])

    def test_it_goes_on_from_where_it_was_left(self):
        self.rollout("--image", "ollama:2", "--steps", "10", "--nodes", "1")
        self.assertIn("has 10 % of the traffic, not all of it", self.rollout("--finish", code=2).err)
        result = self.rollout()
        self.assertIn("the rollout of deepseek-r1:8b is at 10 %: going on from there", result.err)
        self.assertEqual(self.weights(), [("0", "100"), ("10", "90"), ("50", "50"), ("100", "0")])

    def test_back_with_one_command(self):
        self.rollout("--model", "deepseek-r1:14b", "--steps", "50")
        self.assertIn("the rollout of deepseek-r1:14b is undone", self.rollout("--back").err)
        self.assertEqual([self.model.parameters[key] for key in ("RolloutModel", "RolloutWeight", "LlmModel")],
                         ["", "0", "deepseek-r1:8b"])
        self.assertIn("no rollout is under way", self.rollout("--back", code=4).err)

    def test_an_alarm_or_a_node_that_fails_takes_the_traffic_back(self):
        def ring():
            self.model.alarms["chat-dev-errors"] = "ALARM"

        def ring_in_the_service():
            self.model.service_alarms["chat-dev-answers"] = "ALARM"

        def fail():
            self.model.groups["chat-dev-rollout"].nodes[0].target = {"State": "unhealthy"}
        for happens, words in ((ring, "the alarm chat-dev-errors rings"),
                               (ring_in_the_service, "the alarm chat-dev-answers rings"), (fail, "1 of 2 nodes serve deepseek-r1:14b")):
            with self.subTest(words=words):
                def follow(changed, happens=happens):
                    self.follow_parameters(changed)
                    if changed.get("RolloutWeight") == "50":
                        happens()
                self.model.on_update = follow
                result = self.fleet("rollout", "--model", "deepseek-r1:14b", "--yes", "--hold", "10s", code=1)
                self.assertIn(f"the rollout of deepseek-r1:14b was stopped at 50 %: {words}", result.err)
                self.assertEqual(self.model.parameters["RolloutWeight"], "0")
                self.assertEqual(self.model.parameters["RolloutModel"], "deepseek-r1:14b")
                self.model.alarms["chat-dev-errors"] = self.model.service_alarms["chat-dev-answers"] = "OK"
                self.rollout("--back")

    def test_what_cannot_be_rolled_out(self):
        cases = (([], "no rollout is under way, and nothing says what is to be rolled out"),
                 (["--model", "deepseek-r1:8b"], "deepseek-r1:8b by ollama:1 is what the fleet serves"),
                 (["--model", "x", "--nodes", "5"], "a fleet of this stack has at most 4 nodes, not 5"),
                 (["--model", "x", "--nodes", "none"], "--nodes takes a number"),
                 (["--model", "x", "--model-source", "s3://b/p"], "fetch models from the engine's own registry"),
                 (["--model", "x", "--steps", "50,10"], "--steps takes rising shares"))
        for words, message in cases:
            self.assertIn(message, self.rollout(*words, code=2).err)
        self.model.parameters["EngineImage"] = "123456789012.dkr.ecr.us-east-1.amazonaws.com/vllm:1"
        self.assertIn("the nodes may not pull from 123456789012.dkr.ecr.us-east-1.amazonaws.com/other",
                      self.rollout("--image", "123456789012.dkr.ecr.us-east-1.amazonaws.com/other:2", code=2).err)
        self.model.parameters |= {"LlmModelBucket": "models", "LlmModelPrefix": "r1"}
        self.assertIn("expected s3://BUCKET/PREFIX",
                      self.rollout("--model", "x", "--model-source", "s3://bucket", code=2).err)
        self.assertIn("the nodes fetch deepseek-r1:8b from s3://models/r1: where is x?",
                      self.rollout("--model", "x", code=2).err)
        for key in [key for key in self.model.parameters if key.startswith("Rollout")]:
            del self.model.parameters[key]
        self.assertIn("knows no rollouts", self.rollout("--model", "x", code=2).err)
        self.assertEqual(self.model.updates, [])

    def test_a_newer_image_of_the_nodes_comes_not_by_the_way_but_never_bars_the_way_back(self):
        self.model.newest_image = "ami-2"
        words = "there is a newer NodeImage (ami-1 → ami-2), and the update replaces the nodes that it is for"
        self.assertIn(words, self.rollout("--model", "deepseek-r1:14b", code=3).err)
        self.assertEqual((self.model.updates, self.model.change_set), ([], None))
        self.model.newest_image = "ami-1"
        self.rollout("--model", "deepseek-r1:14b", "--steps", "10")
        self.model.newest_image = "ami-2"
        self.assertIn(words, self.rollout(code=3).err)
        self.assertIn(words, self.rollout("--back").err)
        self.assertEqual(self.model.parameters["RolloutModel"], "")

    def test_an_update_that_fails_tells_why(self):
        self.model.failing_update = "The following resource(s) failed to update: [LoadBalancerListener]."
        result = self.rollout("--model", "deepseek-r1:14b", code=1)
        self.assertIn("the update of 'chat-dev-fleet' failed: it is in UPDATE_ROLLBACK_COMPLETE", result.err)
        self.assertEqual(self.model.parameters["RolloutModel"], "")

    def test_an_interrupt_leaves_it_where_it_is(self):
        words = [*self.words("rollout"), "--model", "deepseek-r1:14b", "--yes", "--hold", "1h"]
        with subprocess.Popen(words, cwd=self.folder, env=self.environment(), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as rolling:
            def interrupt(changed):
                self.follow_parameters(changed)
                if changed.get("RolloutWeight") == "10":
                    self.model.at["DescribeAlarms", self.model.calls.count("DescribeAlarms") + 2] = (
                        lambda: rolling.send_signal(signal.SIGINT))
            self.model.on_update = interrupt
            err = rolling.communicate(timeout=TIMEOUT)[1].decode()
        self.assertEqual(rolling.returncode, 130, err)
        self.assertIn("go on with wsdeep fleet rollout --stack chat-dev, back with wsdeep fleet rollout --back --stack "
                      "chat-dev", err)
        self.assertEqual(self.model.parameters["RolloutWeight"], "10")

    def test_the_settings_have_to_follow_before_it_is_finished(self):
        shutil.copy(os.path.join(GOLDEN_TEMPLATE, "wsdeep.yaml"), self.folder)
        self.rollout("--model", "deepseek-r1:14b", "--steps", "100")
        result = self.rollout("--finish", "-e", "dev", code=2)
        self.assertIn("the next deployment would go back to the settings'", result.err)
        self.assertEqual(self.model.parameters["LlmModel"], "deepseek-r1:8b")

    def test_the_template_has_what_it_works_by(self):
        with open(os.path.join(GOLDEN_TEMPLATE, "fleet.yaml"), encoding="utf-8") as file:
            template = file.read()
        for name in (*self.model.parameters, "RolloutGroupName", "RolloutTargetGroupArn", "NodeGroupName",
                     "NodeTargetGroupArn"):
            self.assertIn(f"\n  {name}:\n", template)
        self.assertIn("LifecycleHookName: ready\n", template)

    def test_a_second_rollout_has_to_wait(self):
        self.rollout("--model", "deepseek-r1:14b", "--steps", "10")
        result = self.rollout("--model", "deepseek-r1:32b", code=3)
        self.assertIn("a rollout of deepseek-r1:14b (ollama:1) is under way, at 10 %", result.err)


load_tests = side_by_side

if __name__ == "__main__":
    unittest.main()
