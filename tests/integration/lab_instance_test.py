"""The lab's instance from its user data until it has its name, and how it gives that back when it ends
(played_instance.py): the scripts and services of templates/lab/ run as they are."""

import pathlib
import re
import subprocess
import unittest
import zipfile

from harness import BIN
from played_instance import ROOT, SETTINGS, TIMEOUT_S, WSDEEP, Metadata, PlayedInstance

LAB = ROOT / "templates" / "lab"
VALUES = {"AWS::Region": "us-east-1", "AWS::StackName": "chat-dev", "AWS::URLSuffix": "amazonaws.com", "LabService": "srv-1",
          "LabRedisPassword": "arn:redis", "LabSigningSecret": "arn:signing", "UserPool": "us-east-1_AbC", "Redis": "cache.local",
          "UserPoolClient": "web-client,terminal-client", "LabArguments": "--idle 30m --memory-mb 256",
          "LabPackageBucket": "packages", "LabPackageKey": "lab.zip",
          "PushOrigin": "https://abc.execute-api.us-east-1.amazonaws.com"}
NO_INSTANCE = "echo 'An error occurred (InstanceNotFound) when calling the GetInstance operation' >&2; exit 254"
GET = ("aws servicediscovery get-instance --service-id srv-1 --instance-id lab --query Instance.Attributes.AWS_INSTANCE_IPV4 "
       "--output text")
DEREGISTER = "aws servicediscovery deregister-instance --service-id srv-1 --instance-id lab"


def lab_user_data():
    """Of the launch template of the golden `lab`, its placeholders filled in."""
    text = subprocess.run([WSDEEP, "render"], cwd=SETTINGS / "lab", check=True, capture_output=True, text=True,
                          timeout=TIMEOUT_S).stdout
    block = re.search(r"LabTemplate:.*?Fn::Base64: !Sub\n +- \|\n(.*?)\n +- Redis:", text, re.S).group(1)
    script = re.sub(r"^ {14}", "", block, flags=re.M)
    return re.sub(r"\$\{([^!}]+)\}", lambda match: VALUES[match.group(1)], script)


