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

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def sources():
    for folder in sorted(os.listdir(ROOT)):
        path = os.path.join(ROOT, folder)
        if os.path.isdir(path):
            for name in sorted(os.listdir(path)):
                if name.endswith((".h", ".cpp")):
                    with open(os.path.join(path, name), encoding="utf-8") as file:
                        yield folder, f"cli/{folder}/{name}", INCLUDE.findall(file.read())


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


if __name__ == "__main__":
    unittest.main()
