"""Who may include whom: every `#include "folder/…"` of cli/ against the house's table."""

import os
import re
import unittest

ROOT = os.path.join(os.path.dirname(__file__), "..", "..", "cli")

# Folder → the folders that its files may include from, beside its own. From the ground up: nothing runs back.
FOLDERS = {
    "base": [],
    "web": ["base"],
    "wire": ["base"],
    "net": ["base", "wire"],
    "aws": ["base", "wire", "net"],
    "auth": ["base", "wire", "net", "aws"],
    "llm": ["base", "wire", "net"],
    "node": ["base", "wire", "net", "aws", "llm"],
    "chat": ["base", "wire"],
    "session": ["base", "wire", "net"],
    "terminal": ["base"],
    "handlers": ["base", "wire", "net", "aws", "auth", "llm", "chat"],
    "stack": ["base", "web", "aws"],
    "users": ["base", "wire", "net", "aws", "auth", "terminal"],
    "deploy": ["base", "web", "net", "aws", "terminal", "stack"],
    "preflight": ["base", "net", "aws", "terminal", "stack", "deploy"],
    "fleet": ["base", "wire", "net", "aws", "terminal", "stack", "deploy"],
    "load": ["base", "wire", "net", "aws", "auth", "llm", "session", "terminal", "users"],
    "local": ["base", "web", "wire", "net", "aws", "auth"],
    "lab": ["base", "wire", "net", "auth"],
    "commands": ["base", "wire", "net", "aws", "auth", "llm", "node", "session", "terminal", "stack", "users", "deploy",
                 "preflight", "fleet", "load", "local", "lab"],
}

# Folder → its rooms, and for each the others that it may include from; "" is what stands in the folder itself.
ROOMS = {
    "stack": {
        "": [],
        "settings": [""],
        "template": ["", "settings"],
        "checks": ["", "settings", "template"],
        "package": ["", "settings"],
    },
    # Signing in with a browser, by the rest of the folder.
    "auth": {"": [], "exchange": [""]},
    "local": {
        "api": [],
        "store": [],
        "dynamodb": ["api", "store"],
        "cognito": ["api", "store"],
        "lambda": [],
        "gateway": ["api", "lambda"],
        "": ["api", "store", "dynamodb", "cognito", "lambda", "gateway"],
    },
    # turn: what happened; plan: what is to be sent when; drive: sending it; measure: what came of it; watch: the tool
    # itself; report: telling it; cost: pricing it; shard: a run of many workers; remote: workers on other machines. What
    # stands in the folder joins them to a run.
    "load": {
        "turn": [],
        "plan": ["turn"],
        "measure": ["turn", "plan"],
        "drive": ["turn", "plan", "measure"],
        "watch": ["turn", "plan", "measure"],
        "report": ["turn", "plan", "measure", "watch"],
        "shard": ["turn", "plan", "measure", "watch", "report"],
        "cost": ["turn", "plan", "measure", "watch", "report"],
        "remote": ["plan", "drive", "shard"],
        "": ["turn", "plan", "measure", "drive", "watch", "report", "shard", "cost"],
        # Questions that several runs answer: of how a run is made they know the one function that makes it.
        "limit": ["", "turn", "plan", "measure", "watch", "report"],
        "screen": ["", "turn", "plan", "measure", "drive", "watch", "report"],
        "compare": ["", "turn", "plan", "measure", "watch", "report"],
    },
    "llm": {"": [], "engine": [""], "node": ["", "engine"], "client": [""]},
    # No command knows another one's: what two of them need stands above the rooms.
    "commands": {"": []} | {noun: [""] for noun in ("auth", "chat", "fleet", "lab", "llm", "loadtest", "local", "stack", "users")},
}

# Heavy or foreign headers and the only folders that may name them.
CONFINED = {
    r"boost/(asio|beast)": {"net"},
    r"grpcpp/|google/protobuf/|(grpc/health/v1/)?(llm|peer|health)\.(grpc\.)?pb\.h": {"llm"},
    r"sqlite3\.h": {"local/store"},
    r"pugixml\.hpp": {"aws"},
    r"curl/": {"net"},
    r"CLI/": {"commands"},
    r"histedit\.h": {"terminal"},
    r"yaml-cpp/": {"stack"},
    r"toml\.hpp": {"stack"},
    r"hiredis/|seccomp\.h": {"lab"},
}

