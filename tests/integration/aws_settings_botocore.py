"""Reads AWS's configuration files with botocore and with our reader, and compares region, endpoints, CA file, attempts and
the keys of every credential source.

usage: aws_settings_botocore.py PATH_OF_AWS_SETTINGS_TOOL [COUNT [SEED]]

The corpus is the folder aws_settings: a case is a folder with the files `config` and `credentials`, `environment` (a
variable a line; SERVER is the address of a local server that plays STS, SSO's portal and a container's agent) and other
files of the home folder. Ours must give what botocore gives, and refuse what it refuses. Where it does otherwise on
purpose, `ours.json` says so: {"why": …, "differs": {"region": what ours says, or a part of its refusal}}.

Then COUNT files are made of random lines. Of those the rule is: the value that botocore has, or a refusal.
"""
import copy
import getpass
import hashlib
import http.server
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import urllib.parse

from serving import serve


def ask_nobody(*_):
    raise EOFError("there is nobody to ask for a code")


HOME = tempfile.mkdtemp()
os.environ["HOME"] = HOME  # before botocore is imported: it remembers where SSO's tokens are
getpass.getpass = ask_nobody  # and how to ask for MFA codes
try:
    import botocore.configprovider
    import botocore.hooks
    import botocore.session
    botocore.configprovider.ConfiguredEndpointProvider
except (ImportError, AttributeError):
    print("skipped: python has no botocore that knows endpoint_url")
    sys.exit(77)

CORPUS = pathlib.Path(__file__).parent / "aws_settings"
SERVICES = ["cloudformation", "cognito-idp", "s3", "sts"]
FIELDS = ["region", "ca_bundle", "max_attempts", "credentials"] + [f"endpoints.{name}" for name in SERVICES]
REFUSED = object()


class Aws(http.server.BaseHTTPRequestHandler):
    """Answers with a key that is made of what was asked: other questions, other keys."""

    def log_message(self, *_):
        pass

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def do_GET(self):
        made = "K" + hashlib.sha256((self.path + str(self.headers.get("x-amz-sso_bearer_token"))
                                     + str(self.headers.get("Authorization"))).encode()).hexdigest()[:19]
        if self.path.startswith("/federation"):
            keys = {"accessKeyId": made, "secretAccessKey": "s", "sessionToken": "t", "expiration": 4102444800000}
            return self.answer(200, json.dumps({"roleCredentials": keys}))
        self.answer(200, json.dumps({"AccessKeyId": made, "SecretAccessKey": "s", "Token": "t",
                                     "Expiration": "2100-01-01T00:00:00Z"}))

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        asked = {key: value for key, [value] in urllib.parse.parse_qs(body).items() if key != "RoleSessionName"
                 or "me" == value}
        by = str(self.headers.get("Authorization")).split("Credential=")[-1].split(",")[0].split("/")
        signer = [by[0]] + by[2:4] if len(by) > 4 else []
        made = "K" + hashlib.sha256(json.dumps([sorted(asked.items()), signer]).encode()).hexdigest()[:19]
        self.answer(200, f"<{asked['Action']}Response xmlns='https://sts.amazonaws.com/doc/2011-06-15/'>"
                         f"<{asked['Action']}Result><Credentials><AccessKeyId>{made}</AccessKeyId>"
                         "<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
                         "<Expiration>2100-01-01T00:00:00Z</Expiration></Credentials>"
                         f"</{asked['Action']}Result></{asked['Action']}Response>")


