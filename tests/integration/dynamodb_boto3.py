#!/usr/bin/env python3
"""Runs a table of DynamoDB scenarios through boto3 at any endpoint: ours, moto's server, or AWS itself.

    moto_server -H 127.0.0.1 -p 5000 &
    tests/integration/dynamodb_boto3.py --endpoint http://127.0.0.1:5000

Each scenario is steps of (operation, parameters, expectation). An expectation is the part of the answer that must be
there, or an error `Fault(code, text in the message)`. What moto answers differently from AWS is marked AWS_ONLY, with
what moto does; with --moto such a step has to fail. After the table, random operations are compared with a plain map.
"""
import argparse
import random
import sys
import uuid
from decimal import Decimal

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.config import Config
from botocore.exceptions import ClientError

AWS_ONLY = "aws-only"


class Fault:
    def __init__(self, code, text=""):
        self.code, self.text = code, text


def S(text):
    return {"S": text}


def N(number):
    return {"N": str(number)}


KEY = {"chatId": S("c"), "itemKey": S("meta")}
TABLE = dict(
    BillingMode="PAY_PER_REQUEST",
    AttributeDefinitions=[{"AttributeName": n, "AttributeType": t}
                          for n, t in (("chatId", "S"), ("itemKey", "S"), ("userId", "S"), ("updatedAt", "N"))],
    KeySchema=[{"AttributeName": "chatId", "KeyType": "HASH"}, {"AttributeName": "itemKey", "KeyType": "RANGE"}],
    GlobalSecondaryIndexes=[{"IndexName": "UserIdIndex", "Projection": {"ProjectionType": "ALL"},
                             "KeySchema": [{"AttributeName": "userId", "KeyType": "HASH"},
                                           {"AttributeName": "updatedAt", "KeyType": "RANGE"}]}])


def put(key, **attributes):
    return "put_item", {"Item": {"chatId": S("c"), "itemKey": S(key), **attributes}}, {}


def update(expression, values=None, names=None, expect=None, **more):
    parameters = {"Key": KEY, "UpdateExpression": expression, "ReturnValues": "ALL_NEW", **more}
    if values:
        parameters["ExpressionAttributeValues"] = values
    if names:
        parameters["ExpressionAttributeNames"] = names
    return "update_item", parameters, expect


def after(**attributes):
    return {"Attributes": {**KEY, **attributes}}


def keys(*names):
    return lambda answer: [item["itemKey"]["S"] for item in answer["Items"]] == list(names)


def query(condition, values, expect, **more):
    return "query", {"KeyConditionExpression": condition, "ExpressionAttributeValues": values, **more}, expect


INVALID = "ValidationException"
FAILED = Fault("ConditionalCheckFailedException", "The conditional request failed")
FIVE_MESSAGES = [put(f"msg#{n}", n=N(n), odd={"BOOL": n % 2 == 1}) for n in range(5)]