# Folders whose modules (a header and its source; `x_impl.h` belongs to `x`) include each other in one direction. In the
# others some sources still share a private header that names the types of their public one.
ONE_WAY = ("base", "web", "net", "llm", "node", "chat", "session", "handlers", "users", "deploy", "preflight", "fleet", "load", "lab", "terminal",
           "commands")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def room_of(path):
    """`stack/settings/parameters.h` → ("stack", "settings"); `base/error.h` → ("base", "")."""
    folder, _, rest = path.partition("/")
    return folder, rest.rpartition("/")[0]


def sources():
    """Every source in the folders of cli/ as (path, [(bracket, header)]); cli/ itself has the precompiled header alone."""
    for folder, _, names in sorted(os.walk(ROOT)):
        for name in sorted(names):
            if folder != ROOT and name.endswith((".h", ".cpp")):
                path = os.path.join(folder, name)
                with open(path, encoding="utf-8") as file:
                    yield os.path.relpath(path, ROOT), INCLUDE.findall(file.read())


def has_circle(table):
    def reaches(start, goal, seen=()):
        return any(n == goal or (n not in seen and reaches(n, goal, (*seen, n))) for n in table[start])

    return [one for one in table if reaches(one, one)]


def may_include(source, target):
    (folder, room), (other, other_room) = source, target
    if folder != other:
        return other in FOLDERS[folder]
    return room == other_room or other_room in ROOMS[folder][room]


def module_of(path):
    return re.sub(r"(_impl)?\.(h|cpp)$", "", path)


def modules_of(folder):
    """module → modules of the same folder that it includes"""
    edges = {}
    for path, includes in sources():
        if path.startswith(folder + "/"):
            own = [module_of(header) for bracket, header in includes if bracket == '"' and header.startswith(folder + "/")]
            edges.setdefault(module_of(path), set()).update(one for one in own if one != module_of(path))
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
    def test_every_room_is_in_the_tables(self):
        found = {room_of(path) for path, _ in sources()}
        rooms = {folder: set(ROOMS.get(folder, {"": []})) for folder in FOLDERS}
        # A folder may hold nothing but rooms.
        self.assertEqual(found | {(f, "") for f in rooms}, {(f, r) for f, names in rooms.items() for r in names})

    def test_no_folder_and_no_room_leads_back_to_itself(self):
        self.assertEqual(has_circle(FOLDERS), [])
        self.assertEqual([(folder, has_circle(rooms)) for folder, rooms in ROOMS.items() if has_circle(rooms)], [])

    def test_files_include_only_what_they_may(self):
        wrong = []
        for path, includes in sources():
            for bracket, header in includes:
                target = room_of(header)
                if bracket == '"' and target[0] in FOLDERS and not may_include(room_of(path), target):
                    wrong.append(f"cli/{path} includes {header}")
        self.assertEqual(wrong, [])

    def test_heavy_headers_stay_where_they_belong(self):
        wrong = []
        for path, includes in sources():
            for _, header in includes:
                for pattern, places in CONFINED.items():
                    if re.match(pattern, header) and not any(path.startswith(place + "/") for place in places):
                        wrong.append(f"cli/{path} includes {header}")
        self.assertEqual(wrong, [])

    def test_the_chat_rules_know_neither_json_nor_threads(self):
        banned = ("nlohmann", "thread", "mutex", "condition_variable", "future")
        wrong = [
            f"cli/{path} includes {header}"
            for path, includes in sources()
            if path.startswith("chat/")
            for _, header in includes
            if header.startswith(banned)
        ]
        self.assertEqual(wrong, [])

    def test_modules_of_a_folder_include_each_other_in_one_direction(self):
        circles = [" -> ".join(circle) for folder in ONE_WAY if (circle := circle_in(modules_of(folder)))]
        self.assertEqual(circles, [])


if __name__ == "__main__":
    unittest.main()