class Judge:
    def __init__(self):
        self.hooks = botocore.hooks.HierarchicalEmitter()
        self.loader = botocore.session.Session(event_hooks=self.hooks).get_component("data_loader")

    def session(self):
        """A fresh one; only to register botocore's own hooks again and again would take most of the time."""
        session = botocore.session.Session(event_hooks=copy.copy(self.hooks), include_builtin_handlers=False)
        session.register_component("data_loader", self.loader)
        return session

    @staticmethod
    def keys(session):
        found = session.get_credentials()
        if found is None:
            return REFUSED
        frozen = found.get_frozen_credentials()
        return {"access_key": frozen.access_key, "secret_key": frozen.secret_key, "token": frozen.token or ""}

    def ask(self, question):
        try:
            return question(self.session())
        except Exception:  # whatever botocore says, and its own slips: it did not read the file
            return REFUSED

    def read(self):
        """What botocore has in the environment that there is now."""
        said = {name: self.ask(lambda s, n=name: s.get_config_variable(n) or default)
                for name, default in [("region", ""), ("ca_bundle", ""), ("max_attempts", 0)]}
        region = said["region"] if isinstance(said["region"], str) and said["region"] else "us-east-1"
        for name in SERVICES:
            said[f"endpoints.{name}"] = self.ask(
                lambda s, n=name: s.create_client(n, region_name=region, aws_access_key_id="a",
                                                  aws_secret_access_key="b").meta.endpoint_url)
        said["credentials"] = self.ask(self.keys)
        return said


def read_ours(tool, environment):
    done = subprocess.run([tool], env=environment, capture_output=True, text=True, timeout=30)
    if done.returncode != 0:
        raise SystemExit(f"{tool} ended with {done.returncode}: {done.stderr}")
    said = json.loads(done.stdout)
    flat = {}
    for field in FIELDS:
        value = said
        if "refused" not in said or field == "credentials":
            for part in field.split("."):
                value = value[part]
        flat[field] = value
    return flat


def refusal(value):
    return value["refused"] if isinstance(value, dict) and "refused" in value else None


def same(field, ours, theirs):
    if refusal(ours) is not None or theirs is REFUSED:
        return refusal(ours) is not None and theirs is REFUSED
    if field.startswith("endpoints."):  # two names of one host; botocore keeps the last slash
        theirs = theirs.rstrip("/").replace("//s3.amazonaws.com", "//s3.us-east-1.amazonaws.com")
    return ours == theirs


def lay_out(files):
    shutil.rmtree(HOME)
    os.mkdir(HOME)
    for name, data in files.items():
        place = {"config": ".aws/config", "credentials": ".aws/credentials"}.get(name, name)
        path = pathlib.Path(HOME, place)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def environment_of(text, server):
    made = {"HOME": HOME, "PATH": "/usr/bin:/bin", "AWS_EC2_METADATA_DISABLED": "true", "LANG": "C.UTF-8"}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, value = line.split("=", 1)
            made[name] = value.replace("SERVER", server).replace("HOME", HOME)
    return made


def compare(tool, judge, environment):
    os.environ.clear()
    os.environ.update(environment)
    theirs = judge.read()
    ours = read_ours(tool, environment)
    return {field: (ours[field], theirs[field]) for field in FIELDS}


def check_case(folder, tool, judge, server):
    """The lines that say what is wrong with a case, and how many fields were compared."""
    skip = ("environment", "ours.json")
    lay_out({str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*")
             if path.is_file() and path.name not in skip})
    text = (folder / "environment").read_text() if (folder / "environment").exists() else ""
    own = json.loads((folder / "ours.json").read_text()) if (folder / "ours.json").exists() else {"differs": {}}
    wrong = []
    for field, (ours, theirs) in compare(tool, judge, environment_of(text, server)).items():
        if field in own["differs"]:
            wanted = own["differs"][field]
            told = refusal(ours)
            if same(field, ours, theirs):
                wrong.append(f"{folder.name}: {field} no longer differs: {ours}")
            elif not (wanted in told.replace(HOME, "~") if told is not None else ours == wanted):
                wrong.append(f"{folder.name}: {field} is {ours}, and ours.json says {wanted}")
        elif not same(field, ours, theirs):
            shown = "refused" if theirs is REFUSED else theirs
            wrong.append(f"{folder.name}: {field} is {ours}, and botocore's {shown}")
    return wrong