SCENARIOS = [
    ("an item comes back as it was put", [
        put("meta", n=N("1.50"), l={"L": [S("x"), {"NULL": True}]}, b={"B": b"\x00\xff"}, m={"M": {"k": {"BOOL": True}}}),
        ("get_item", {"Key": KEY}, {"Item": {**KEY, "l": {"L": [S("x"), {"NULL": True}]}, "b": {"B": b"\x00\xff"},
                                             "m": {"M": {"k": {"BOOL": True}}}}}),
        ("get_item", {"Key": {"chatId": S("c"), "itemKey": S("none")}}, lambda answer: "Item" not in answer),
    ]),
    ("numbers are canonical", [
        put("meta", n=N("1.50")),
        ("get_item", {"Key": KEY}, {"Item": {"n": N("1.5")}}, AWS_ONLY, "moto keeps the text 1.50"),
    ]),
    ("a projection keeps the structure", [
        put("meta", a=N(1), m={"M": {"x": N(1), "y": N(2)}}),
        ("get_item", {"Key": KEY, "ProjectionExpression": "#m.y, a", "ExpressionAttributeNames": {"#m": "m"}},
         lambda answer: answer["Item"] == {"a": N(1), "m": {"M": {"y": N(2)}}}),
    ]),
    ("a condition guards a put", [
        ("put_item", {"Item": {**KEY}, "ConditionExpression": "attribute_not_exists(chatId)"}, {}),
        ("put_item", {"Item": {**KEY}, "ConditionExpression": "attribute_not_exists(chatId)"}, FAILED),
        ("delete_item", {"Key": KEY, "ConditionExpression": "attribute_exists(nope)"}, FAILED),
        ("delete_item", {"Key": KEY, "ReturnValues": "ALL_OLD"}, {"Attributes": KEY}),
    ]),
    ("conditions compare", [
        put("meta", a=N(5), s=S("abc"), ss={"SS": ["x", "y"]}),
        update("SET z = :v", {":v": N(1), ":a": N(3), ":b": N(9)}, expect=after(z=N(1)),
               ConditionExpression="a BETWEEN :a AND :b AND NOT attribute_exists(nope)"),
        update("SET z = :v", {":v": N(2), ":p": S("ab"), ":x": S("x")}, expect=after(z=N(2)),
               ConditionExpression="begins_with(s, :p) AND contains(ss, :x) AND size(s) > :v"),
        update("SET z = :v", {":v": N(3), ":one": N(5), ":two": N(6)}, expect=after(z=N(3)),
               ConditionExpression="a IN (:one, :two) OR s = :v"),
        update("SET z = :v", {":v": N(4)}, expect=FAILED, ConditionExpression="a < :v"),
        update("SET z = :v", {":v": N(4)}, expect=after(z=N(4)), ConditionExpression="nope <> :v"),
    ]),
    ("updates compute from the item as it was", [
        update("SET a = :n", {":n": N(1)}, expect=after(a=N(1))),
        update("SET a = a + :n, b = if_not_exists(b, :n)", {":n": N("0.1")}, expect=after(a=N("1.1"), b=N("0.1"))),
        update("ADD hits :n", {":n": N(2)}, expect=after(hits=N(2))),
        update("ADD hits :n", {":n": N(-3)}, expect=after(hits=N(-1))),
        update("SET l = list_append(if_not_exists(l, :e), :x)", {":e": {"L": []}, ":x": {"L": [N(1)]}},
               expect=after(l={"L": [N(1)]})),
        update("SET l = list_append(l, :x)", {":x": {"L": [N(2)]}}, expect=after(l={"L": [N(1), N(2)]})),
        update("SET l[0] = :n REMOVE hits", {":n": N(9)}, expect=after(l={"L": [N(9), N(2)]})),
        update("REMOVE l[0]", expect=after(l={"L": [N(2)]})),
        update("SET #m = :m", {":m": {"M": {}}}, {"#m": "map"}, expect=after(map={"M": {}})),
        update("SET #m.k = :n", {":n": N(1)}, {"#m": "map"}, expect=after(map={"M": {"k": N(1)}})),
        update("ADD tags :t", {":t": {"SS": ["a", "b"]}}, expect={}),
        update("DELETE tags :t", {":t": {"SS": ["a"]}}, expect=after(tags={"SS": ["b"]})),
        update("DELETE tags :t", {":t": {"SS": ["b"]}}, expect=lambda answer: "tags" not in answer["Attributes"]),
    ]),
    ("a swap swaps", [
        put("meta", a=N(1), b=N(2)),
        update("SET a = b, b = a", expect=after(a=N(2), b=N(1))),
    ]),
    ("only updated values return when asked", [
        put("meta", a=N(1), b=N(2)),
        ("update_item", {"Key": KEY, "UpdateExpression": "SET a = :n", "ExpressionAttributeValues": {":n": N(5)},
                         "ReturnValues": "UPDATED_NEW"}, lambda answer: answer["Attributes"] == {"a": N(5)}),
        ("update_item", {"Key": KEY, "UpdateExpression": "SET a = :n", "ExpressionAttributeValues": {":n": N(6)},
                         "ReturnValues": "UPDATED_OLD"}, lambda answer: answer["Attributes"] == {"a": N(5)}),
    ]),
    ("bad updates are refused", [
        put("meta", a=S("text")),
        update("SET a = a + :n", {":n": N(1)}, expect=Fault(INVALID, "incorrect data type")) +
        (AWS_ONLY, "moto words a wrong type in the item as one in the expression"),
        update("SET b = nope", expect=Fault(INVALID, "refers to an attribute that does not exist in the item")),
        update("SET b.c = :n", {":n": N(1)}, expect=Fault(INVALID, "document path provided in the update expression")),
        update("SET chatId = :n", {":n": S("x")}, expect=Fault(INVALID, "This attribute is part of the key")),
        update("SET a = :nope", {":n": N(1)}, expect=Fault(INVALID, "")),
        update("SET a = :n", {":n": N(1), ":m": N(1)}, expect=Fault(INVALID, "unused in expressions: keys: {:m}")),
        update("SET #x = :n", {":n": N(1)}, {"#x": "x", "#y": "y"},
               expect=Fault(INVALID, "unused in expressions: keys: {#y}")),
        update("SET a = :n SET b = :n", {":n": N(1)}, expect=Fault(INVALID, 'The "SET" section can only be used once')),
        update("SET a = :n, a.b = :n", {":n": N(1)}, expect=Fault(INVALID, "Two document paths overlap")),
        update("nonsense here", expect=Fault(INVALID, "Syntax error")),
        update("", expect=Fault(INVALID, "The expression can not be empty")),
    ]),
    ("bad items are refused", [
        ("put_item", {"Item": {"chatId": S("c")}}, Fault(INVALID, "Missing the key itemKey in the item")),
        ("put_item", {"Item": {"chatId": N(1), "itemKey": S("k")}}, Fault(INVALID, "Type mismatch for key chatId")),
        ("put_item", {"Item": {"chatId": S(""), "itemKey": S("k")}},
         Fault(INVALID, "cannot contain an empty string value. Key: chatId"), AWS_ONLY, "moto has AWS's older wording"),
        ("put_item", {"Item": {**KEY, "x": {"SS": []}}}, Fault(INVALID, "An string set  may not be empty")),
        ("put_item", {"Item": {**KEY, "x": N("abc")}}, Fault(INVALID, "cannot be converted to a numeric value")),
        ("put_item", {"Item": {**KEY, "x": S("x" * 410_000)}}, Fault(INVALID, "Item size has exceeded")),
        ("put_item", {"Item": {"chatId": S("c" * 2049), "itemKey": S("k")}}, Fault(INVALID, "Size of hashkey")),
        ("get_item", {"Key": {"chatId": S("c")}}, Fault(INVALID, "The provided key element does not match the schema"),
         AWS_ONLY, "moto says just Validation Exception"),
    ]),
    ("queries select and order", FIVE_MESSAGES + [
        put("meta"),
        query("chatId = :c", {":c": S("c")}, keys("meta", "msg#0", "msg#1", "msg#2", "msg#3", "msg#4")),
        query("chatId = :c AND begins_with(itemKey, :p)", {":c": S("c"), ":p": S("msg#")},
              keys("msg#4", "msg#3", "msg#2", "msg#1", "msg#0"), ScanIndexForward=False),
        query("chatId = :c AND itemKey BETWEEN :a AND :b", {":c": S("c"), ":a": S("msg#1"), ":b": S("msg#3")},
              keys("msg#1", "msg#2", "msg#3")),
        query("chatId = :c AND itemKey > :a", {":c": S("c"), ":a": S("msg#2")}, keys("msg#3", "msg#4")),
        query("chatId = :c AND itemKey <= :a", {":c": S("c"), ":a": S("msg#0")}, keys("meta", "msg#0")),
        query("chatId = :c", {":c": S("c"), ":t": {"BOOL": True}}, keys("msg#1", "msg#3"), FilterExpression="odd = :t"),
        query("chatId = :c", {":c": S("c")}, {"Count": 6, "ScannedCount": 6}, Select="COUNT"),
        query("chatId = :c", {":c": S("other")}, {"Count": 0}),
    ]),
    ("pages follow each other", FIVE_MESSAGES + [
        query("chatId = :c", {":c": S("c")}, {"Count": 2, "LastEvaluatedKey": {"chatId": S("c"), "itemKey": S("msg#1")}},
              Limit=2),
        query("chatId = :c", {":c": S("c")}, keys("msg#2", "msg#3"), Limit=2,
              ExclusiveStartKey={"chatId": S("c"), "itemKey": S("msg#1")}),
        query("chatId = :c", {":c": S("c")}, keys("msg#0"), ScanIndexForward=False,
              ExclusiveStartKey={"chatId": S("c"), "itemKey": S("msg#1")}),
        query("chatId = :c", {":c": S("c"), ":t": {"BOOL": True}}, {"Count": 1, "ScannedCount": 3}, Limit=3,
              FilterExpression="odd = :t"),
        ("scan", {"Limit": 4}, {"Count": 4}),
        ("scan", {"FilterExpression": "odd = :t", "ExpressionAttributeValues": {":t": {"BOOL": True}}},
         {"Count": 2, "ScannedCount": 5}),
    ]),
    ("bad queries are refused", [
        query("itemKey = :k", {":k": S("x")}, Fault(INVALID, "Query condition missed key schema element")),
        query("chatId > :k", {":k": S("x")}, Fault(INVALID, "Query key condition not supported")),
        query("chatId = :c", {":c": S("c")}, Fault(INVALID, "does not have the specified index: Nope"), IndexName="Nope") +
        (AWS_ONLY, "moto answers ResourceNotFoundException"),
        query("chatId = :c", {":c": S("c"), ":k": S("k")},
              Fault(INVALID, "Filter Expression can only contain non-primary key attributes"),
              FilterExpression="itemKey = :k") + (AWS_ONLY, "moto filters by keys"),
    ]),
    ("an index follows its table", [
        ("put_item", {"Item": {"chatId": S("x"), "itemKey": S("meta"), "userId": S("u"), "updatedAt": N(20)}}, {}),
        ("put_item", {"Item": {"chatId": S("y"), "itemKey": S("meta"), "userId": S("u"), "updatedAt": N(3)}}, {}),
        query("userId = :u", {":u": S("u")}, lambda answer: [i["chatId"]["S"] for i in answer["Items"]] == ["y", "x"],
              IndexName="UserIdIndex"),
        query("userId = :u AND updatedAt > :n", {":u": S("u"), ":n": N(5)}, {"Count": 1}, IndexName="UserIdIndex"),
        query("userId = :u", {":u": S("u")},
              {"LastEvaluatedKey": {"chatId": S("y"), "itemKey": S("meta"), "userId": S("u"), "updatedAt": N(3)}},
              IndexName="UserIdIndex", Limit=1),
        ("update_item", {"Key": {"chatId": S("x"), "itemKey": S("meta")}, "UpdateExpression": "REMOVE userId"}, {}),
        query("userId = :u", {":u": S("u")}, {"Count": 1}, IndexName="UserIdIndex"),
        ("put_item", {"Item": {**KEY, "userId": N(1)}}, Fault(INVALID, "Type mismatch for Index Key userId"),
         AWS_ONLY, "moto checks index keys for NULL only"),
        query("userId = :u", {":u": S("u")}, Fault(INVALID, "Consistent reads are not supported on global"),
              IndexName="UserIdIndex", ConsistentRead=True),
    ]),
    ("expiry can be switched on", [
        ("update_time_to_live", {"TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": True}},
         {"TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": True}}),
        ("describe_time_to_live", {}, {"TimeToLiveDescription": {"AttributeName": "ttl", "TimeToLiveStatus": "ENABLED"}}),
    ]),
    ("the table describes itself", [
        ("describe_table", {}, {"Table": {"TableStatus": "ACTIVE", "KeySchema": TABLE["KeySchema"]}}),
    ]),
]


