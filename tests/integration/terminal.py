"""A program on a terminal of a given size, and what a person would see on it."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

SEQUENCE = re.compile(r"\x1b\[(\??[0-9;]*)([A-Za-z])")


class Screen:
    """Lines as a terminal of `columns` would show them: carriage returns, cursor up, erasing, and lines that are too
    long and go on in the next. Colours are dropped. Lines that scroll away are kept."""

    def __init__(self, columns):
        self.columns = columns
        self.lines = [""]
        self.row = self.column = 0
        self.wrapped = []  # lines that did not fit

    def feed(self, text):
        at = 0
        while at < len(text):
            found = SEQUENCE.match(text, at)
            if found:
                self._control(*found.groups())
                at = found.end()
                continue
            self._put(text[at])
            at += 1

    def _control(self, numbers, letter):
        if letter == "A":
            self.row = max(0, self.row - int(numbers or 1))
        elif letter == "J":
            self._cut()
            del self.lines[self.row + 1:]
        elif letter == "K":
            self._cut()
        elif letter != "m":
            raise AssertionError(f"a sequence that this screen does not know: {numbers}{letter}")

    def _cut(self):
        self.lines[self.row] = self.lines[self.row][:self.column]

    def _down(self):
        self.row += 1
        self.column = 0
        if self.row == len(self.lines):
            self.lines.append("")

    def _put(self, character):
        if character == "\r":
            self.column = 0
        elif character == "\n":
            self._down()
        elif character == "\b":
            self.column = max(0, self.column - 1)
        else:
            if self.column == self.columns:
                self.wrapped.append(self.lines[self.row])
                self._down()
            line = self.lines[self.row].ljust(self.column)
            self.lines[self.row] = line[:self.column] + character + line[self.column + 1:]
            self.column += 1

    def text(self):
        return "\n".join(line.rstrip() for line in self.lines).rstrip("\n") + "\n"


class OnTerminal:
    """A process whose terminal this is. Use it in a `with` block."""

    def __init__(self, words, environment, folder, columns=80, rows=24):
        self.screen = Screen(columns)
        self.seen = ""  # all of the output, as it came
        self.answered = 0  # how much of it had come at the last answer
        self.ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

        def take_terminal():
            fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder,
                                        env={"TERM": "xterm-256color", **environment}, start_new_session=True,
                                        preexec_fn=take_terminal)
        os.close(theirs)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.ours)

    def _read(self, deadline):
        """False at the end of the output."""
        ready, _, _ = select.select([self.ours], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            raise AssertionError(f"nothing more came; so far:\n{self.seen}")
        try:
            data = os.read(self.ours, 65536)
        except OSError:  # what Linux says when the other side is closed
            return False
        text = data.decode(errors="replace")
        self.seen += text
        self.screen.feed(text)
        return bool(data)

    def answer(self, question, keys, timeout=30):
        """Types `keys`, or what they return, when `question` stands on the screen, after what was answered before."""
        deadline = time.monotonic() + timeout
        while question not in self.seen[self.answered:]:
            if not self._read(deadline):
                raise AssertionError(f"it ended without asking {question!r}:\n{self.seen}")
        self.answered = len(self.seen)
        os.write(self.ours, (keys() if callable(keys) else keys).encode())

    def finish(self, timeout=30):
        """Its exit code, after all of its output."""
        deadline = time.monotonic() + timeout
        while self._read(deadline):
            pass
        return self.process.wait(timeout=timeout)
