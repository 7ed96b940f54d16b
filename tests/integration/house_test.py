"""How long functions and files of cli/ may be. `python3 house_test.py list` prints the longest and the median.

A function tells one step: ten lines are usual, forty-five are long (a longer one is a list of steps). What stands in a
table does not count, so that a function that only returns one may be as long as it likes.
"""

import os
import re
import statistics
import sys
import unittest

from cpp_declarations import masked

ROOT = os.path.join(os.path.dirname(__file__), "..", "..", "cli")
MOST_IN_A_FUNCTION = 45
MOST_IN_A_FILE = 450

# What may stand between a parameter list and a body.
BODY = re.compile(r"\)\s*(const|noexcept|override|final|mutable|&&?|->[^;{}=]+|:[^;{}]*|\s)*$")
SCOPE = re.compile(r"\bnamespace\b[^;()]*$|\b(class|struct|union|enum)\b[^()=]*$|\bextern\s+_+\s*$")
# The name of a member that a constructor initializes, before its brace.
MEMBER = re.compile(r"\)[^()]*:[^:].*\w$", re.S)
# What a block inside a function begins behind; any other brace opens a list of values.
BLOCK = re.compile(r"([)\];:]|\b(else|do|try|mutable|noexcept)|->[^;{}=()]+)\s*$")


class Brace:
    def __init__(self, kind, at):
        self.kind, self.at, self.tables = kind, at, 0


def functions(text):
    """Every function that stands in no other one, as (first line, lines without those of its tables, its head)."""
    code, found, open_braces, statement = masked(text), [], [], 0

    def line_of(at):
        return code.count("\n", 0, at) + 1

    for at, character in enumerate(code):
        if character == ";" and not any(brace.kind == "table" for brace in open_braces):
            statement = at + 1
        elif character == "{":
            head = code[statement:at]
            kind = kind_of(head, open_braces)
            open_braces.append(Brace(kind, at if kind == "table" else statement + len(head) - len(head.lstrip())))
            if kind != "table":
                statement = at + 1
        elif character == "}" and open_braces:
            brace = open_braces.pop()
            outer = next((one for one in reversed(open_braces) if one.kind == "function"), None)
            if brace.kind == "function":
                head = " ".join(code[brace.at : at].split("{")[0].split())
                found.append((line_of(brace.at), line_of(at) - line_of(brace.at) + 1 - brace.tables, head))
            elif brace.kind == "table" and outer and not any(one.kind == "table" for one in open_braces):
                outer.tables += max(0, code.count("\n", brace.at, at) - 1)
            if brace.kind != "table":
                statement = at + 1
    return found


def kind_of(head, open_braces):
    kinds = [brace.kind for brace in open_braces]
    if "function" in kinds:
        # The brace of a table's row stands behind a comma or another brace; a lambda in it is a block.
        return "block" if BLOCK.search(head) or (not head.strip() and kinds[-1] != "table") else "table"
    if "table" in kinds:
        return "table"
    flat = re.sub(r"\{[^{}]*\}", "", head)  # of an initializer such as `: one_{1}, two_(2)`
    if SCOPE.search(flat):
        return "scope"
    return "function" if BODY.search(flat) and not MEMBER.search(flat) else "table"


def measure():
    """([(lines, place, head)] of functions, [(lines, path)] of files), the longest first"""
    long_functions, long_files = [], []
    for folder, _, names in os.walk(ROOT):
        for name in names:
            if name.endswith((".h", ".cpp")):
                path = os.path.join(folder, name)
                with open(path, encoding="utf-8") as file:
                    text = file.read()
                shown = "cli/" + os.path.relpath(path, ROOT)
                long_files.append((text.count("\n"), shown))
                long_functions += [(lines, f"{shown}:{first}", head) for first, lines, head in functions(text)]
    return sorted(long_functions, reverse=True), sorted(long_files, reverse=True)


class House(unittest.TestCase):
    def test_functions_tell_one_step(self):
        long_functions, _ = measure()
        self.assertEqual([one for one in long_functions if one[0] > MOST_IN_A_FUNCTION], [])

    def test_files_are_read_in_one_sitting(self):
        _, long_files = measure()
        self.assertEqual([one for one in long_files if one[0] > MOST_IN_A_FILE], [])

    def test_what_a_function_is(self):
        text = """
namespace a {
struct S { int x{1}; void in_class() const { call(); } };
S::S(int a) : x_{a}, y_(b) {
  if (a) {
    call("{", '}');  // }
  }
}
std::map<int, int> table() {
  static const std::map<int, int> kTable = {
      {1, 2},
      {3, [](int x) -> int { return x; }(4)},
  };
  return kTable;
}
const auto kLambda = [](int x) {
  return x;
};
}
"""
        found = [(first, lines) for first, lines, _ in functions(text)]
        self.assertEqual(found, [(3, 1), (4, 5), (9, 5), (16, 3)])


class Pages(unittest.TestCase):
    """The pages for contributors name files; none of them may have moved away."""

    def test_every_file_that_a_page_names_is_there(self):
        top = os.path.join(ROOT, "..")
        missing = []
        for page in ("README.md", "cli/README.md", "cli/chat/DELIVERY.md", "cli/llm/NODE.md",
                     "cli/load/LOADTEST.md", "tests/golden/README.md"):
            with open(os.path.join(top, page), encoding="utf-8") as file:
                named = re.findall(r"`((?:[\w.-]+/)+[\w-]+\.(?:cpp|h|py|proto|md))`", file.read())
            folders = (top, ROOT, os.path.dirname(os.path.join(top, page)))
            missing += [f"{page}: {n}" for n in named if not any(os.path.exists(os.path.join(f, n)) for f in folders)]
        self.assertEqual(missing, [])


if __name__ == "__main__":
    if sys.argv[1:] == ["list"]:
        by_length, files = measure()
        print(f"{len(by_length)} functions, {statistics.median(one[0] for one in by_length)} lines in the median")
        print(*(f"{lines:5} {place}  {head[-80:]}" for lines, place, head in by_length[:20]), sep="\n")
        print(f"{len(files)} files, {statistics.median(one[0] for one in files)} lines in the median")
        print(*(f"{lines:5} {path}" for lines, path in files[:10]), sep="\n")
    else:
        unittest.main()
