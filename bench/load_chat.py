#!/usr/bin/env python3
"""What the sessions of `wsdeep loadtest chat` cost: messages received for each second of CPU time, beside a bare Beast
loop and artillery, all from the same stage, and memory for each open session, plain and TLS.

    cmake --build --preset release --target load_chat && bench/load_chat.py [--sessions 10000] [--rounds 3]

CPU time is that of the client's process, so that a busy machine changes little; the stage is another one, and the best
round counts. artillery is fetched by npm into a temporary folder.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
BIN = os.environ.get("WSDEEP_BIN", os.path.join(HERE, "..", "build", "release", "bin"))
LOAD_CHAT = os.path.join(BIN, "load_chat")
ARTILLERY = "artillery@2.0.34"
PIECES = 200
ASKING = 20  # sessions that ask again as soon as they are answered
SECONDS = 4
USERS_A_SECOND = 20  # of artillery


class Stage:
    """A stage that answers each question in PIECES frames and two more."""

    def __init__(self, *tls):
        self.process = subprocess.Popen([LOAD_CHAT, "serve", str(PIECES), *tls], stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()


def client(*words):
    return json.loads(subprocess.run([LOAD_CHAT, *words], stdout=subprocess.PIPE, text=True, check=True).stdout)


def artillery_script(folder, url):
    """Each user opens a session, asks once, and waits for the answer: artillery knows no other way to end one."""
    question = json.dumps({"action": "message", "data": {"message": "What is the capital of France?"}})
    script = {
        "config": {"target": url, "phases": [{"duration": SECONDS, "arrivalRate": USERS_A_SECOND}]},
        "scenarios": [{"engine": "ws", "flow": [{"send": question}, {"think": 1}]}],
    }
    path = os.path.join(folder, "artillery.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(script, file)
    return path


def run_artillery(folder, *words):
    environment = {**os.environ, "ARTILLERY_DISABLE_TELEMETRY": "true", "ARTILLERY_WORKERS": "1", "HOME": folder}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([os.path.join(folder, "node_modules", ".bin", "artillery"), *words], cwd=folder, env=environment,
                   stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def artillery(url):
    """Messages a CPU second, its start not counted; nothing where it cannot be fetched."""
    if not shutil.which("npm"):
        print("bench: npm is not installed: no artillery beside it")
        return None
    with tempfile.TemporaryDirectory() as folder:
        fetched = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", folder, ARTILLERY],
                                 check=False)
        if fetched.returncode != 0:
            print(f"bench: npm cannot fetch {ARTILLERY}: nothing beside it")
            return None
        start = run_artillery(folder, "version")
        cpu = run_artillery(folder, "run", "--quiet", artillery_script(folder, url)) - start
    return SECONDS * USERS_A_SECOND * (PIECES + 2) / cpu


def certificate(folder):
    paths = [os.path.join(folder, name) for name in ("server.pem", "server.key")]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-keyout", paths[1], "-out", paths[0], "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=IP:127.0.0.1"], check=True, stderr=subprocess.DEVNULL)
    return paths


def measure_messages(row, rounds):
    with Stage() as stage:
        both = [(client("drive", stage.url, "-", str(ASKING), str(SECONDS))["messages_per_cpu_s"],
                 client("bare", stage.url, str(ASKING), str(SECONDS))["messages_per_cpu_s"]) for _ in range(rounds)]
        ours, bare = (max(column) for column in zip(*both))
        row("chat frames received and measured, a CPU second", f"{ours:,.0f}", "")
        row("… a bare Beast loop that only counts them", f"{bare:,.0f} ({ours / bare:.2f}×)", "ours: ≥ 0.7×")
        theirs = artillery(stage.url)
        if theirs:
            row("… artillery", f"{theirs:,.0f} ({ours / theirs:.0f}×)", "ours: ≥ 20×")


def measure_memory(row, sessions):
    with Stage() as stage:
        plain = client("hold", stage.url, "-", str(sessions))
    row(f"memory of the client for each of {plain['answered']:,} open sessions, after a turn", f"{plain['used_kb']:.1f} KB",
        "≤ 20 KB")
    with tempfile.TemporaryDirectory() as folder:
        files = certificate(folder)
        with Stage(*files) as stage:
            secure = client("hold", stage.url, files[0], str(sessions))
    row(f"… with TLS, {secure['answered']:,}", f"{secure['used_kb']:.1f} KB", "≤ 50 KB")


def measure(row, sessions=10_000, rounds=3):
    measure_messages(row, rounds)
    measure_memory(row, sessions)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    measure(lambda what, value, aim: print(f"{what:<70} {value:>22}   {aim}", flush=True), options.sessions, options.rounds)
