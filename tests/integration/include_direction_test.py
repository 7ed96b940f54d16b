"""Who may include whom: every `#include "folder/…"` of cli/ against the house's table."""

import os
import re
import unittest

ROOT = os.path.join(os.path.dirname(__file__), "..", "..", "cli")

ALLOWED = {
    "base": set(),
    "wire": {"base"},
    "net": {"base", "wire"},
    "aws": {"base", "wire", "net"},
    "auth": {"base", "wire", "net", "aws"},
    "llm": {"base", "wire", "net"},
    "chat": {"base", "wire"},
    "session": {"base", "wire", "net"},
    "handlers": {"chat", "llm", "auth", "aws", "net", "wire", "base"},
    "stack": {"base", "aws"},
    "local": {"auth", "aws", "net", "wire", "base"},
    "commands": {"base", "wire", "net", "aws", "auth", "llm", "chat", "session", "stack", "local"},
}

# Heavy or foreign headers and the only folders that may name them.
CONFINED = {
    r"boost/(asio|beast)": {"net"},
    r"grpcpp/|llm\.(grpc\.)?pb\.h": {"llm"},
    r"sqlite3\.h": {"local"},
    r"curl/": {"net"},
    r"CLI/": {"commands"},
    r"histedit\.h": {"commands"},
    r"yaml-cpp/": {"stack"},
}

# Folders whose modules (a header and its source; `x_impl.h` belongs to `x`) include each other in one direction. In the
# others some sources still share a private header that names the types of their public one.
ONE_WAY = ("base", "net", "chat", "session", "handlers", "users", "deploy", "terminal", "commands")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def sources():
    for folder in sorted(os.listdir(ROOT)):
        path = os.path.join(ROOT, folder)
        if os.path.isdir(path):
            for name in sorted(os.listdir(path)):
                if name.endswith((".h", ".cpp")):
                    with open(os.path.join(path, name), encoding="utf-8") as file:
                        yield folder, f"cli/{folder}/{name}", INCLUDE.findall(file.read())


def module_of(path):
    return re.sub(r"(_impl)?\.(h|cpp)$", "", path)


def modules_of(folder):
    """module → modules of the same folder that it includes"""
    edges = {}
    for place, _, names in os.walk(os.path.join(ROOT, folder)):
        for name in (n for n in names if n.endswith((".h", ".cpp"))):
            path = os.path.join(place, name)
            with open(path, encoding="utf-8") as file:
                headers = [h for bracket, h in INCLUDE.findall(file.read()) if bracket == '"']
            module = module_of(os.path.relpath(path, ROOT))
            edges.setdefault(module, set()).update(
                module_of(h) for h in headers if h.startswith(folder + "/") and module_of(h) != module
            )
    return edges


def circle_in(edges):
    """The first circle of modules that is found, as a path, or []."""
    done = set()

    def follow(module, path):
        if module in path:
            return [*path[path.index(module) :], module]
        if module in done:
            return []
        for needed in sorted(edges.get(module, ())):
            if circle := follow(needed, [*path, module]):
                return circle
        done.add(module)
        return []

    return next((circle for module in sorted(edges) if (circle := follow(module, []))), [])


class IncludeDirection(unittest.TestCase):
    def test_every_folder_is_in_the_table(self):
        folders = {f for f in os.listdir(ROOT) if os.path.isdir(os.path.join(ROOT, f))}
        self.assertEqual(folders, set(ALLOWED))

    def test_the_table_has_no_cycle(self):
        def reaches(start, goal, seen=()):
            return any(n == goal or (n not in seen and reaches(n, goal, (*seen, n))) for n in ALLOWED[start])

        self.assertEqual([f for f in ALLOWED if reaches(f, f)], [])

    def test_folders_include_only_what_they_may(self):
        wrong = []
        for folder, path, includes in sources():
            for bracket, header in includes:
                target = header.split("/")[0]
                if bracket == '"' and target in ALLOWED and target != folder and target not in ALLOWED[folder]:
                    wrong.append(f"{path} includes {header}: {folder} may not include {target}")
        self.assertEqual(wrong, [])

    def test_heavy_headers_stay_where_they_belong(self):
        wrong = []
        for folder, path, includes in sources():
            for _, header in includes:
                for pattern, folders in CONFINED.items():
                    if re.match(pattern, header) and folder not in folders:
                        wrong.append(f"{path} includes {header}")
        self.assertEqual(wrong, [])

    def test_the_chat_rules_know_neither_json_nor_threads(self):
        banned = ("nlohmann", "<thread>", "thread", "mutex", "condition_variable", "future")
        wrong = [
            f"{path} includes {header}"
            for folder, path, includes in sources()
            if folder == "chat"
            for _, header in includes
            if header.startswith(banned)
        ]
        self.assertEqual(wrong, [])

    def test_modules_of_a_folder_include_each_other_in_one_direction(self):
        circles = [" -> ".join(circle) for folder in ONE_WAY if (circle := circle_in(modules_of(folder)))]
        self.assertEqual(circles, [])


if __name__ == "__main__":
    unittest.main()
