"""What the files of a folder keep for themselves, by name.

Sources are compiled in batches (CMAKE_UNITY_BUILD), as if several were one file, and which ones depends on how many
there are. So a name that two files of a folder keep for themselves, in an unnamed namespace or by `static`, breaks the
build one day, when some other file comes or goes; and so does one that a header has, in the same namespace or in one
around it. `python3 private_names_test.py list` prints what clashes.
"""

import collections
import os
import re
import sys
import unittest

from cpp_declarations import declarations, masked
from include_direction_test import FOLDERS

ROOT = os.path.join(os.path.dirname(__file__), "..", "..")

# A constant within a function.
LOCAL = re.compile(r"^[ \t]+(?:static )?(?:constexpr|const)\b[^;={}()]*\b(k[A-Z]\w*)(?:\[\])?\s*[={(]", re.M)


def clashes_among(files, headers):
    """A line for each pair that cannot be in one batch, of `files` as (path, text) and of what `headers` have."""
    private = collections.defaultdict(list)
    constants = collections.defaultdict(set)
    for path, text in files:
        for one in declarations(text):
            if one.private or one.kind == "used":
                private[one.scope, one.name].append((path, one))
                constants[one.name].add(path)
    for path, text in files:
        for local in LOCAL.finditer(masked(text)):
            for other in sorted(constants[local[1]] - {path}):
                yield f"{local[1]}: a function of {path} has one, {other} keeps one for itself"
    for (scope, name), kept in sorted(private.items()):
        yield from twice(name, kept)
        for around in namespaces_around(scope):
            others = [other for public in headers for other in public.get((around, name), [])]
            yield from hidden(name, kept, others, around == scope)


def hidden(name, kept, others, beside):
    """A private name hides a function of a namespace around, whatever its parameters are."""
    for path, other in others:
        for mine, one in kept:
            if not beside or excludes(one, other):
                yield f"{name}: {mine}:{one.line} keeps what {path}:{other.line} has for all"


def twice(name, kept):
    seen = []
    for path, one in kept:
        for other_path, other in seen:
            if path != other_path and excludes(one, other):
                yield f"{name}: {other_path}:{other.line} and {path}:{one.line} keep one each"
                break
        seen.append((path, one))


def excludes(one, other):
    """Functions that no call can mean both of live side by side, and so does what both use from elsewhere, which is the same
    thing; nothing else of one name does."""
    if one.kind == other.kind == "used":
        return False
    if one.kind != "function" or other.kind != "function":
        return True
    few, many = sorted((one, other), key=lambda function: len(function.parameters))
    count = len(few.parameters)
    alike = all(kind_of(mine) == kind_of(others) for mine, others in zip(few.parameters, many.parameters))
    return alike and len(many.parameters) - many.optional <= count


def kind_of(parameter):
    """What one text or number is given to, another would be given to as well, and a call means whichever fits best."""
    if re.fullmatch(r"(std::string(_view)?&?|char\*)", parameter):
        return "text"
    if re.fullmatch(r"(int|double|(std::)?(size_t|u?int\d+_t)|unsigned)&?", parameter):
        return "number"
    return parameter


def namespaces_around(scope):
    while scope:
        yield scope
        scope = scope.rpartition("::")[0]


def sources(folder, ending):
    for place, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            if name.endswith(ending) and not name.endswith("main.cpp"):
                path = os.path.join(place, name)
                with open(path, encoding="utf-8") as file:
                    yield os.path.relpath(path, ROOT), file.read()


def declared_in(*folders):
    """What the headers below `folders` have for all: (namespace, name) → [(path, declaration)]."""
    found = collections.defaultdict(list)
    for folder in folders:
        for path, text in sources(os.path.join(ROOT, folder), ".h"):
            for one in declarations(text):
                found[one.scope, one.name].append((path, one))
    return found


def clashes():
    headers = {name: declared_in(f"cli/{name}") for name in FOLDERS}
    of_tests = declared_in("tests/support")
    for name, others in FOLDERS.items():
        seen = [headers[other] for other in (name, *others)]
        yield from clashes_among(list(sources(os.path.join(ROOT, "cli", name), ".cpp")), seen)
        yield from clashes_among(list(sources(os.path.join(ROOT, "tests", "unit", name), ".cpp")), [*seen, of_tests])


class PrivateNames(unittest.TestCase):
    def test_no_two_files_of_a_folder_keep_the_same_name(self):
        self.assertEqual(list(clashes()), [])


def found(header="", **files):
    """What clashes among `files`, by stem, whose namespace is a::b, with `header` around."""
    wrapped = [(name, f"namespace a::b {{\n{text}\n}}") for name, text in files.items()]
    public = collections.defaultdict(list)
    for one in declarations(header):
        public[one.scope, one.name].append(("h", one))
    return list(clashes_among(wrapped, [public]))


def unnamed(text):
    return "namespace {\n" + text + "\n}"


