"""moto's server (https://docs.getmoto.org), somebody else's reading of AWS, for the tests that want one."""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import unittest
import urllib.error
import urllib.request

from harness import eventually

try:
    import boto3
except ImportError:
    boto3 = None

PROGRAM = shutil.which("moto_server")
needs_moto = unittest.skipUnless(boto3 and PROGRAM, "moto is missing: pip install 'moto[server]' boto3")

# moto makes each region's images anew whenever it forgets, and has hundreds: one is enough.
IMAGES_FILE = pathlib.Path(__file__).resolve().parent.parent / "fakes" / "images.json"
IMAGES = {"MOTO_AMIS_PATH": str(IMAGES_FILE)}
IMAGE = json.loads(IMAGES_FILE.read_text())[0]["ami_id"]
REGION = "us-east-1"
KEY = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}


class MotoServer:
    """Runs until `stop`; moto's own program, or one that stands for it."""

    def __init__(self, program=(PROGRAM,), log=os.devnull, **environment):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.clients = {}
        with open(log, "wb") as file:
            self.process = subprocess.Popen([*program, "-H", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL,
                                            stderr=file, start_new_session=True,
                                            env={**os.environ, **IMAGES, **environment})
        try:
            eventually(self.answers, 60)
        except AssertionError:
            self.stop()
            raise

    def answers(self):
        try:
            return urllib.request.urlopen(self.url + "/moto-api/", timeout=5).status == 200
        except (urllib.error.URLError, OSError):
            return False

    def client(self, service, region=REGION):
        """The same one each time: boto3 takes long to make it."""
        if (service, region) not in self.clients:
            self.clients[service, region] = boto3.client(service, endpoint_url=self.url, region_name=region,
                                                         aws_access_key_id="testing", aws_secret_access_key="testing")
        return self.clients[service, region]

    def reset(self):
        """Forgets all that was made."""
        urllib.request.urlopen(urllib.request.Request(self.url + "/moto-api/reset", method="POST"), timeout=60).read()

    def stop(self):
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait()
