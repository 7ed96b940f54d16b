"""A program on a terminal of a given size, and what a person would see on it."""

import codecs
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
    """Rows as a terminal of `columns` would show them: carriage returns, cursor up, erasing, and lines that are too
    long and go on in the next row. Colours are dropped. Rows that scroll away are kept."""

    def __init__(self, columns):
        self.columns = columns
        self.lines = [""]
        self.going_on = set()  # rows whose line goes on in the next
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

    def resize(self, columns):
        """As most terminals do it: lines that have become too long break anew, those that were broken are joined as far
        as there is room, and the cursor stays with the character on which it stands."""
        rows, going_on, cursor = [""], set(), (0, 0)
        for number, row in enumerate(self.lines):
            for column, character in enumerate(row.ljust(self.column + 1) if number == self.row else row):
                if len(rows[-1]) == columns:
                    going_on.add(len(rows) - 1)
                    rows.append("")
                if (number, column) == (self.row, self.column):
                    cursor = (len(rows) - 1, len(rows[-1]))
                rows[-1] += character
            if number not in self.going_on and number + 1 < len(self.lines):
                rows.append("")
        self.columns, self.lines, self.going_on, (self.row, self.column) = columns, rows, going_on, cursor

    def _control(self, numbers, letter):
        if letter == "A":
            self.row = max(0, self.row - int(numbers or 1))
        elif letter == "J":
            self._cut()
            del self.lines[self.row + 1:]
            self.going_on = {row for row in self.going_on if row < self.row}
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
                self.going_on.add(self.row)
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
        self.decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self.seen = ""  # all of the output, as it came
        self.answered = 0  # how much of it had come at the last answer
        self.ours, theirs = pty.openpty()
        self._set_size(columns, rows)
        self.before = termios.tcgetattr(self.ours)  # as the process finds it

        def take_terminal():
            fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder,
                                        env={"TERM": "xterm-256color", **environment}, start_new_session=True,
                                        preexec_fn=take_terminal)
        os.close(theirs)

    def __enter__(self):
        return self

    def _set_size(self, columns, rows):
        fcntl.ioctl(self.ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, columns, rows=24):
        """Somebody pulls at the window, after all that has been written so far."""
        while select.select([self.ours], [], [], 0)[0]:
            self._read(time.monotonic() + 1)
        self._set_size(columns, rows)
        self.screen.resize(columns)

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
        text = self.decoder.decode(data)
        self.seen += text
        self.screen.feed(text)
        return bool(data)

    def wait_for(self, text, timeout=30):
        """Until `text` has been written, after what was waited for, or answered, before."""
        deadline = time.monotonic() + timeout
        while text not in self.seen[self.answered:]:
            if not self._read(deadline):
                raise AssertionError(f"it ended without {text!r}:\n{self.seen}")
        self.answered = len(self.seen)

    def wait_for_row(self, pattern, timeout=30):
        """Until a row of the screen matches `pattern`."""
        deadline = time.monotonic() + timeout
        while not any(re.search(pattern, line) for line in self.screen.lines):
            if not self._read(deadline):
                raise AssertionError(f"it ended without {pattern!r}:\n{self.screen.text()}")

    def answer(self, question, keys, timeout=30):
        """Types `keys`, or what they return, when `question` stands on the screen, after what was answered before."""
        self.wait_for(question, timeout)
        os.write(self.ours, (keys() if callable(keys) else keys).encode())

    def finish(self, timeout=30):
        """Its exit code, after all of its output."""
        deadline = time.monotonic() + timeout
        while self._read(deadline):
            pass
        return self.process.wait(timeout=timeout)


class ChatTerminal(OnTerminal):
    """A chat at a terminal. What is typed and drawn is the line editor's; tests look at what was printed."""

    def __init__(self, words, environment, folder):
        super().__init__(words, environment, folder)
        self.screen.feed = lambda text: None

    def expect(self, text, timeout=30):
        self.answer(text, "", timeout)

    def since(self, mark):
        return self.seen[mark:]
