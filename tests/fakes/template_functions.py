"""The functions of CloudFormation's templates over moto's resources: strictly, where moto's own reading lets an unknown
name pass, and with what moto lacks (`Fn::Cidr`, `!Condition`, conditions in lists).

What is executed is written, one line each, to the file that WSDEEP_EXECUTED names: `<logical id> <function> <argument>`;
and to the one with `.wanted` behind its name all that a template has (`expressions_of`), so that a test can tell what was
never executed.
"""

import base64
import contextvars
import ipaddress
import json
import os
import re

PSEUDO = ("AWS::AccountId", "AWS::NoValue", "AWS::Partition", "AWS::Region", "AWS::StackId", "AWS::StackName",
          "AWS::URLSuffix")
VARIABLE = re.compile(r"\$\{([^!}][^}]*)\}")
OWNER = contextvars.ContextVar("the resource whose properties are evaluated", default="template")


class TemplateFault(Exception):
    """What CloudFormation refuses a template for, in its words."""


def executed(kind, argument):
    note([f"{OWNER.get()} {kind} {argument}"], "")


def wanted(expressions):
    note(expressions, ".wanted")


NOTED = {"": set(), ".wanted": set()}


def note(lines, suffix):
    path = os.environ.get("WSDEEP_EXECUTED")
    new = [line for line in lines if line not in NOTED[suffix]]
    if path and new:
        NOTED[suffix].update(new)
        with open(path + suffix, "a", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in new)


def evaluate(node, names):
    """`node` with its functions replaced by their values; `AWS::NoValue` takes away what has it."""
    if isinstance(node, list):
        return [value for value in (evaluate(item, names) for item in node) if value is not None]
    if not isinstance(node, dict):
        return node
    if len(node) == 1:
        (key, argument), = node.items()
        if key in FUNCTIONS and (key != "Condition" or isinstance(argument, str)):
            return FUNCTIONS[key](argument, names)
    found = {key: evaluate(value, names) for key, value in node.items()}
    return {key: value for key, value in found.items() if value is not None}


def ref(name, names):
    executed("Ref", name)
    try:
        found = names[name]
    except KeyError:
        raise TemplateFault(f"Unresolved resource dependencies [{name}] in the Resources block of the template") from None
    if found is None and name != "AWS::NoValue":
        raise TemplateFault(f"{OWNER.get()} refers to {name}, whose condition is false")
    return getattr(found, "physical_resource_id", found)


def get_att(argument, names):
    name, attribute = attribute_of(argument)
    executed("GetAtt", f"{name}.{attribute}")
    ref(name, names)
    return ATTRIBUTES["of"](names[name], attribute)


def attribute_of(argument):
    return argument.split(".", 1) if isinstance(argument, str) else (argument[0], ".".join(argument[1:]))


# Who knows a resource's attributes: whole_moto sets it.
ATTRIBUTES = {"of": lambda resource, attribute: resource.get_cfn_attribute(attribute)}


def sub(argument, names):
    text, local = (argument, {}) if isinstance(argument, str) else argument
    known = {name: evaluate(value, names) for name, value in local.items()}

    def value_of(match):
        name = match.group(1).strip()
        if name in known:
            return text_of(known[name])
        return text_of(get_att(name, names) if "." in name else ref(name, names))

    return VARIABLE.sub(value_of, text).replace("${!", "${")


def text_of(value):
    if isinstance(value, (dict, list)) or value is None:
        raise TemplateFault(f"Fn::Sub expects a string for each variable, got {json.dumps(value, default=str)}")
    return str(value)


def condition(name, names):
    executed("Condition", name)
    if name not in names.lazy_condition_map:
        raise TemplateFault(f"Unresolved condition dependency {name} in the template")
    holds = names.lazy_condition_map[name]
    executed(f"Condition:{str(holds).lower()}", name)
    return holds


def choose(argument, names):
    name, yes, no = argument
    return evaluate(yes if condition(name, names) else no, names)


def find_in_map(argument, names):
    found = names[argument[0]]
    for key in argument[1:]:
        key = evaluate(key, names)
        if key not in found:
            raise TemplateFault(f"Template error: Unable to get mapping for {'::'.join(map(str, argument))}")
        found = found[key]
    return found


def join(argument, names):
    return argument[0].join(text_of(item) for item in evaluate(argument[1], names))


def select(argument, names):
    index, items = int(evaluate(argument[0], names)), evaluate(argument[1], names)
    if not isinstance(items, list) or index >= len(items):
        raise TemplateFault(f"Template error: Fn::Select cannot select nonexistent value at index {index}")
    return items[index]


def cidr(argument, names):
    block, count, bits = (evaluate(item, names) for item in argument)
    network = ipaddress.ip_network(block)
    parts = network.subnets(new_prefix=network.max_prefixlen - int(bits))
    return [str(next(parts)) for _ in range(int(count))]


def zones(argument, names):
    region = evaluate(argument, names) or names["AWS::Region"]
    return [region + letter for letter in "abc"]


FUNCTIONS = {
    "Ref": ref,
    "Condition": condition,
    "Fn::And": lambda argument, names: all([evaluate(item, names) for item in argument]),
    "Fn::Base64": lambda argument, names: base64.b64encode(evaluate(argument, names).encode()).decode(),
    "Fn::Cidr": cidr,
    "Fn::Equals": lambda argument, names: str(evaluate(argument[0], names)) == str(evaluate(argument[1], names)),
    "Fn::FindInMap": find_in_map,
    "Fn::GetAZs": zones,
    "Fn::GetAtt": get_att,
    "Fn::If": choose,
    "Fn::Join": join,
    "Fn::Not": lambda argument, names: not evaluate(argument[0], names),
    "Fn::Or": lambda argument, names: any([evaluate(item, names) for item in argument]),
    "Fn::Select": select,
    "Fn::Split": lambda argument, names: evaluate(argument[1], names).split(argument[0]),
    "Fn::Sub": sub,
}


def expressions_of(template):
    """Every line that evaluating all of the template would write."""
    found = {f"template Condition {name}" for name in template.get("Conditions", {})}
    for name, resource in template["Resources"].items():
        found |= set(expressions_in(resource.get("Properties", {}), name))
        found |= {f"{name} DependsOn {other}" for other in dependencies_of(resource)}
        found |= {f"{name} Condition {resource['Condition']}"} if "Condition" in resource else set()
    for name, output in template.get("Outputs", {}).items():
        found |= set(expressions_in(output["Value"], f"output:{name}"))
    return found


def expressions_in(node, owner):
    """The same of what stands at one place."""
    if isinstance(node, list):
        for item in node:
            yield from expressions_in(item, owner)
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        if key == "Ref":
            yield f"{owner} Ref {value}"
        elif key == "Fn::GetAtt":
            yield f"{owner} GetAtt {'.'.join(attribute_of(value))}"
        elif key == "Fn::If":
            yield f"{owner} Condition {value[0]}"
        elif key == "Fn::Sub":
            yield from variables_in(value, owner)
        yield from expressions_in(value, owner)


def variables_in(value, owner):
    text, local = (value, {}) if isinstance(value, str) else value
    for name in VARIABLE.findall(text):
        if name.strip() not in local:
            yield f"{owner} {'GetAtt' if '.' in name else 'Ref'} {name.strip()}"


def dependencies_of(resource):
    named = resource.get("DependsOn", [])
    return [named] if isinstance(named, str) else named
