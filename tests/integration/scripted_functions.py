"""A local system whose functions are scripts of the test: what API Gateway and Lambda make of any answer, and of none."""

import os
import shutil
import sys

import harness

# One function: asks the Runtime API for an event, answers it with what `answer` makes of it, and begins anew. Text is
# answered as it is, everything else as JSON.
FUNCTION = """#!{python}
import http.client, json, os, signal, sys, time

{source}

host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
while True:
    api = http.client.HTTPConnection(host, int(port))
    api.request("GET", "/2018-06-01/runtime/invocation/next")
    response = api.getresponse()
    request_id = response.headers["Lambda-Runtime-Aws-Request-Id"]
    event = json.loads(response.read())
    try:
        result = answer(event, request_id)
        kind, body = "response", result if isinstance(result, str) else json.dumps(result)
    except Exception as error:
        kind, body = "error", json.dumps({{"errorMessage": str(error), "errorType": type(error).__name__}})
    api.request("POST", f"/2018-06-01/runtime/invocation/{{request_id}}/{{kind}}", body)
    api.getresponse().read()
"""

ALLOW = """
def answer(event, request_id):
    return {"principalId": "u-1", "policyDocument": {"Version": "2012-10-17", "Statement": [
        {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": event["methodArn"]}]}}
"""
DONE = """
def answer(event, request_id):
    return {"statusCode": 200}
"""


class ScriptedSystem(harness.System):
    """`scripts`: for functions by name (`authorizer`, `connect`, …), Python that defines `answer(event, request_id)`."""

    def __init__(self, *options, **scripts):
        super().__init__(*options)
        folder = os.path.join(self.state, "bin")
        os.mkdir(folder)
        self.program = os.path.join(folder, "wsdeep")
        shutil.copy2(harness.WSDEEP, self.program)
        for name in harness.function_names():
            source = scripts.get(name, ALLOW if name == "authorizer" else DONE)
            path = os.path.join(folder, "wsdeep-" + name)
            with open(path, "w", encoding="utf-8") as file:
                file.write(FUNCTION.format(python=sys.executable, source=source))
            os.chmod(path, 0o755)

    def function(self, name):
        """What `local status` says of a function."""
        return next(f for f in self.status()["functions"] if f["name"] == "wsdeep-" + name)