def contains(answer, part):
    """Whether every member of `part` is in `answer` with that value; lists and scalars are compared whole."""
    if isinstance(part, dict) and isinstance(answer, dict):
        return all(name in answer and contains(answer[name], value) for name, value in part.items())
    return answer == part


def run_step(client, table, operation, parameters, expectation):
    """None when it went as expected, else what went wrong."""
    try:
        answer = getattr(client, operation)(TableName=table, **parameters)
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
        if isinstance(expectation, Fault) and code == expectation.code and expectation.text in message:
            return None
        return f"{operation}: {code}: {message}"
    if isinstance(expectation, Fault):
        return f"{operation}: expected {expectation.code} {expectation.text!r}, was accepted"
    answer.pop("ResponseMetadata")
    met = expectation(answer) if callable(expectation) else contains(answer, expectation)
    return None if met else f"{operation} {parameters}: unexpected answer {answer}"


def run_scenario(client, steps, is_moto):
    table = "t-" + uuid.uuid4().hex
    client.create_table(TableName=table, **TABLE)
    client.get_waiter("table_exists").wait(TableName=table, WaiterConfig={"Delay": 1})
    try:
        for operation, parameters, expectation, *marks in steps:
            problem = run_step(client, table, operation, parameters, expectation)
            if is_moto and AWS_ONLY in marks:
                problem = None if problem else f"{operation}: moto does not differ any more: {marks[1]}"
            if problem:
                return problem
        return None
    finally:
        client.delete_table(TableName=table)


