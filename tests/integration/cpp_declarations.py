"""The names that a C++ source declares at the level of a namespace, as far as plain text shows them.

It knows what this tree is written like, not the language: braces and parentheses balance outside of what is opaque, and
no macro opens a scope.
"""

import collections
import re

# Comments, strings, characters and directives: where a brace is no brace.
OPAQUE = re.compile(
    r"//[^\n]*|/\*.*?\*/"
    r'|R"(?P<end>[^()\\\s]{0,16})\(.*?\)(?P=end)"|"(?:\\.|[^"\\\n])*"'
    r"|(?<!\w)'(?:\\.|[^'\\\n])+'"
    r"|^[ \t]*#(?:\\\n|[^\n])*",
    re.S | re.M,
)

# What a statement may end at, and what a scope or a list begins with.
MARK = re.compile(r"[{};()]")
NAMESPACE = re.compile(r"(?:inline\s+)?namespace\b\s*([\w:]*)\s*$")
TEMPLATE = re.compile(r"\s*template\s*(?=<)")
ATTRIBUTE = re.compile(r"\[\[.*?\]\]|__attribute__\s*\(\(.*?\)\)|\balignas\s*\([^()]*\)")
NO_DECLARATION = re.compile(r"(?:using\s+(?:namespace|enum)|static_assert|friend|extern\s+template|namespace)\b|$")
USED = re.compile(r"using\s+([\w:]+::(\w+))$")

TYPE = re.compile(r"(?:typedef\s+)?(?:class|struct|union|enum(?:\s+(?:class|struct))?)\b\s*(\w*)\s*(?:final\b\s*)?(?::(?!:)|\{|$)")
ENUMERATORS = re.compile(r"\benum\s+(?!class|struct)[^{]*\{([^{}]*)\}")
ALIAS = re.compile(r"using\s+(\w+)\s*=")
TEST = re.compile(r"(?:TEST(?:_F|_P)?|INSTANTIATE_TEST_SUITE_P)\s*\(\s*(\w+)\s*,\s*(\w+)")
MATCHER = re.compile(r"MATCHER(?:_P\d?)?\s*\(\s*(\w+)")
CALLED = re.compile(r"(?:[\w:~]*operator\s*(?:\(\s*\)|[^\s\w(]+|[\w:]+)|[\w:~]+)\s*$")
VARIABLE = re.compile(r"(?<![\w:])(\w+)\s*(?:\[[^\]]*\]\s*)*(?:=|\{|$)")
NEXT_VARIABLE = re.compile(r"\s*[*&]?\s*(\w+)\s*(?:\[[^\]]*\]\s*)*(?:=|\{|$)")
VALUE = re.compile(r"\s*(?:_|\d|[^=(),]*(?:<[^=()]*>)?\s*\{)")
ANGLES = re.compile(r"(?<=\w)<(?:[^<>;=]|<<)*>")
PARAMETER = re.compile(r"(.*[\w>&*\]])(?:\s+|(?<=[&*>]))(\w+)")

# `private`: no other file sees it. `parameters`: of a function the types, in a tuple, of which the last `optional` have a
# value; of a name that is used from elsewhere, where from.
Declaration = collections.namedtuple("Declaration", "scope private kind name parameters optional line")


def masked(text):
    """`text` with nothing in what is opaque but its line breaks."""
    return OPAQUE.sub(lambda match: re.sub(r"[^\n]", "_" if match[0][0] in "\"'R" else " ", match[0]), text)


def declarations(text):
    """Every name that the text of a source declares at the level of a namespace, also of one without a name."""
    code, scopes = masked(text), []
    for start, end in statements(code, scopes):
        line = code.count("\n", 0, end - len(code[start:end].lstrip())) + 1
        head = flat(code[start:end])
        private = "" in scopes or bool(re.match(r"(?:inline |constexpr )*static\b", head)) or bool(TEST.match(head))
        for kind, name, *rest in declared(head, code[start:end]):
            parameters, optional = rest or ("", 0)
            yield Declaration("::".join(filter(None, scopes)), private, kind, name, parameters, optional, line)


def statements(code, scopes):
    """(start, end) of each statement at the level of a namespace; `scopes` are those around the one that was given."""
    start, braces, parentheses = 0, 0, 0
    for mark in MARK.finditer(code):
        at, inside, ended = mark.start(), braces or parentheses, False
        if mark[0] in "()":
            parentheses += 1 if mark[0] == "(" else -1
        elif mark[0] == "{":
            scope = None if inside else NAMESPACE.search(code[start:at])
            if scope:
                scopes.append(scope[1])
                start = at + 1
            else:
                braces += 1
        elif mark[0] == "}" and not inside and scopes:
            scopes.pop()
            start = at + 1
        elif mark[0] == "}":
            braces -= 1
            ended = not braces and not parentheses and ends_function(code, start, at + 1)
        else:
            ended = not inside
        if ended:
            yield start, at + 1
            start = at + 1


