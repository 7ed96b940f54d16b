"""What a load test writes for programs, of runs from one of nothing to ones of extremes drawn by chance: the JSON and its
schema as python3-jsonschema finds them, Prometheus' text as promtool does, the table as Python's csv."""

import copy
import csv
import functools
import importlib.util
import io
import json
import os
import resource
import shutil
import subprocess
import tempfile
import unittest

from live_node import Node

HERE = os.path.dirname(os.path.abspath(__file__))
BIN = os.environ.get("WSDEEP_BIN", os.path.join(HERE, "..", "..", "build", "release", "bin"))
JSONSCHEMA = importlib.util.find_spec("jsonschema")
RUNS = ["empty", "refused", "full", "hostile", *map(str, range(1, 41))]


@functools.cache
def tool(kind, name):
    """The text of that kind of a result; those of the runs are all made at once."""
    return texts_of_runs(kind)[name] if name in RUNS else texts(kind, name)[0]


@functools.cache
def texts_of_runs(kind):
    return dict(zip(RUNS, texts(kind, *RUNS), strict=True))


def texts(kind, *names):
    said = subprocess.run([os.path.join(BIN, "result_tool"), kind, *names], capture_output=True, check=True).stdout.decode()
    return said.split("\0")


def no_constant(word):
    raise ValueError(f"{word} is no JSON")


def read(text):
    return json.loads(text, parse_constant=no_constant)


def strict(schema):
    """The schema as it would be if nothing could ever be added: a field that it does not describe is a fault of ours."""
    schema = copy.deepcopy(schema)

    def close(node):
        if isinstance(node, dict):
            if "properties" in node and "additionalProperties" not in node:
                node["additionalProperties"] = False
            node = node.values()
        if not isinstance(node, (str, int, float, bool)) and node is not None:
            for inner in node:
                close(inner)

    close(schema)
    return schema


@unittest.skipUnless(JSONSCHEMA, "jsonschema is not installed (cli/prepare ci)")
class Schemas(unittest.TestCase):
    def validator(self, name):
        from jsonschema import Draft202012Validator
        schema = read(tool("schema", name))
        Draft202012Validator.check_schema(schema)
        return Draft202012Validator(strict(schema))

    def test_every_result_meets_its_schema(self):
        validator = self.validator("result")
        for run in RUNS:
            with self.subTest(run):
                faults = [f"{list(e.absolute_path)}: {e.message[:200]}" for e in validator.iter_errors(read(tool("json", run)))]
                self.assertEqual(faults, [])

    def test_a_series_meets_its_schema_which_needs_no_other(self):
        validator = self.validator("series")
        document = read(tool("json", "series"))
        self.assertEqual([f"{list(e.absolute_path)}: {e.message[:200]}" for e in validator.iter_errors(document)], [])
        document["runs"][1]["result"]["measured"]["whole"]["tally"]["good"] = -1
        self.assertTrue(list(validator.iter_errors(document)))

    def test_a_search_meets_its_schema_which_needs_no_other(self):
        validator = self.validator("limit")
        document = read(tool("json", "limit"))
        self.assertEqual([f"{list(e.absolute_path)}: {e.message[:200]}" for e in validator.iter_errors(document)], [])
        document["points"][1]["runs"][0]["measured"]["whole"]["tally"]["good"] = -1
        self.assertTrue(list(validator.iter_errors(document)))

    def test_a_search_is_a_table_with_a_row_for_each_point_and_level(self):
        rows = list(csv.DictReader(io.StringIO(tool("csv", "limit"))))
        self.assertEqual([(row["load"], row["judged"], row["level"], row["beyond"]) for row in rows],
                         [("10", "passed", "ttft_p95<300ms", "3"), ("20", "failed", "ttft_p95<300ms", "80"),
                          ("14.14", "invalid", "", ""), ("10", "passed", "ttft_p95<300ms", "7")])

    def test_every_line_of_the_records_meets_its_schema(self):
        validator = self.validator("turn")
        for run in RUNS:
            for line in tool("records", run).splitlines():
                with self.subTest(run):
                    self.assertEqual([e.message[:200] for e in validator.iter_errors(read(line))], [])

    def test_the_schema_finds_what_is_wrong(self):
        validator = self.validator("result")
        for path, value in ((("measured", "whole", "goodput_per_s"), "much"), (("measured", "whole", "tally", "good"), -1),
                            (("verdict", "validity"), "fine"), (("schema",), "wsdeep.loadtest/2"),
                            (("measured", "levels", 0, "value_us"), None), (("of_a_later_version",), 1)):
            document = read(tool("json", "full"))
            place = document
            for step in path[:-1]:
                place = place[step]
            if value is None:
                del place[path[-1]]
            else:
                place[path[-1]] = value
            self.assertTrue(list(validator.iter_errors(document)), path)


class FilesOfBefore(unittest.TestCase):
    """What a field is called and means stays as it is; fields may be added. The files are those of the first version."""

    def lost(self, before, now, path=""):
        """Where what was written before is not what is written of it now."""
        if isinstance(before, dict) and isinstance(now, dict):
            return [one for key, value in before.items() for one in self.lost(value, now.get(key), f"{path}/{key}")]
        if isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
            return [one for i, value in enumerate(before) for one in self.lost(value, now[i], f"{path}/{i}")]
        return [] if before == now else [f"{path}: {before} became {now}"]

    def test_they_are_read_without_loss(self):
        folder = os.path.join(HERE, "..", "fuzz", "corpus", "load_result_fuzz")
        for name in ("empty", "refused", "full", "hostile"):
            path = os.path.join(folder, f"{name}.json")
            with open(path, encoding="utf-8") as file:
                self.assertEqual(self.lost(read(file.read()), read(tool("again", path))), [], name)


