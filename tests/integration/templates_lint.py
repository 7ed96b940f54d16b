#!/usr/bin/env python3
"""Foreign eyes on every golden template: cfn-lint and the SAM translator.

    templates_lint.py [FOLDER of golden templates]

For both templates of each folder of tests/golden/stack/template, made whole (template_difference.py): cfn-lint finds no error and no
warning, but for EXCEPTIONS below; and the SAM translator accepts and transforms the template, with CodeUri rewritten to
S3 as `wsdeep package` does. What it makes must keep every resource, and every reference of the result must be to
something that exists. User data, its placeholders filled in, must be a script that bash can read.
Exit 0: all well. 1: findings. 77: cfn-lint or aws-sam-translator is not installed (skipped).
"""
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import warnings

from template_difference import NAMES, read_template

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fakes"))

# (rule, resource path prefix or "*", reason). Nothing is excepted today; a line here must say why AWS is right and the
# linter is not.
EXCEPTIONS = []

PSEUDO = {"AWS::AccountId", "AWS::NoValue", "AWS::NotificationARNs", "AWS::Partition", "AWS::Region", "AWS::StackId",
          "AWS::StackName", "AWS::URLSuffix"}


def lint(paths):
    """cfn-lint's errors and warnings by path, as text, the excepted ones left out. One process reads them all: its start
    takes as long as a template."""
    run = subprocess.run(["cfn-lint", "--format", "json", "--", *paths], capture_output=True, text=True, timeout=500)
    try:
        findings = json.loads(run.stdout)  # `[]` when it found nothing
    except ValueError:
        return dict.fromkeys(paths, [f"cfn-lint failed: {run.stdout}{run.stderr}"])
    out = {path: [] for path in paths}
    for finding in findings:
        rule = finding["Rule"]["Id"]
        where = "/".join(str(part) for part in finding["Location"].get("Path") or [])
        excepted = any(rule == r and (p == "*" or where.startswith(p)) for r, p, _ in EXCEPTIONS)
        if rule[0] in "EW" and not excepted:
            line = finding["Location"]["Start"]["LineNumber"]
            # What it has against its own settings is of no file.
            for path in [finding["Filename"]] if finding["Filename"] else paths:
                out[path].append(f"{line}: {rule} {where}: {finding['Message']}")
    return out


def packaged(template):
    """The template after `wsdeep package`: code in S3, every parameter with a value."""
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = {"Bucket": "bucket", "Key": f"{name}.zip"}
    return template


def example_value(parameter):
    if "Default" in parameter:
        return parameter["Default"]
    if "AllowedValues" in parameter:
        return parameter["AllowedValues"][0]
    return str(parameter.get("MinValue", 1)) if parameter["Type"] == "Number" else "example"


def references(node, found):
    """Every name that Ref, Fn::GetAtt and Fn::Sub under `node` mention."""
    if isinstance(node, list):
        for item in node:
            references(item, found)
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        if key == "Ref":
            found.add(value)
        elif key == "Fn::GetAtt":
            found.add(value[0] if isinstance(value, list) else value.split(".")[0])
        elif key == "Fn::Sub":
            text, local = (value, {}) if isinstance(value, str) else (value[0], value[1])
            found.update(name.split(".")[0] for name in re.findall(r"\$\{([^!}][^}]*)\}", text) if name not in local)
        references(value, found)


def user_data(template):
    """What bash -n says about the user data of every launch template."""
    problems = []
    for name, resource in template["Resources"].items():
        if resource["Type"] != "AWS::EC2::LaunchTemplate":
            continue
        text, local = resource["Properties"]["LaunchTemplateData"]["UserData"]["Fn::Base64"]["Fn::Sub"]
        values = dict.fromkeys(re.findall(r"\$\{([^!}][^}]*)\}", text), "example")
        for variable, found in local.items():
            if isinstance(found, dict) and "Fn::FindInMap" in found:
                mapping, first, second = found["Fn::FindInMap"]
                found = template["Mappings"][mapping][first][second]
            values[variable] = found if isinstance(found, str) else "example"
        script = re.sub(r"\$\{([^!}][^}]*)\}", lambda match: values[match.group(1)], text)
        run = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True, timeout=60)
        problems += [f"user data of {name}: {line}" for line in run.stderr.splitlines()]
    return problems


