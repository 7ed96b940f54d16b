"""moto's server (https://docs.getmoto.org), somebody else's reading of AWS, for the tests that want one."""

import os
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

REGION = "us-east-1"
KEY = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}


class MotoServer:
    """Runs until `stop`."""

    def __init__(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen([PROGRAM, "-H", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, start_new_session=True)
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

    def client(self, service):
        return boto3.client(service, endpoint_url=self.url, region_name=REGION, aws_access_key_id="testing",
                            aws_secret_access_key="testing")

    def stop(self):
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait()
