"""What boto3 sees of REST chat's table, and does to it. Exit 0: as it should be."""

import argparse
import json
import sys

import boto3

arguments = argparse.ArgumentParser()
for name in ("endpoint", "access-key", "secret-key", "table", "step"):
    arguments.add_argument("--" + name, required=True)
arguments.add_argument("--id", default="")
arguments.add_argument("--user", default="")
options = arguments.parse_args()
session = boto3.session.Session(options.access_key, options.secret_key, region_name="us-east-1")
database = session.resource("dynamodb", endpoint_url=options.endpoint)


def create():
    """The document's table, which has no index."""
    table = database.create_table(
        TableName=options.table,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"},
                              {"AttributeName": "user_id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "user_id", "KeyType": "RANGE"}],
        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 5})
    table.wait_until_exists()
    # A chat that the system of before has left there.
    table.put_item(Item={"id": options.id, "user_id": options.user, "title": "Before", "created_at": "2024-01-01T12:00:00Z",
                         "updated_at": "2024-01-01T12:00:00Z",
                         "messages": [{"role": "user", "content": "old question"},
                                      {"role": "assistant", "content": "old answer"}]})


def show():
    item = database.Table(options.table).get_item(Key={"id": options.id, "user_id": options.user}).get("Item")
    print(json.dumps(item, default=str))


{"create": create, "show": show}[options.step]()
sys.exit(0)