def ends_function(code, start, end):
    """Whether the brace before `end` ends a function's body; what else has braces goes on to a semicolon."""
    head = flat(code[start:end])
    if re.match(r"\s*[,{]", code[end : end + 80]) or TYPE.match(head):
        return False
    return "(" in before_value(head)


def flat(text):
    """`text` in one line, with nothing between its braces, without attributes and the head of a template."""
    kept, depth = [], 0
    for part in re.split(r"([{}])", text):
        depth -= part == "}"
        if not depth:
            kept.append(part)
        depth += part == "{"
    text = " ".join(ATTRIBUTE.sub(" ", "".join(kept)).rstrip("; \n").split())
    while template := TEMPLATE.match(text):
        text = text[end_of_angles(text, template.end()) :].lstrip()
    return text


def end_of_angles(text, at):
    depth = 0
    for angle in re.finditer(r"[<>]", text[at:]):
        depth += 1 if angle[0] == "<" else -1
        if not depth:
            return at + angle.end()
    return len(text)


def before_value(head):
    """What stands before the `=` of a value."""
    depth = 0
    for at, character in enumerate(head):
        depth += {"(": 1, "<": 1, ")": -1, ">": -1}.get(character, 0)
        if character == "=" and depth <= 0 and not re.search(r"operator\W*$", head[:at]):
            return head[:at]
    return head


def declared(head, whole):
    """What a statement declares, as (kind, name) or (kind, name, parameters, optional); `head` is `whole` without what is in its braces."""
    if NO_DECLARATION.match(head):
        return []
    if used := USED.match(head):
        return [("used", used[2], used[1], 0)]
    if test := TEST.match(head):
        return [("test", f"{test[1]}.{test[2]}")]
    if named := ALIAS.match(head) or MATCHER.match(head):
        return [("type", named[1])]
    if named := TYPE.match(head):
        return declared_type(named[1], head, whole)
    if "(" in before_value(head):
        return declared_function(before_value(head))
    first, *others = without_angles(head).split(",")
    found = [VARIABLE.search(first)] + [NEXT_VARIABLE.match(other) for other in others]
    return [("value", variable[1]) for variable in found if variable]


def without_angles(text):
    while (inner := ANGLES.sub("", text)) != text:
        text = inner
    return text


def declared_type(name, head, whole):
    """A type that is only announced may be announced twice. The enumerators of a plain enum stand beside it."""
    if "{" not in head:
        return []
    listed = ENUMERATORS.match(whole.lstrip())
    values = [part.split("=")[0].strip() for part in listed[1].split(",")] if listed else []
    return [("type", name)] * bool(name) + [("value", value) for value in values if value]


def declared_function(front):
    """The function that `front` begins with; none where it is a class's, defined outside of it."""
    at = first_parenthesis(front)
    called = CALLED.search(front[:at])
    if not called or re.match(r"~?\w+::", called[0]) or not front[: called.start()].strip():
        return []
    parameters = front[at + 1 :]
    if VALUE.match(parameters):
        return [("value", called[0].strip())]  # made of what is in the parentheses
    listed = parameter_list(parameters)
    optional = sum(before_value(one) != one for one in listed)
    return [("function", called[0].replace(" ", ""), tuple(parameter_type(one) for one in listed if one.strip()), optional)]


def first_parenthesis(front):
    """Where a parameter list begins: behind the types that have one between their angles."""
    depth = 0
    for at, character in enumerate(front):
        if character == "(" and (depth <= 0 or "operator" in front[:at]):
            return at
        depth += {"<": 1, ">": -1}.get(character, 0)
    return len(front)


def parameter_list(text):
    """The parameters of a list, from behind its parenthesis."""
    listed, depth = [""], 0
    for character in text:
        if character == ")" and not depth:
            break
        depth += {"(": 1, "<": 1, "{": 1, ")": -1, ">": -1, "}": -1}.get(character, 0)
        if character == "," and not depth:
            listed.append("")
        else:
            listed[-1] += character
    return listed


def parameter_type(text):
    """Without its name and its default value."""
    text = re.sub(r"\bconst\b", "", before_value(text)).strip()
    named = PARAMETER.fullmatch(text)
    return (named[1] if named else text).replace(" ", "")