class Outputs(unittest.TestCase):
    @unittest.skipUnless(shutil.which("promtool"), "promtool is not installed (cli/prepare ci)")
    def test_prometheus_has_nothing_to_say_against_the_figures(self):
        for run in RUNS:
            judged = subprocess.run(["promtool", "check", "metrics"], input=tool("prometheus", run), text=True,
                                    capture_output=True)
            self.assertEqual((judged.returncode, judged.stdout, judged.stderr), (0, "", ""), run)

    def test_buckets_never_fall_and_end_at_the_count(self):
        for run in RUNS:
            last = {}
            for line in tool("prometheus", run).splitlines():
                if "_bucket{le=" in line:
                    name, value = line.split("{")[0], int(line.rsplit(" ", 1)[1])
                    self.assertGreaterEqual(value, last.get(name, 0), line)
                    last[name] = value
                elif line.split(" ")[0].endswith("_seconds_count"):
                    name, value = line.split(" ")
                    self.assertEqual(last[name.replace("_count", "_bucket")], int(value), line)

    def test_the_table_has_the_same_columns_in_each_row(self):
        for run in RUNS:
            text = tool("csv", run)
            self.assertEqual(text.count("\n"), text.count("\r\n"))
            rows = list(csv.DictReader(io.StringIO(text, newline="")))
            document = read(tool("json", run))["measured"]
            parts = [document["whole"], *document["stages"], *document["nodes"]]
            self.assertEqual(len(rows), sum(max(1, len(part["metrics"])) for part in parts))
            for row in rows:
                self.assertNotIn(None, list(row) + list(row.values()), row)
            figures = {(row["part"], row["metric"]): row for row in rows}
            for metric, measured in document["whole"]["metrics"].items():
                row = figures["whole", metric]
                self.assertEqual((int(row["of"]), int(row["counted"])), (measured["of"], measured["counted"]))
                for said in measured["percentiles"]:
                    name = f"p{said['share'] * 100:.6g}"
                    self.assertEqual((int(row[f"{name}_us"]), row[f"{name}_more_than"] == "1"),
                                     (said["value_us"], said["more_than"]))


class Runs(unittest.TestCase):
    """A run against a simulated node, and what it leaves."""

    def setUp(self):
        self.node = Node(self, "--sim", "ttft=20ms", "--sim", "inter-token=2ms", "--sim", "tokens=5")
        self.folder = tempfile.mkdtemp(prefix="wsdeep-load-")
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def text(self, name):
        with open(self.path(name), encoding="utf-8", newline="") as file:
            return file.read()

    def load(self, *words, **more):
        return subprocess.run(
            [os.path.join(BIN, "wsdeep"), "loadtest", "llm", "--url", self.node.url, "--rate", "30/s",
             "--duration", "1s", "--warm-up", "none", "--quiet", "--hdr", self.path("h"), "--csv", self.path("c"),
             "--prometheus", self.path("p"), "--records", self.path("r"), *words],
            capture_output=True, text=True, timeout=180, **more)

    def test_its_files_tell_of_the_same_turns(self):
        done = self.load("--json", self.path("j"))
        document = read(self.text("j"))
        turns = [read(line) for line in self.text("r").splitlines()]
        tally = document["measured"]["whole"]["tally"]
        self.assertEqual(len(turns), tally["attempts"], done)
        ttft = document["measured"]["whole"]["metrics"]["ttft"]["values"]
        seen = sorted(turn["first_at_us"] - turn["intended_at_us"] for turn in turns)
        self.assertEqual((ttft["count"], ttft["min_us"], ttft["max_us"], ttft["sum_us"]),
                         (len(seen), seen[0], seen[-1], sum(seen)))
        self.assertIn(f"Tag=ttft,0.000,1.000,{seen[-1] / 1000:.3f},{ttft['histogram']}\n", self.text("h"))
        self.assertIn(f"wsdeep_loadtest_ttft_seconds_count {len(seen)}\n", self.text("p"))
        self.assertIn(f",ttft,{len(seen)},{len(seen)},0,{seen[0]},", self.text("c"))

    @unittest.skipUnless(JSONSCHEMA, "jsonschema is not installed (cli/prepare ci)")
    def test_its_files_meet_their_schemas(self):
        from jsonschema import Draft202012Validator
        done = self.load("--json", "-")
        self.assertEqual(list(Draft202012Validator(read(tool("schema", "result"))).iter_errors(read(done.stdout))), [])
        self.assertIn("TURNS", done.stderr)
        for line in self.text("r").splitlines():
            self.assertEqual(list(Draft202012Validator(read(tool("schema", "turn"))).iter_errors(read(line))), [])

    def test_a_disk_without_room_leaves_all_on_stdout(self):
        """Each file may have a hundred bytes."""
        done = self.load("--json", self.path("j"),
                         preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)))
        document = read(done.stdout)
        self.assertEqual(document["measured"]["whole"]["tally"]["attempts"], document["pacing"]["begun"])
        self.assertNotEqual(done.returncode, 0)
        for name, flag in zip("rchpj", ("records", "csv", "hdr", "prometheus", "json")):
            said = [line for line in done.stderr.splitlines() if f"cannot write {self.path(name)}: File too large" in line]
            self.assertEqual(len(said), 1, done.stderr)
            self.assertIn(f"free space there, or give --{flag} another", said[0])
        self.assertIn(f"; all {document['pacing']['begun']} turns are missing: ", done.stderr)
        self.assertEqual(os.listdir(self.folder), [])


if __name__ == "__main__":
    unittest.main()
