"""The peer of bench/rest_cost.py: what wsdeep-rest-chat does to `GET /chats/{id}`, in Python: the token by PyJWT against
the pool's keys, the item by boto3, the answer as JSON. Serves a Runtime API as awslambdaric does: one connection, `next`,
handler, `response`."""

import http.client
import json
import os
import urllib.request

import boto3
import jwt

ISSUER, CLIENTS = os.environ["COGNITO_ISSUER"], os.environ["COGNITO_CLIENT_IDS"].split(",")
ENDPOINT = os.environ["AWS_ENDPOINT_URL"]
TABLE = boto3.resource("dynamodb", region_name=os.environ["AWS_REGION"], endpoint_url=ENDPOINT).Table(
    os.environ["REST_CHATS_TABLE"])
with urllib.request.urlopen(f"{ENDPOINT}/{ISSUER.rsplit('/', 1)[1]}/.well-known/jwks.json") as answer:
    KEYS = {key["kid"]: jwt.PyJWK(key).key for key in json.load(answer)["keys"]}


def reply(status, body):
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": json.dumps(body)}


def lambda_handler(event, _context):
    token = event["headers"].get("id_token", "")
    try:
        key = KEYS[jwt.get_unverified_header(token)["kid"]]
        claims = jwt.decode(token, key, algorithms=["RS256"], audience=CLIENTS, issuer=ISSUER)
    except (jwt.InvalidTokenError, KeyError) as error:
        return reply(401, {"error": f"Invalid id_token: {error}"})
    item = TABLE.get_item(Key={"id": event["rawPath"].rsplit("/", 1)[1], "user_id": claims["sub"]},
                          ConsistentRead=True).get("Item")
    if item is None:
        return reply(404, {"error": "Chat not found"})
    fields = ("id", "user_id", "title", "created_at", "updated_at", "messages")
    return reply(200, {"chat": {name: item[name] for name in fields}})


def serve():
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    prefix = "/2018-06-01/runtime/invocation/"
    while True:
        connection.request("GET", prefix + "next")
        response = connection.getresponse()
        event = json.loads(response.read())
        result = json.dumps(lambda_handler(event, None))
        connection.request("POST", prefix + response.headers["Lambda-Runtime-Aws-Request-Id"] + "/response", result)
        connection.getresponse().read()


serve()