class Finder(unittest.TestCase):
    def assert_clash(self, one, other, name):
        self.assertEqual([line.split(":")[0] for line in found(x=one, y=other)], [name])

    def test_types_constants_and_aliases_of_one_name(self):
        for one in ("struct A { int a; };", "class A final : public B<int> {};", "enum class A { kOne };", "using A = int;",
                    "enum A { kOne };", "enum { A, kOther };", "const B A(\"x\");", "const B A{1};", "int A = f(1) << 2;",
                    "constexpr std::array<B, 2> A = {{1, 2}};", "constexpr char A[] = \"{\";", "constexpr int kB = 1, A = 2;",
                    "const std::map<B, std::function<void(int)>> A = {{1, [](int x) { return; }}};",
                    "[[maybe_unused]] const auto A = [](int x) { return x; };", "template <typename T> struct A { T t; };"):
            with self.subTest(one):
                self.assert_clash(unnamed(one), unnamed("using A = long;"), "A")
                self.assertEqual(found(x=unnamed(one), y=unnamed("using Other = long;")), [])

    def test_functions_of_the_same_parameters(self):
        for one, other in (("void f(int a) {}", "int f(const int b) { return b; }"), ("void f() {}", "void f();"),
                           ("void f(std::map<int, int> a, const B& = {}) {}", "void f(std::map<int,int> x, B& b) {}"),
                           ("template <typename T = void> T f(T t) {}", "[[noreturn]] __attribute__((noinline)) void f(T t) {}"),
                           ("B& f(int a[]) {}", "std::function<void(int)> f(int a[]) {}"),
                           ("bool f(const B& a) { return {a < 1}; }", "auto f(B& a) -> int {}"),
                           ("void f(int a) {}", "int f = 1;"), ("struct f { int a; };", "int f() {}")):
            with self.subTest(one):
                self.assert_clash(unnamed(one), unnamed(other), "f")
        self.assert_clash(unnamed("bool operator==(B a, B b) {}"), unnamed("int operator==(B x, B y) {}"), "operator==")

    def test_functions_of_other_parameters_live_side_by_side(self):
        self.assertEqual(found(x=unnamed("void f(int a) {}"), y=unnamed("void f(long a) {}\nvoid f(int a, int b) {}")), [])

    def test_functions_of_which_a_call_can_mean_both(self):
        self.assert_clash(unnamed("void f(B a) {}"), unnamed("void f(B a, int b = 1) {}"), "f")
        self.assert_clash(unnamed("void f() {}"), unnamed("void f(int b = 1) {}"), "f")
        self.assert_clash(unnamed("void f(std::string_view a) {}"), unnamed("void f(const std::string& a) {}"), "f")
        self.assert_clash(unnamed("void f(std::size_t a, B b) {}"), unnamed("void f(double a, B b) {}"), "f")
        self.assertEqual(found(x=unnamed("void f(int a) {}"), y=unnamed("void f(int a, int b) {}\nvoid f(B a, int b = 1) {}")), [])

    def test_what_is_used_from_elsewhere(self):
        self.assert_clash("using c::f;", unnamed("int f(int a) { return a; }"), "f")
        self.assertEqual(found(x="using c::f;", y=unnamed("using c::f;")), [])

    def test_a_functions_constant_shadows_that_of_another_file(self):
        local = "void f() {\n  constexpr auto kA = 1;\n}"
        self.assert_clash(unnamed(local), unnamed("constexpr int kA = 2;"), "kA")
        self.assertEqual(found(x=unnamed(local), y=unnamed(local.replace("f", "g"))), [])

    def test_static_is_private_too(self):
        self.assert_clash("static int f(int a) { return a; }", unnamed("int f(int b) { return b; }"), "f")
        self.assertEqual(found(x="int f(int a) { return a; }", y=unnamed("int g(int b) { return b; }")), [])

    def test_tests_and_their_parameters(self):
        self.assert_clash("TEST(A, IsSo) { f(); }", "TEST(A, IsSo) { g(); }", "A.IsSo")
        self.assert_clash("INSTANTIATE_TEST_SUITE_P(All, A, Values(1));", "INSTANTIATE_TEST_SUITE_P(All, A, B);", "All.A")
        self.assertEqual(found(x="TEST(A, IsSo) {}\nTEST_P(B, IsSo) {}", y="TEST(A, IsOther) {}"), [])

    def test_what_is_no_name_of_the_namespace(self):
        inside = "struct B { int x = 1; void f() {} };\nB::B() : x{1}, y(2) {}\nvoid B::f(int a) const { int x = 1; }"
        self.assertEqual(found(x=unnamed("struct C;\nusing enum D;\nusing namespace d;\nusing std::move;") + inside,
                               y=unnamed("struct C;\nusing enum D;\nint x = 1;\nvoid f(int a);\nusing std::move;")), [])

    def test_other_namespaces_are_other_places(self):
        self.assertEqual(found(x="namespace c {\n" + unnamed("int x = 1;") + "\n}", y=unnamed("int x = 2;")), [])

    def test_what_a_header_has_for_all(self):
        for header in ("namespace a::b { struct A { int a; }; }", "namespace a { void A(int a); }",
                       "namespace a { inline namespace v { } namespace b { constexpr int A = 1; } }"):
            with self.subTest(header):
                lines = found(header, x=unnamed("using A = int;"))
                self.assertEqual(lines, ["A: x:3 keeps what h:1 has for all"])
        self.assertEqual(found("namespace a::c { struct A { int a; }; }\nstruct A { int a; };", x=unnamed("using A = int;")), [])

    def test_a_function_hides_those_of_the_namespaces_around(self):
        f = unnamed("void f(int a) {}")
        self.assertEqual(found("namespace a::b { void f(long a); }", x=f), [])
        self.assertEqual(found("namespace a { void f(long a); }", x=f), ["f: x:3 keeps what h:1 has for all"])


if __name__ == "__main__":
    if sys.argv[1:] == ["list"]:
        print(*clashes(), sep="\n")
    else:
        unittest.main()