HEADS = ["[default]", "[profile dev]", '[profile "my name"]', "[profile my name]", "[dev]", "[default", "[services local]",
         "[profile dev ]", "  [default]", "[default] # x", "[sso-session s]", "[profile 'dev']", "[Default]", "[]"]
LINES = ["region = eu-west-1", "region=us-west-2", "region : eu-central-1", "  region = eu-north-1", "REGION = sa-east-1",
         "region =", "region", "region = eu-west-1 # home", "endpoint_url = http://127.0.0.1:1",
         "  endpoint_url = http://127.0.0.1:2", "\tendpoint_url: http://127.0.0.1:3", "endpoint_url=", "services = local",
         "services: local", "s3 =\n      addressing_style = path", "  s3 =\n      use_accelerate_endpoint = false",
         "cloudformation =", "cognito_identity_provider =", "cognito-idp =",
         "    endpoint_url = http://127.0.0.1:4", "  endpoint_url=http://127.0.0.1:5", "   Endpoint_Url = http://127.0.0.1:6",
         "ignore_configured_endpoint_urls = true", "output = json", "", "   ", "# a comment", "  ; another", "x = y = z",
         "aws_access_key_id = AKIA1", "aws_secret_access_key = one", "aws_session_token = t1",
         "  aws_access_key_id: AKIA2", "aws_secret_access_key : two", "aws_security_token = t2", "ca_bundle = /etc/ca.pem",
         "max_attempts = 3", "max_attempts = three", "= nothing", "\u00a0region = ap-east-1", "duration_seconds = 900",
         "role_arn = arn:aws:iam::1:role/a", "source_profile = dev", "source_profile = default",
         "credential_source = Environment", "credential_process = /bin/echo {}", "use_fips_endpoint = false"]


def random_file(rng):
    heads = rng.sample(HEADS, rng.randint(1, 4))
    if rng.random() < 0.8:
        heads[0] = rng.choice(["[default]", "[profile dev]"])
    lines = []
    for head in heads:
        lines.append(head)
        lines += rng.sample(LINES, rng.randint(0, 6))
    if rng.random() < 0.1:
        lines.insert(0, rng.choice(LINES))
    return rng.choice(["\n", "\n", "\n", "\r\n", "\r"]).join(lines) + rng.choice(["\n", ""])


def check_random(tool, judge, server, count, seed):
    wrong, agreed, refused = [], 0, 0
    for number in range(count):
        rng = random.Random(seed + number)
        files = {"config": random_file(rng).encode(), "credentials": random_file(rng).encode() if rng.random() < 0.5 else b""}
        lay_out(files)
        text = "AWS_ENDPOINT_URL_STS=SERVER\n" + rng.choice(["", "", "AWS_PROFILE=dev\n", "AWS_PROFILE=my name\n"])
        for field, (ours, theirs) in compare(tool, judge, environment_of(text, server)).items():
            if same(field, ours, theirs):
                agreed += 1
            elif refusal(ours) is not None:
                refused += 1
            else:
                shown = "refused" if theirs is REFUSED else theirs
                wrong.append(f"seed {seed + number}: {field} is {ours}, and botocore's {shown}\n"
                             + files["config"].decode() + "\n-- credentials\n" + files["credentials"].decode()
                             + "\n-- environment\n" + text)
    print(f"{count} random files: {agreed} settings the same, {refused} refused by us alone, {len(wrong)} wrong")
    return wrong


def main():
    tool, count, seed = sys.argv[1], int((sys.argv[2:] or ["100"])[0]), int((sys.argv[3:] or ["1"])[0])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Aws)
    serve(server)
    address = f"http://127.0.0.1:{server.server_address[1]}"
    judge, wrong = Judge(), []
    folders = sorted(path for path in CORPUS.iterdir() if path.is_dir())
    for folder in folders:
        wrong += check_case(folder, tool, judge, address)
    print(f"{len(folders)} cases, {len(folders) * len(FIELDS)} settings compared")
    wrong += check_random(tool, judge, address, count, seed)
    shutil.rmtree(HOME)
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
