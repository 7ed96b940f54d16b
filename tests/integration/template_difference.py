"""A rendered template as its differences from another one: a unified diff without line numbers, so that a
change elsewhere does not move it. Each difference begins with `@@` and the keys that it stands below, which are for the reader;
it belongs where the lines that it keeps and takes away are found next. `~` takes away all up to the next line, so that
what is not there does not stand there either.

    template_difference.py FOLDER    writes FOLDER/*/expected.yaml and fleet.yaml, but for minimal's, as differences
"""

import difflib
import pathlib
import sys

BASE = "minimal"
NAMES = ("expected", "fleet")  # the template of the service, and that of its nodes
CONTEXT = range(3, 30)  # lines around a difference: as few as lead to its place
ENDS = 2  # lines that stand for a longer run that is taken away, at each of its ends


class Misplaced(Exception):
    """A difference has no place."""


def apply(base, differences):
    """The whole text that the differences make of `base`."""
    lines, out, at = base.splitlines(keepends=True), [], 0
    for hunk in hunks_of(differences):
        first, *others = pieces_of(hunk)
        place = find(lines, at, first)
        out += lines[at:place] + [line[1:] for line in hunk if line[0] in " +"]
        at = place + len(first)
        for piece in others:
            at = find(lines, at, piece) + len(piece)
    return "".join(out + lines[at:])


def find(lines, at, piece):
    place = next((i for i in range(at, len(lines) - len(piece) + 1) if lines[i:i + len(piece)] == piece), None)
    if place is None:
        raise Misplaced("".join(piece))
    return place


def pieces_of(hunk):
    """The lines of the other text between the `~`."""
    pieces = [[]]
    for line in hunk:
        if line[0] == "~":
            pieces.append([])
        elif line[0] in " -":
            pieces[-1].append(line[1:])
    return pieces


def hunks_of(differences):
    hunks = []
    for line in differences.splitlines(keepends=True):
        if line.startswith("@@"):
            hunks.append([])
        else:
            hunks[-1].append(line)
    return hunks


def differences(base, text):
    for context in CONTEXT:
        found = written(base.splitlines(keepends=True), text.splitlines(keepends=True), context)
        try:
            if apply(base, found) == text:
                return found
        except Misplaced:
            pass
    raise Misplaced("no context tells where the differences belong")


def written(old, new, context):
    out = []
    for group in difflib.SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(context):
        changed = next(code for code in group if code[0] != "equal")
        out.append("@@ " + (" / ".join(keys_above(old, changed[1])) or "top") + "\n")
        for kind, i, j, k, m in group:
            if kind == "equal":
                out += [" " + line for line in old[i:j]]
            else:
                out += taken_away(old[i:j]) + ["+" + line for line in new[k:m]]
    return "".join(out)


def taken_away(lines):
    marked = ["-" + line for line in lines]
    return marked if len(lines) <= 2 * ENDS + 1 else marked[:ENDS] + ["~\n"] + marked[-ENDS:]


def keys_above(lines, at):
    """The keys that the line before `at` stands below, and itself when it is one."""
    keys, depth = [], 1 << 30
    for line in reversed(lines[:at]):
        indent = len(line) - len(line.lstrip())
        if line.rstrip().endswith(":") and not line.lstrip().startswith("#") and indent < depth:
            keys.insert(0, line.strip().rstrip(":"))
            depth = indent
    return keys[:3]


def read_template(folder, name="expected"):
    """The expected template of a folder, whole."""
    if (folder / f"{name}.yaml").exists():
        return (folder / f"{name}.yaml").read_text(encoding="utf-8")
    return apply((folder.parent / BASE / f"{name}.yaml").read_text(encoding="utf-8"),
                 (folder / f"{name}.diff").read_text(encoding="utf-8"))


def main(folder):
    for name in NAMES:
        base = (folder / BASE / f"{name}.yaml").read_text(encoding="utf-8")
        for whole in sorted(folder.glob(f"*/{name}.yaml")):
            if whole.parent.name != BASE:
                found = differences(base, whole.read_text(encoding="utf-8"))
                (whole.parent / f"{name}.diff").write_text(found, encoding="utf-8")
                whole.unlink()


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