def reserved_words(client, is_moto):
    """Every word that moto has of AWS's list, in any case of letters, and some that are not in it."""
    try:
        from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords
    except ImportError:
        return None
    table, wrong = "t-" + uuid.uuid4().hex, []
    client.create_table(TableName=table, **TABLE)
    try:
        for word in ReservedKeywords.get_reserved_keywords():
            expect = Fault(INVALID, "Attribute name is a reserved keyword; reserved keyword: " + word.capitalize())
            wrong.append(run_step(client, table, "get_item", {"Key": KEY, "ProjectionExpression": word.capitalize()},
                                  expect))
        for word in ("chatId", "statuses", "title", "outcome", "SE", "ZONES", "TTLs"):
            wrong.append(run_step(client, table, "get_item", {"Key": KEY, "ProjectionExpression": word}, {}))
        wrong = [problem for problem in wrong if problem]
        return "\n       ".join(wrong[:5]) or None
    finally:
        client.delete_table(TableName=table)


def batches_and_transactions(client, is_moto):
    table = "t-" + uuid.uuid4().hex
    client.create_table(TableName=table, **TABLE)
    try:
        client.batch_write_item(RequestItems={table: [
            {"PutRequest": {"Item": {"chatId": S("c"), "itemKey": S(k)}}} for k in "abc"]})
        got = client.batch_get_item(RequestItems={table: {"Keys": [
            {"chatId": S("c"), "itemKey": S(k)} for k in "abz"]}})
        if len(got["Responses"][table]) != 2 or got["UnprocessedKeys"]:
            return f"batch_get_item: {got}"
        try:
            client.transact_write_items(TransactItems=[
                {"Put": {"TableName": table, "Item": {"chatId": S("c"), "itemKey": S("d")}}},
                {"ConditionCheck": {"TableName": table, "Key": {"chatId": S("c"), "itemKey": S("z")},
                                    "ConditionExpression": "attribute_exists(chatId)"}}])
            return "transact_write_items: expected TransactionCanceledException"
        except client.exceptions.TransactionCanceledException as error:
            codes = [reason["Code"] for reason in error.response["CancellationReasons"]]
            if codes != ["None", "ConditionalCheckFailed"]:
                return f"transact_write_items: {codes}"
        if client.scan(TableName=table)["Count"] != 3:
            return "transact_write_items: a refused transaction left something behind"
        # boto3 sends a token with each; here the same one twice, as when the first answer was lost.
        once = [{"Put": {"TableName": table, "Item": {"chatId": S("c"), "itemKey": S("e")},
                         "ConditionExpression": "attribute_not_exists(chatId)"}},
                {"Update": {"TableName": table, "Key": {"chatId": S("c"), "itemKey": S("a")},
                            "UpdateExpression": "ADD turns :one", "ExpressionAttributeValues": {":one": {"N": "1"}},
                            "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}}]
        token = uuid.uuid4().hex
        client.transact_write_items(TransactItems=once, ClientRequestToken=token)
        if not is_moto:  # moto forgets tokens
            client.transact_write_items(TransactItems=once, ClientRequestToken=token)
        turns = client.get_item(TableName=table, Key={"chatId": S("c"), "itemKey": S("a")})["Item"]["turns"]
        if turns != {"N": "1"}:
            return f"transact_write_items: written twice: {turns}"
        return None
    finally:
        client.delete_table(TableName=table)


def random_operations(client, is_moto, seed=1, count=400):
    """Counters under random keys, against a Python map; the whole table is compared at the end, page by page."""
    table = "t-" + uuid.uuid4().hex
    client.create_table(TableName=table, **TABLE)
    serialize, deserialize = TypeSerializer().serialize, TypeDeserializer().deserialize
    generator, model = random.Random(seed), {}
    try:
        for _ in range(count):
            name = (generator.choice("ab"), f"{generator.randrange(20):02}")
            key = {"chatId": S(name[0]), "itemKey": S(name[1])}
            if generator.random() < 0.3:
                client.delete_item(TableName=table, Key=key)
                model.pop(name, None)
            else:
                step = Decimal(generator.randrange(-500, 500)) / 100
                client.update_item(TableName=table, Key=key, UpdateExpression="ADD v :v",
                                   ExpressionAttributeValues={":v": serialize(step)})
                model[name] = model.get(name, Decimal(0)) + step
        stored, start = {}, {}
        for chat in "ab":
            start, order = {}, []
            while True:
                page = client.query(TableName=table, KeyConditionExpression="chatId = :c", Limit=7,
                                    ExpressionAttributeValues={":c": S(chat)}, **start)
                for item in page["Items"]:
                    order.append(item["itemKey"]["S"])
                    stored[chat, item["itemKey"]["S"]] = deserialize(item["v"])
                if "LastEvaluatedKey" not in page:
                    break
                start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
            if order != sorted(order):
                return f"query: not in order: {order}"
        return None if stored == model else f"differs from the model: {stored} {model}"
    finally:
        client.delete_table(TableName=table)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--moto", action="store_true", help="the endpoint is moto's: its known differences are expected")
    parser.add_argument("--access-key", default="test")
    parser.add_argument("--secret-key", default="test")
    options = parser.parse_args()
    client = boto3.client("dynamodb", endpoint_url=options.endpoint, region_name=options.region,
                          aws_access_key_id=options.access_key, aws_secret_access_key=options.secret_key,
                          config=Config(retries={"max_attempts": 1}, parameter_validation=False))
    checks = [(name, lambda steps=steps: run_scenario(client, steps, options.moto)) for name, steps in SCENARIOS]
    checks.append(("reserved words are refused", lambda: reserved_words(client, options.moto)))
    checks.append(("batches and transactions are whole", lambda: batches_and_transactions(client, options.moto)))
    checks.append(("random operations agree with a map", lambda: random_operations(client, options.moto)))
    failures = 0
    for name, check in checks:
        problem = check()
        print(f"{'ok    ' if problem is None else 'FAILED'} {name}" + ("" if problem is None else f"\n       {problem}"))
        failures += problem is not None
    differences = [(name, step[-1]) for name, steps in SCENARIOS for step in steps if options.moto and AWS_ONLY in step]
    for name, reason in differences:
        print(f"moto differs in '{name}': {reason}")
    print(f"{len(checks) - failures} of {len(checks)} scenarios passed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
