#!/usr/bin/env python3
"""What the sessions of `wsdeep loadtest chat` cost: messages received for each second of CPU time, beside a bare Beast
loop and artillery, all from the same stage, and memory for each open session, plain and TLS.

    cmake --build --preset release --target load_chat && bench/load_chat.py [--sessions 10000] [--rounds 3]

CPU time is that of the client's process, so that a busy machine changes little; the stage is another one, and the best
round counts. artillery is fetched by npm into a temporary folder (two minutes; without the browser that it would fetch for
other kinds of load), and what it takes for one user is not counted against it.
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
PAUSE_US = 10_000  # between the pieces of an answer, as a model makes them
SECONDS = 6
ARTILLERY_USERS = 200


class Stage:
    """A stage that answers each question in PIECES frames and two more, at once or one by one."""

    def __init__(self, *tls, pause_us=0):
        self.process = subprocess.Popen([LOAD_CHAT, "serve", str(PIECES), str(pause_us), *tls], stdout=subprocess.PIPE,
                                        text=True)
        self.url = self.process.stdout.readline().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()


def client(*words):
    return json.loads(subprocess.run([LOAD_CHAT, *words], stdout=subprocess.PIPE, text=True, check=True, timeout=300).stdout)


# What the driver does with each frame, as a user of artillery has to write it.
LISTEN = """
module.exports = { listen };
function listen(context, events, done) {
  let last;
  context.ws.on('message', (data) => {
    const now = performance.now();
    events.emit('counter', `frames.${JSON.parse(data).action ?? 'end'}`, 1);
    if (last !== undefined) events.emit('histogram', 'frame_gap', now - last);
    last = now;
  });
  done();
}
"""


def artillery_script(folder, url, users):
    """Each user asks once. It does not know when an answer has come: each is given three seconds."""
    question = json.dumps({"action": "message", "data": {"message": "What is the capital of France?"}})
    script = {
        "config": {"target": url, "processor": "./listen.cjs", "phases": [{"duration": SECONDS, "arrivalCount": users}]},
        "scenarios": [{"engine": "ws", "flow": [{"function": "listen"}, {"send": question}, {"think": 3}]}],
    }
    with open(os.path.join(folder, "listen.cjs"), "w", encoding="utf-8") as file:
        file.write(LISTEN)
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
    """Frames a CPU second; nothing where it cannot be fetched."""
    if not shutil.which("npm"):
        print("bench: npm is not installed: no artillery beside it")
        return None
    with tempfile.TemporaryDirectory() as folder:
        fetched = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent", "--ignore-scripts", "--prefix", folder,
                                  ARTILLERY], check=False)
        if fetched.returncode != 0:
            print(f"bench: npm cannot fetch {ARTILLERY}: nothing beside it")
            return None
        one, all_of_them = (run_artillery(folder, "run", "--quiet", artillery_script(folder, url, users))
                            for users in (1, 1 + ARTILLERY_USERS))
    return ARTILLERY_USERS * (PIECES + 2) / (all_of_them - one)


def certificate(folder):
    paths = [os.path.join(folder, name) for name in ("server.pem", "server.key")]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-keyout", paths[1], "-out", paths[0], "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=IP:127.0.0.1"], check=True, stderr=subprocess.DEVNULL)
    return paths


def beside_bare(row, what, url, asking, rounds):
    """What the driver receives a CPU second while so many sessions ask again as soon as they are answered."""
    both = [(client("drive", url, "-", str(asking), str(SECONDS))["messages_per_cpu_s"],
             client("bare", url, str(asking), str(SECONDS))["messages_per_cpu_s"]) for _ in range(rounds)]
    ours, bare = (max(column) for column in zip(*both))
    row(f"chat frames received and measured, a CPU second: {what}", f"{ours:,.0f}", "")
    row("… a bare Beast loop that only counts them", f"{bare:,.0f} ({ours / bare:.2f}×)", "ours: ≥ 0.7×")
    return ours


def measure_messages(row, rounds):
    with Stage() as stage:
        beside_bare(row, "200 at once", stage.url, 20, rounds)
    with Stage(pause_us=PAUSE_US) as stage:
        ours = beside_bare(row, "one by one", stage.url, 100, rounds)
        theirs = artillery(stage.url)
        if theirs:
            row("… artillery, with a function that measures them", f"{theirs:,.0f} ({ours / theirs:.1f}×)", "ours: ≥ 20×")


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
