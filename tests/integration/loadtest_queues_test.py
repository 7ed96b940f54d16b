"""A node that freezes, and nodes with one slot and eight: what a load test says against what is computed.

For the machine's noise these have room; a run that it disturbed nevertheless is repeated. They go on at the same time:
what a quarter of a minute takes is hardly any work.
"""

import concurrent.futures
import heapq
import math
import signal
import time
import unittest

from loadtest_run import Load, simulated_node, until_quiet
from side_by_side import side_by_side

RUN, RATE = 15, 100  # seconds, turns a second


def freeze(process):
    """For a second, well within the run; how long it was, in ms: whoever ends it may have to wait for a core."""
    time.sleep(RUN / 3)
    process.send_signal(signal.SIGSTOP)
    begun = time.monotonic()
    time.sleep(1)
    process.send_signal(signal.SIGCONT)
    return (time.monotonic() - begun) * 1000


class FrozenNode(unittest.TestCase):
    """Frozen for F in a run of D at a constant rate, the p-th percentile rises by F − (1 − p)·D."""

    def test_a_frozen_second_is_in_the_percentiles(self):
        node = simulated_node(self, "ttft=5ms", "inter-token=1ms", "jitter=0", "tokens=2", "slots=10000")

        def frozen_run():
            load = Load(node, "--rate", f"{RATE}/s", "--arrivals", "constant", seconds=RUN)
            with concurrent.futures.ThreadPoolExecutor(1) as pool:
                frozen = pool.submit(freeze, node.process)
                load.end()
                load.frozen = frozen.result()
            return load

        def holds(load):
            base = load.quantile_ms("ttft", 0.5)
            return all(math.isclose(load.quantile_ms("ttft", share) - base, load.frozen - (1 - share) * RUN * 1000,
                                    rel_tol=0.05) for share in (0.99, 0.999))

        load = until_quiet(self, frozen_run, holds)
        if load is None:
            return
        self.assertEqual(load.whole["tally"]["attempts"], RUN * RATE)
        self.assertRegex(load.out, r"from the intended instant +from the send")
        # Nobody waited for an answer before the next question: both show the second, the closed loops' trap does not.
        self.assertGreater(load.quantile_ms("ttft_sent", 0.99), 300)


def waits_in_queue(arrivals, services, slots):
    """How long each has to wait for one of the slots, first come, first served (Kiefer and Wolfowitz)."""
    free, waits = [0.0] * slots, []
    for arrival, service in zip(arrivals, services):
        begin = max(arrival, heapq.heappop(free))
        waits.append(begin - arrival)
        heapq.heappush(free, begin + service)
    return waits


def erlang_c(slots, load):
    """The share of those who wait."""
    blocked = 1.0
    for n in range(1, slots + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked / (1 - load / slots * (1 - blocked))


class Queues(unittest.TestCase):
    """The mean wait for a slot, against two truths: the queue of these very arrivals, computed turn by turn, and theory.
    How long each held its slot is the node's word: that its machine made it longer is no fault of the load test."""

    def services(self, load):
        return [turn["prefill_us"] / 1000 for turn in self.in_order(load)]

    @staticmethod
    def in_order(load):
        return sorted(load.records, key=lambda turn: turn["intended_at_us"])

    def assertWaits(self, slots, theory, margin, *options, node, seconds):
        def holds(load):
            arrivals = [turn["intended_at_us"] / 1000 for turn in self.in_order(load)]
            services = self.services(load)
            waits = waits_in_queue(arrivals, services, slots)
            measured = load.whole["metrics"]["queue"]["values"]["mean_us"] / 1000
            computed, expected = sum(waits) / len(waits), theory(sum(services) / len(services))
            return abs(measured / computed - 1) <= 0.05 and abs(measured / expected - 1) <= margin

        load = until_quiet(self, lambda: Load(node, *options, seconds=seconds).end(), holds)
        if load is not None:
            self.assertEqual(load.whole["tally"]["good"], load.whole["tally"]["attempts"], load)

    def test_one_slot_waits_as_m_d_1_does(self):
        def theory(service, rate=30):  # Pollaczek and Khinchine
            use = rate * service / 1000
            return use * service / (2 * (1 - use))

        # Quarter minutes scatter by a fifth; of this seed it is as theory has it in the long run.
        node = simulated_node(self, "ttft=20ms", "jitter=0", "tokens=1", "slots=1")
        self.assertWaits(1, theory, 0.05, "--rate", "30/s", "--seed", "16", node=node, seconds=RUN)

    def test_eight_slots_wait_as_erlang_c_says(self):
        def theory(service, rate=120):
            offered = rate * service / 1000
            return erlang_c(8, offered) * service / (8 - offered)

        # The node draws other times in each run: against theory that is a check of the order only.
        node = simulated_node(self, "ttft=50ms", "exponential=on", "tokens=1", "slots=8")
        self.assertWaits(8, theory, 0.6, "--rate", "120/s", node=node, seconds=RUN)


load_tests = side_by_side
