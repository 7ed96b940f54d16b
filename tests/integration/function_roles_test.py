"""What a function calls, its role allows: the program alone, with the environment that the template gives it, and services
that remember who was asked for what."""

import json
import os
import shutil
import subprocess
import tempfile
import threading
import time
import unittest

from harness import WSDEEP
from played_runtime import PlayedFunction, Service

SETTINGS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "golden", "stack", "template",
                        "backend-in-vpc", "wsdeep.yaml")
CLIENT = {"connectionId": {"S": "c-1"}, "sessionId": {"S": "s-1"}, "userId": {"S": "u-1"}, "createdAt": {"N": "1"},
          "expiresAt": {"N": "4102444800"}}
REFUSED = {"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException", "message": "no"}


def name_in(value):
    """Of what a template refers to, without its account."""
    if "Ref" in value:
        return value["Ref"]
    if "Fn::GetAtt" in value:
        return value["Fn::GetAtt"][0]
    return "@connections" if "@connections" in value["Fn::Sub"] else value["Fn::Sub"]


class FunctionRoles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        text = subprocess.run([WSDEEP, "render", "--settings", SETTINGS, "--format", "json"], check=True,
                              capture_output=True, text=True).stdout
        cls.template = json.loads(text)

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="wsdeep-roles-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.calls, self.told, self.answers, self.over = [], [], {}, threading.Event()
        self.service = Service(self.serve)
        self.addCleanup(self.service.close)
        self.addCleanup(self.over.set)

    def serve(self, request, body):
        target = request.headers.get("X-Amz-Target")
        if request.path.startswith("/backend/"):
            self.told += [json.loads(body)] if body else []
            return request.reply(200, b'{"valid":true}')
        if target is None and "/functions/" in request.path:
            name = request.path.split("/")[3]
            self.told.append(json.loads(body))
            made = [("lambda:InvokeFunction", name)]
        elif target is None:
            made = [("execute-api:ManageConnections", "@connections")]
        else:
            made = self.calls_of(target.split(".")[1], json.loads(body))
        self.calls += made
        answer = self.answers.get(made[0], (200, {"Items": [], "Count": 0} if made[0][0] == "dynamodb:Query" else {}))
        if answer is None:
            return self.over.wait()
        return request.reply(answer[0], json.dumps(answer[1]).encode())

    @staticmethod
    def calls_of(action, fields):
        if action == "TransactWriteItems":
            return [(f"dynamodb:{kind}Item", one["TableName"])
                    for item in fields["TransactItems"] for kind, one in item.items()]
        if action == "GetSecretValue":
            return [("secretsmanager:GetSecretValue", fields["SecretId"])]
        if action == "SendMessage":
            return [("sqs:SendMessage", fields["QueueUrl"].rsplit("/", 1)[1])]
        return [("dynamodb:" + action, fields["TableName"])]

    def function(self, name):
        """`wsdeep-NAME` where each resource is called as in the template."""
        address = "http://" + self.service.address
        resources = self.template["Resources"]
        wanted = resources[name.capitalize() + "Function"]["Properties"]["Environment"]["Variables"]
        environment = {key: value["Ref"] for key, value in wanted.items() if value.get("Ref") in resources}
        known = {"BACKEND_URL": address + "/backend", "BACKEND_SECRET": "BackendSecret",
                 "UNTOLD_QUEUE": address + "/1/UntoldDisconnects"}
        environment.update({key: value for key, value in known.items() if key in wanted})
        self.answers["secretsmanager:GetSecretValue", "BackendSecret"] = (200, {"SecretString": "s" * 64})
        played = PlayedFunction(name, os.path.join(self.folder, "log"), AWS_ENDPOINT_URL=address,
                                AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI=address + "/dev", **environment)
        self.addCleanup(played.close)
        return played

    def allowed(self, name):
        policies = self.template["Resources"][name.capitalize() + "Role"]["Properties"]["Policies"]
        statements = [one for policy in policies for one in policy["PolicyDocument"]["Statement"]
                      if isinstance(one["Resource"], dict) and one["Effect"] == "Allow"]
        return {(action, name_in(one["Resource"])) for one in statements
                for action in ([one["Action"]] if isinstance(one["Action"], str) else one["Action"])}

    def require_allowed(self, name, *expected):
        """Of what was called nothing is forbidden; `expected` was called."""
        self.assertEqual(set(self.calls) - self.allowed(name), set())
        self.assertEqual(set(expected) - set(self.calls), set())

    @staticmethod
    def event(route):
        return {"headers": {}, "queryStringParameters": {"sessionId": "s-1"}, "isBase64Encoded": False,
                "requestContext": {"connectionId": "c-1", "routeKey": route, "requestId": "r-1", "apiId": "api",
                                   "domainName": "x.example.com", "stage": "dev", "connectedAt": 1732100000000,
                                   "eventType": route[1:].upper(), "authorizer": {"userId": "u-1", "username": "ann"}}}

    def test_one_who_comes_in(self):
        self.answers["dynamodb:UpdateItem", "ChatsTable"] = (200, {"Attributes": {"userId": {"S": "u-1"}}})
        self.assertEqual(self.function("connect").call(self.event("$connect"))["statusCode"], 200)
        self.require_allowed("connect", ("dynamodb:PutItem", "BackendConnectionsTable"),
                             ("dynamodb:PutItem", "ConnectionsTable"))

    def test_one_whom_the_chat_refuses(self):
        others = {"userId": {"S": "u-2"}, "ttl": {"N": "4102444800"}}
        self.answers["dynamodb:UpdateItem", "ChatsTable"] = (400, {**REFUSED, "Item": others})
        self.assertEqual(self.function("connect").call(self.event("$connect"))["statusCode"], 403)
        self.require_allowed("connect", ("dynamodb:DeleteItem", "BackendConnectionsTable"))

    def test_one_who_leaves(self):
        self.answers["dynamodb:Query", "BackendConnectionsTable"] = (200, {"Items": [CLIENT], "Count": 1})
        rooms = {"connectionId": {"S": "c-1"}, "rooms": {"SS": ["lobby"]}}
        self.answers["dynamodb:GetItem", "ConnectionsTable"] = (200, {"Item": rooms})
        self.assertEqual(self.function("disconnect").call(self.event("$disconnect"))["statusCode"], 200)
        self.require_allowed("disconnect", ("lambda:InvokeFunction", "BackendFunction"),
                             ("dynamodb:DeleteItem", "BackendConnectionsTable"), ("dynamodb:DeleteItem", "ConnectionsTable"))

    def test_one_who_leaves_while_the_table_cannot_be_read(self):
        table = "dynamodb:Query", "BackendConnectionsTable"
        self.answers[table] = (500, {"__type": "InternalServerError"})
        self.assertEqual(self.function("disconnect").call(self.event("$disconnect"))["statusCode"], 200)
        self.require_allowed("disconnect", ("dynamodb:DeleteItem", "ConnectionsTable"))
        self.assertEqual(self.told, [{"disconnected": {"connectionId": "c-1", "sessionId": "", "userId": ""}}])
        self.calls.clear()
        self.answers[table] = (200, {"Items": [CLIENT], "Count": 1})
        backend = self.function("backend")
        self.assertEqual(backend.call(self.told[0]), {})
        self.require_allowed("backend", table)
        self.assertEqual(self.told[1:], [{"connectionId": "c-1", "sessionId": "s-1", "userId": "u-1"}])
        self.answers[table] = (200, {"Items": [], "Count": 0})
        self.told[0]["disconnected"]["connectionId"] = "c-2"
        self.assertEqual(backend.call(self.told[0]), {})
        self.assertEqual(len(self.told), 2, "it is none of the backend's")

    def test_a_word_that_nobody_takes_leaves_the_chat_its_time(self):
        self.answers["dynamodb:Query", "BackendConnectionsTable"] = (200, {"Items": [CLIENT], "Count": 1})
        for silent in (("lambda:InvokeFunction", "BackendFunction"), ("sqs:SendMessage", "UntoldDisconnects")):
            self.answers[silent] = None
        function = self.function("disconnect")
        function.patience = 10
        function.events.put(self.event("$disconnect"))
        begun = time.monotonic()
        self.assertEqual(function.answers.get(timeout=20)[0], "error", "the word is lost, and so it says")
        self.assertLess(time.monotonic() - begun, 9)
        self.require_allowed("disconnect", ("sqs:SendMessage", "UntoldDisconnects"),
                             ("dynamodb:DeleteItem", "ConnectionsTable"))


if __name__ == "__main__":
    unittest.main()
