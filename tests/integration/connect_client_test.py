"""`wsdeep connect` and a gateway that does not keep up: nothing is read that cannot be sent, and what was not sent is told."""

import threading
import time
import unittest

from scripted_client import ClientTest
from scripted_gateway import ScriptedGateway


class RawConnections(ClientTest):
    LINE = '{"action":"news","data":"' + "x" * 8000 + '"}\n'

    def until_full(self, written):
        """How many lines were written when no more can be: the kernel's buffers and ours are full, long before the end."""
        seen = -1
        while not seen == len(written) > 0:
            seen = len(written)
            time.sleep(0.5)
        return seen

    def test_stdin_is_read_no_faster_than_the_connection_takes_it(self):
        go_on = threading.Event()
        received = []

        def script(connection):
            go_on.wait(60)
            while True:
                received.append(connection.receive())

        lines = 3000  # 24 MB
        with ScriptedGateway(script, unhurried=True) as gateway:
            process = self.system.start("connect", *self.where(gateway))
            written = []

            def feed():
                for number in range(lines):
                    process.stdin.write(self.LINE.encode())
                    written.append(number)
                process.stdin.close()

            feeder = threading.Thread(target=feed, daemon=True)
            feeder.start()
            self.assertLess(self.until_full(written), lines / 2)
            go_on.set()
            feeder.join(60)
            process.stdin = None
            out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, err)
        self.assertEqual(len(received), lines)

    def test_frames_that_were_not_sent_are_told(self):
        full = threading.Event()

        def script(connection):
            full.wait(60)
            connection.drop()

        with ScriptedGateway(script, unhurried=True) as gateway:
            process = self.system.start("connect", *self.where(gateway))
            written = []

            def feed():
                try:
                    for number in range(3000):
                        process.stdin.write(self.LINE.encode())
                        written.append(number)
                except OSError:
                    pass

            feeder = threading.Thread(target=feed, daemon=True)
            feeder.start()
            self.assertLess(self.until_full(written), 3000)
            full.set()
            process.wait(20)
            err = process.stderr.read().decode()
            feeder.join(20)
        for pipe in (process.stdout, process.stderr):
            pipe.close()
        self.assertEqual(process.returncode, 1, err)
        self.assertRegex(err, r"the connection broke \(1006\); \d+ frames were not sent")


if __name__ == "__main__":
    unittest.main()