class LabInstance(PlayedInstance):
    def setUp(self):
        super().setUp()
        with zipfile.ZipFile(self.played / "lab.zip", "w") as package:
            for file in LAB.iterdir():
                package.write(file, file.name)
            package.write("/bin/true", "wsdeep-lab")
        self.fetch = 'if [ "$1 $2" = "s3 cp" ]; then cp /played/lab.zip "${@: -1}"; exit; fi\n'
        self.play("aws", self.fetch)

    def metadata(self):
        return Metadata(**{"local-ipv4": ["10.0.1.7"]})

    def after_user_data(self, script, code=0):
        return self.inside(f"(\n{lab_user_data()}\n)\n: > /played/calls\n" + script, self.metadata(), code)

    def leave(self, get_instance, code=0):
        self.play("aws", self.fetch + f'case "$2" in get-instance) {get_instance};; esac')
        self.after_user_data("/opt/wsdeep/leave", code)
        return self.calls("aws")

    def test_makes_its_services_and_says_what_it_is(self):
        out = self.inside(f"(\n{lab_user_data()}\n)\ncat /etc/wsdeep/lab.env; ls /etc/systemd/system | grep wsdeep-lab\n"
                          "ls -l /opt/wsdeep | grep -c '^-rwxr-xr-x.* \\(leave\\|secrets\\|serve\\|serving\\|wsdeep-lab\\)$'",
                          self.metadata())
        self.assertIn("wsdeep-lab-name.service\nwsdeep-lab-secrets.service\nwsdeep-lab-secrets.timer\nwsdeep-lab.service\n5\n", out)
        self.assertEqual(self.calls("systemctl"), [
            "systemctl daemon-reload",
            "systemctl enable --now --no-block wsdeep-lab.service wsdeep-lab-name.service wsdeep-lab-secrets.timer"])
        self.assertIn("COGNITO_CLIENT_IDS='web-client,terminal-client'\n", out)
        arguments = re.search(r"LAB_ARGUMENTS='(.*)'", out).group(1).split()
        self.assertIn("--require-isolation", arguments)
        self.assertEqual(arguments[arguments.index("--push-origin") + 1], VALUES["PushOrigin"])
        serve = (LAB / "serve").read_text()
        known = subprocess.run([pathlib.Path(BIN) / "wsdeep-lab", "--help"], capture_output=True, text=True, check=True,
                               timeout=TIMEOUT_S).stdout
        for option in re.findall(r"(?<=\s)--[a-z-]+", " ".join(arguments) + serve):
            self.assertRegex(known, rf"(?m)^\s+{option}\b", option)

    def test_a_server_starts_with_its_secrets_and_gets_new_ones_while_it_runs(self):
        self.play("aws", self.fetch + 'case "$*" in *get-secret-value*arn:redis*) cat /played/redis;; '
                                      '*get-secret-value*arn:signing*) cat /played/signing;; esac')
        self.write("redis", "password-1\n")
        self.write("signing", "secret-1\n")
        out = self.after_user_data("""
            /opt/wsdeep/secrets; ls -A /run/wsdeep-secrets
            stat -c %a /run/wsdeep-secrets /run/wsdeep-secrets/signing-secret; [ ! -e /run/wsdeep-lab ] || echo early
            printf '#!/bin/bash\necho "$@"; cat $2 $4; stat -c %%a $2 $4\n' > /opt/wsdeep/wsdeep-lab
            install -d -m 700 /run/wsdeep-lab
            CREDENTIALS_DIRECTORY=/run/wsdeep-secrets RUNTIME_DIRECTORY=/run/wsdeep-lab /opt/wsdeep/serve --idle 30m
            echo untouched > /played/elsewhere; ln -sf /played/elsewhere /run/wsdeep-lab/signing-secret
            chown 61234:61235 /run/wsdeep-lab
            echo secret-2 > /played/signing; echo password-2 > /played/redis; /opt/wsdeep/secrets
            cd /run/wsdeep-lab; stat -c '%n %u:%g %a %F' *; cat * /played/elsewhere; ls -A /run/wsdeep-secrets
            echo 'exit 255' > /played/aws; ! /opt/wsdeep/secrets || echo never; cat *""")
        names = "redis-password\nsigning-secret\n"
        self.assertEqual(out, (
            names + "700\n600\n--redis-password-file /run/wsdeep-lab/redis-password --secret-file "
            "/run/wsdeep-lab/signing-secret --idle 30m\npassword-1\nsecret-1\n600\n600\n"
            "redis-password 61234:61235 600 regular file\nsigning-secret 61234:61235 600 regular file\n"
            "password-2\nsecret-2\nuntouched\n" + names + "password-2\nsecret-2\n"))

    def test_gets_the_labs_name_when_it_serves(self):
        self.write("tools/curl", '#!/bin/bash\ncase "$*" in *8080/health*) ;; *) exec /usr/bin/curl "$@";; esac\n')
        self.after_user_data("/opt/wsdeep/serving")
        self.assertEqual(self.calls("aws"), [
            "aws servicediscovery register-instance --service-id srv-1 --instance-id lab --attributes "
            "AWS_INSTANCE_IPV4=10.0.1.7,AWS_INSTANCE_PORT=8080",
            "aws cloudformation signal-resource --stack-name chat-dev --logical-resource-id LabGroup --unique-id i-1 "
            "--status SUCCESS"])

    def test_gives_its_name_back_when_it_ends(self):
        self.assertEqual(self.leave("echo 10.0.1.7"), [GET, DEREGISTER])

    def test_leaves_the_name_to_the_server_that_has_it_now(self):
        self.assertEqual(self.leave("echo 10.0.2.9"), [GET])

    def test_a_name_that_nobody_has_is_given_back(self):
        self.assertEqual(self.leave(NO_INSTANCE), [GET])

    def test_tries_again_and_says_what_is_in_the_way(self):
        calls = self.leave("[ $(grep -c get-instance /played/calls) -gt 2 ] && echo 10.0.1.7 || { echo Throttling; exit 255; }")
        self.assertEqual(calls, [GET, GET, GET, DEREGISTER])
        calls = self.leave("echo 'AccessDenied: not authorized' >&2; exit 254", code=1)
        self.assertEqual(calls, [GET] * 5)


if __name__ == "__main__":
    unittest.main()
