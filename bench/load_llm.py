#!/usr/bin/env python3
"""What the load test costs over gRPC: messages and turns for each second of the client's CPU time, beside a bare grpc++
loop and, for short calls, h2load.

    cmake --build --preset release --target load_llm && bench/load_llm.py [--rounds 3]

All clients load one server, one after the other and in changing order; CPU time is that of the client's process alone,
so that a busy machine changes little. h2load (package nghttp2-client) sends one request's bytes again and again, reads
no message and keeps no stamp: what HTTP/2 costs.

Aims: long streams, ours at least 0.7 of the bare loop.
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
BIN = os.environ.get("WSDEEP_BIN", os.path.join(HERE, "..", "build", "release", "bin"))
LOAD_LLM = os.path.join(BIN, "load_llm")
STREAMS = 64
LONG_TURNS, LONG_TOKENS = 256, 2000
SHORT_TURNS = 20_000
UNARY_REQUEST = b"\0\0\0\0\x04" + b"\x0a\x02hi"


def cpu_and_output(*words):
    """CPU seconds of a process and of its threads, and what it printed."""
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"bench: {words[0]} failed: {output}")
    return usage.ru_utime + usage.ru_stime, output


def per_cpu_second(role, url, turns, tokens, count_messages):
    cpu, output = cpu_and_output(LOAD_LLM, role, url, str(turns), str(STREAMS), str(tokens))
    return (int(output) if count_messages else turns) / cpu


def h2load_per_cpu_second(url, calls):
    with tempfile.NamedTemporaryFile() as body:
        body.write(UNARY_REQUEST)
        body.flush()
        cpu, output = cpu_and_output(
            "h2load", "-n", str(calls), "-c", "1", "-m", str(STREAMS), "-d", body.name, "-H",
            "content-type: application/grpc", "-H", "te: trailers",
            url.replace("grpc://", "http://") + "/llm.LLMService/Generate")
    done = int(re.search(r"(\d+) succeeded", output).group(1))
    if done != calls:
        raise SystemExit(f"bench: h2load: {output}")
    return calls / cpu


def measure(rounds):
    """What was measured → its rates, one for each round; in one the order is turned round."""
    server = subprocess.Popen([LOAD_LLM, "serve"], stdout=subprocess.PIPE, text=True)
    try:
        url = server.stdout.readline().strip()
        steps = [("ours_long", lambda: per_cpu_second("ours", url, LONG_TURNS, LONG_TOKENS, True)),
                 ("bare_long", lambda: per_cpu_second("bare", url, LONG_TURNS, LONG_TOKENS, True)),
                 ("ours_short", lambda: per_cpu_second("ours", url, SHORT_TURNS, 1, False)),
                 ("bare_short", lambda: per_cpu_second("bare", url, SHORT_TURNS, 1, False))]
        if shutil.which("h2load"):
            steps.append(("h2load_short", lambda: h2load_per_cpu_second(url, SHORT_TURNS)))
        rates = {name: [] for name, _ in steps}
        for turn in range(rounds):
            for name, step in steps if turn % 2 == 0 else reversed(steps):
                rates[name].append(step())
        return {name: statistics.median(values) for name, values in rates.items()}
    finally:
        server.kill()
        server.wait()


def rows(rates):
    """(what, value, aim) for bench/run."""
    long, short = rates["ours_long"] / rates["bare_long"], rates["ours_short"] / rates["bare_short"]
    yield ("loadtest llm: messages for each CPU second, long streams", f"{rates['ours_long']:,.0f} ({long:.2f} of bare)",
           "≥ 0.7 of a bare grpc++ loop")
    yield ("loadtest llm: turns of one token for each CPU second",
           f"{rates['ours_short']:,.0f} ({short:.2f} of bare)", "")
    if "h2load_short" in rates:
        yield ("  h2load, unary calls for each CPU second", f"{rates['h2load_short']:,.0f}", "")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    for what, value, aim in rows(measure(parser.parse_args().rounds)):
        print(f"{what:<62} {value:>32}   {aim}", flush=True)


if __name__ == "__main__":
    main()
