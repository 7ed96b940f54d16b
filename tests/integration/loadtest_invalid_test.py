"""A load test whose own machine is the limit says so: INVALID, or unaffected, and never a plausible number."""

import contextlib
import os
import resource
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from harness import TIMEOUT, eventually
from loadtest_run import Load, duty_cycle, simulated_node

# CLOCK_REALTIME goes back by 200 ms when the file STEP_FILE is there. (By no more: the kernel does not know of it, and
# whoever waits for an instant of this clock would find it in the past.)
STEPPING_CLOCK = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
typedef int (*reader)(clockid_t, struct timespec *);
int clock_gettime(clockid_t id, struct timespec *out) {
  static reader real; static int stepped;
  if (!real) real = (reader)dlsym(RTLD_NEXT, "clock_gettime");
  int result = real(id, out);
  if (id == CLOCK_REALTIME && result == 0) {
    if (!stepped) stepped = access(getenv("STEP_FILE"), F_OK) == 0;
    if (stepped && (out->tv_nsec -= 200000000) < 0) out->tv_nsec += 1000000000, --out->tv_sec;
  }
  return result;
}
"""


@contextlib.contextmanager
def limited_cgroup(pid, share):
    one, two = "/sys/fs/cgroup/cpu", "/sys/fs/cgroup"
    root = one if os.path.exists(f"{one}/cpu.cfs_quota_us") or os.path.isdir(one) else two
    group = f"{root}/wsdeep-loadtest-{pid}"
    os.mkdir(group)
    try:
        limits = ({"cpu.cfs_period_us": "100000", "cpu.cfs_quota_us": str(int(share * 100000))} if root == one else
                  {"cpu.max": f"{int(share * 100000)} 100000"})
        for name, value in {**limits, "cgroup.procs": str(pid)}.items():
            with open(f"{group}/{name}", "w", encoding="ascii") as file:
                file.write(value)
        yield
    finally:
        remove_when_empty(group)


def remove_when_empty(group):
    for _ in range(100):
        try:
            return os.rmdir(group)
        except OSError:
            time.sleep(0.05)  # its process has just ended
    return None


class TheToolIsTheLimit(unittest.TestCase):
    def setUp(self):
        self.node = simulated_node(self, "ttft=50ms", "inter-token=5ms", "jitter=0", "tokens=20", "slots=10000")

    def assertInvalid(self, load, *signs):
        self.assertEqual(load.code, 7, load)
        self.assertEqual(load.validity, "invalid", load)
        self.assertTrue(load.broken & set(signs), load)
        self.assertTrue(load.out.startswith("INVALID"), load)
        for sign in load.result["verdict"]["signals"]:
            if sign["broken"]:
                self.assertTrue(sign["value"] and sign["limit"] and sign["advice"], sign)

    def test_a_fifth_of_a_core_is_not_enough(self):
        for way in (limited_cgroup, duty_cycle):
            with self.subTest(way=way.__name__):
                load = Load(self.node, "--rate", "400/s", seconds=2)
                try:
                    with way(load.process.pid, 0.2):
                        load.end()
                except OSError as error:
                    load.process.kill()
                    load.end()
                    if way is duty_cycle:
                        raise
                    print(f"no cgroup can be made here: {error}")
                    continue
                self.assertInvalid(load, "cpu", "throttled", "pacing_p99", "wake_lag_p99", "stopped")

    def test_a_stop_of_300_ms_is_seen(self):
        load = Load(self.node, "--rate", "50/s", seconds=10)
        eventually(self.node.turns, TIMEOUT)  # it sends: how long it takes to begin depends on the machine
        load.process.send_signal(signal.SIGSTOP)
        time.sleep(0.3)
        load.process.send_signal(signal.SIGCONT)
        self.assertInvalid(load.end(), "stopped")
        self.assertIn("this tool stood still at", load.out)

    def test_too_few_descriptors_are_told_before_the_run(self):
        def few():
            resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))

        load = Load(self.node, "--rate", "50/s", seconds=5, preexec=few).end()
        self.assertEqual(load.code, 1, load)
        self.assertRegex(load.err, r"cannot hold \d+ sessions: \d+ file descriptors are needed, and 100 are allowed")
        self.assertIn("ulimit -n 65536", load.err)
        self.assertEqual(load.result, {}, "nothing that could be taken for a result")

    @unittest.skipUnless(shutil.which("cc"), "no C compiler makes the clock that steps")
    def test_a_step_of_the_wall_clock_changes_nothing(self):
        with tempfile.TemporaryDirectory() as folder:
            source, library = os.path.join(folder, "step.c"), os.path.join(folder, "step.so")
            with open(source, "w", encoding="ascii") as file:
                file.write(STEPPING_CLOCK)
            subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
            step = os.path.join(folder, "step")
            load = Load(self.node, "--rate", "50/s", seconds=12, env={"LD_PRELOAD": library, "STEP_FILE": step})
            eventually(lambda: self.node.turns() > 100, TIMEOUT)  # for two seconds the tool has watched its clocks
            with open(step, "w", encoding="ascii"):
                pass
            load.end()
        # A busy machine may have made it INVALID; the clock has not, and no turn was quicker than the node is.
        self.assertIn(load.code, (0, 7), load)
        # The two clocks are read one after the other, and a machine may do something else in between.
        self.assertRegex(load.signal("clock_step"), r"^-\d+ ms$")
        self.assertAlmostEqual(int(load.signal("clock_step").split()[0]), -200, delta=100)
        self.assertNotIn("clock_step", load.broken)
        self.assertEqual(load.whole["tally"]["good"], load.whole["tally"]["attempts"], load)
        self.assertGreaterEqual(load.whole["metrics"]["ttft"]["values"]["min_us"], 50_000, load)
        self.assertGreaterEqual(load.whole["metrics"]["e2e"]["values"]["min_us"], 145_000, load)


if __name__ == "__main__":
    unittest.main()
