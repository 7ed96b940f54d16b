"""A call that ~/.aws/config sends to a local stack must go there, with the profile's keys and region, and never to AWS."""

import http.server
import os
import pathlib
import subprocess
import tempfile
import unittest

from harness import TIMEOUT, WSDEEP, Run
from serving import serve

KEYS = "aws_access_key_id = AKIAPROFILE\naws_secret_access_key = secret\n"


class Stack(http.server.BaseHTTPRequestHandler):
    """A local stack that knows no stack, and remembers who asked."""

    def log_message(self, *_):
        pass

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append(self.headers["Authorization"].split("Credential=")[1].split(",")[0])
        body = (b"<ErrorResponse><Error><Code>ValidationError</Code><Message>Stack with id chat does not exist</Message>"
                b"</Error></ErrorResponse>")
        self.send_response(400)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class AwsSettings(unittest.TestCase):
    def setUp(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Stack)
        self.server.seen = []
        serve(self.server)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        home = tempfile.TemporaryDirectory()
        self.addCleanup(home.cleanup)
        self.home = pathlib.Path(home.name)
        (self.home / ".aws").mkdir()
        (self.home / ".aws/credentials").write_text("[local]\n" + KEYS)

    def status(self, config, **variables):
        (self.home / ".aws/config").write_text(config.replace("SERVER", self.address))
        # What is sent to AWS by mistake ends at a proxy that is not there.
        environment = {"HOME": str(self.home), "PATH": os.environ["PATH"], "https_proxy": "http://127.0.0.1:1",
                       "AWS_EC2_METADATA_DISABLED": "true", "AWS_PROFILE": "local", **variables}
        return Run(subprocess.run([WSDEEP, "status", "--stack", "chat"], env=environment, cwd=self.home,
                                  capture_output=True, timeout=TIMEOUT))

    def expect_here(self, config, **variables):
        said = self.status(config, **variables)
        self.assertIn("there is no stack 'chat' in eu-west-1", said.err, said)
        who = self.server.seen[-1].split("/")
        self.assertEqual([who[0]] + who[2:4], ["AKIAPROFILE", "eu-west-1", "cloudformation"])

    def test_every_form_of_a_local_stack_is_found(self):
        for config in ["[profile local]\nregion = eu-west-1\nendpoint_url = SERVER\n",
                       "[profile local]\n  region = eu-west-1\n  endpoint_url = SERVER\n",
                       "[profile local]\nregion: eu-west-1\nendpoint_url: SERVER\n",
                       "[profile \"local\"]\r\nregion = eu-west-1\r\nendpoint_url = SERVER/\r\n",
                       "[profile local]\nregion = eu-west-1\nservices = here\n"
                       "[services here]\ncloudformation =\n  endpoint_url = SERVER\n"]:
            with self.subTest(config=config):
                self.expect_here(config)
        self.expect_here("[profile local]\nregion = us-west-2\nendpoint_url = http://127.0.0.1:1\n",
                         AWS_ENDPOINT_URL_CLOUDFORMATION=self.address, AWS_REGION="eu-west-1")

    def test_what_would_go_to_aws_by_a_slip_is_refused_with_its_line(self):
        config = os.path.join(self.home, ".aws/config")
        for text, words, hint in [
                ("[local]\nregion = eu-west-1\nendpoint_url = SERVER\n",
                 ":1: [local] is not profile 'local', although it looks like it", "write [profile NAME] or [default]"),
                ("[profile local]\nregion = eu-west-1\n  endpoint_url = SERVER\n",
                 ":3: this line belongs to the value of 'region'", "indent it no deeper than the setting above it"),
                ("[profile local]\nregion = eu-west-1\nservices = here\n[services here]\nendpoint_url = SERVER\n",
                 ":5: an endpoint_url of no service",
                 "indent it below the service, 'sts =', or move it to the profile"),
                ("[profile local]\nregion = eu-west-1\nendpoint_url = 127.0.0.1:4566\n",
                 ":3: not the URL of an endpoint: '127.0.0.1:4566'", "such as http://127.0.0.1:4566"),
                ("[profile local]\nregion = eu-west-1\nendpoint_url = SERVER # here\n",
                 ":3: 'endpoint_url' has '#' in its value, where some tools begin a comment and others do not",
                 "give the comment a line of its own"),
                ("[profile local]\nregion = eu-west-1\nendpoint_url = SERVER\nendpoint_url = SERVER\n",
                 ":4: 'endpoint_url' is there twice, first in line 3", "take one out"),
                ("[profile local]\nregion = eu-west-1\nuse_fips_endpoint = true\n",
                 ":3: use_fips_endpoint is true, and such endpoints are not known here",
                 "set AWS_USE_FIPS_ENDPOINT=false for this command")]:
            with self.subTest(config=text):
                said = self.status(text)
                self.assertNotEqual(said.code, 0)
                self.assertEqual(said.err, f"wsdeep: error: {config}{words}\n{hint}\n")
        self.assertEqual(self.server.seen, [])


if __name__ == "__main__":
    unittest.main()