def transform(template):
    """What the SAM translator has against the template, which it changes, and what is wrong with what it makes."""
    warnings.simplefilter("ignore", DeprecationWarning)
    import boto3
    from sam_templates import NoPolicies
    from samtranslator.translator.transform import transform as sam_transform
    from samtranslator.validator.validator import SamTemplateValidator
    from samtranslator.model.exceptions import InvalidDocumentException

    template = packaged(template)
    before = set(template["Resources"])
    problems = [f"schema: {error}" for error in SamTemplateValidator().get_errors(template) or []]
    parameters = {name: example_value(parameter) for name, parameter in template.get("Parameters", {}).items()}
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    boto3.setup_default_session(region_name="us-east-1")
    try:
        result = sam_transform(template, parameters, NoPolicies())
    except InvalidDocumentException as fault:
        return problems + [f"translator: {cause.message}" for cause in fault.causes]
    lost = before - set(result["Resources"])
    problems += [f"translator: lost the resource {name}" for name in sorted(lost)]
    found = set()
    references(result["Resources"], found)
    references(result.get("Outputs", {}), found)
    known = PSEUDO | set(result["Resources"]) | set(result.get("Parameters", {}))
    return problems + [f"translator: {name} is referred to and does not exist" for name in sorted(found - known)]


def problems_of(paths):
    """What is wrong with each of the templates, by path."""
    from sam_templates import parse_template

    found = lint(paths)
    for path in paths:
        template = parse_template(pathlib.Path(path).read_text())
        found[path] += user_data(template) + transform(template)
    return found


def problems_of_all(texts):
    """What is wrong with each text. Many environments have the same nodes: each text is looked at once."""
    with tempfile.TemporaryDirectory() as work:
        paths = {}
        for number, text in enumerate(sorted(set(texts), key=len, reverse=True)):
            paths[text] = f"{work}/{number}.yaml"
            pathlib.Path(paths[text]).write_text(text, encoding="utf-8")
        cores = os.cpu_count() or 1
        shares = [share for share in (list(paths.values())[core::cores] for core in range(cores)) if share]
        with concurrent.futures.ProcessPoolExecutor(cores) as pool:
            found = {path: problems for done in pool.map(problems_of, shares) for path, problems in done.items()}
        return {text: found[path] for text, path in paths.items()}


def main():
    try:
        import samtranslator  # noqa: F401
        subprocess.run(["cfn-lint", "--version"], capture_output=True, check=True, timeout=60)
    except (ImportError, OSError, subprocess.CalledProcessError) as missing:
        print(f"SKIPPED: cfn-lint or aws-sam-translator is missing ({missing})")
        return 77
    default = pathlib.Path(__file__).resolve().parent.parent / "golden" / "stack" / "template"
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    folders = sorted(path.parent for path in folder.glob("*/expected.*"))
    if len(folders) < 6:
        print(f"only {len(folders)} golden templates in {folder}, expected six or more")
        return 1
    failed = 0
    # Where Amazon Bedrock answers there are no nodes.
    templates = [(one, name) for one in folders for name in NAMES if any(one.glob(f"{name}.*"))]
    texts = {template: read_template(*template) for template in templates}
    found = problems_of_all(texts.values())
    for (one, name), text in texts.items():
        problems = found[text]
        failed += bool(problems)
        print(f"{'FAILED' if problems else 'ok':6} {one.name} {name}", flush=True)
        for problem in problems:
            print(f"         {problem}")
    count = len(templates)
    print(f"{count - failed} of {count} templates pass, {len(EXCEPTIONS)} exceptions")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
