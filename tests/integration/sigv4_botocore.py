"""Signs random requests with botocore and with our signer, and compares every header that is added.

usage: sigv4_botocore.py PATH_OF_SIGV4_TOOL [COUNT [SEED]]
"""
import datetime
import json
import random
import subprocess
import sys
import urllib.parse

try:
    import botocore.auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials
except ImportError:
    print("skipped: python has no botocore")
    sys.exit(77)

MOMENT = datetime.datetime(2024, 2, 19, 7, 11, 42, tzinfo=datetime.timezone.utc)
SEGMENTS = ["a", "JC1dgf9yoAMCK-g=", "@connections", "50%", "two words", ".", "..", "", "...", "häuser", "日本", "~x_-.",
            "a+b", "a:b", "(x)*'!", "q&a", "%3D", "a=b", "😀"]
NAMES = ["a", "A", "a-b", "a.b", "Prefix", "list-type", "k", "k1", "", "ä", "x y", "Key=", "~"]
VALUES = ["", "1", "10", "2", "a b", "a+b", "=", "==", "&", "/", "ü", "%", "%20", "~", "*", "日"]
HEADER_VALUES = ["x", "  padded  ", "a   b\t c", "application/x-amz-json-1.0", "", "a,b", '"  quoted  "']
SERVICES = ["dynamodb", "execute-api", "lambda", "cognito-idp", "s3", "sts"]


def random_url(rng, s3):
    segments = [rng.choice(SEGMENTS) for _ in range(rng.randrange(6))]
    path = "/" + "/".join(urllib.parse.quote(s, safe=rng.choice(["~", "~@:+"])) for s in segments)
    if not s3 and rng.random() < 0.05:
        path = ""
    pairs = [(rng.choice(NAMES), rng.choice(VALUES)) for _ in range(rng.randrange(5))]
    query = "&".join(urllib.parse.quote(k, safe="-_.~")
                     + ("=" + urllib.parse.quote(v, safe="-_.~") if v or rng.random() < 0.5 else "")
                     for k, v in pairs)
    host = rng.choice(["dynamodb.us-east-1.amazonaws.com", "localhost:8000", "x.test:443", "127.0.0.1:80"])
    return f"{rng.choice(['https', 'http'])}://{host}{path}{'?' + query if query else ''}"


def random_request(rng):
    service = rng.choice(SERVICES)
    names = rng.sample(["Content-Type", "X-Amz-Target", "User-Agent", "X-Custom", "accept", "x-amz-meta-b", "Zz",
                        "X-Amzn-Trace-Id", "Connection", "Expect"], rng.randrange(6))
    headers = [[name, rng.choice(HEADER_VALUES)] for name in names]
    if rng.random() < 0.2:
        headers += [["X-Twice", rng.choice(HEADER_VALUES)], ["X-Twice", rng.choice(HEADER_VALUES)]]
    return {
        "method": rng.choice(["GET", "POST", "PUT", "DELETE", "HEAD"]),
        "url": random_url(rng, service == "s3"),
        "headers": headers,
        "body_hex": rng.randbytes(rng.choice([0, 0, 1, 17, 64, 1000, 40000])).hex(),
        "access_key": "AKID" + "".join(rng.choices("ABCDEF0123456789", k=16)),
        "secret_key": "".join(rng.choices("abcXYZ012/+", k=rng.choice([20, 40, 80]))),
        "token": rng.choice(["", "", "FwoGZXIvYXdzE//" + "".join(rng.choices("abc+/=", k=300))]),
        "region": rng.choice(["us-east-1", "eu-central-1", "cn-north-1"]),
        "service": service,
        "epoch": int(MOMENT.timestamp()) + rng.randrange(86400 * 3),
    }


def sign_with_botocore(request):
    moment = datetime.datetime.fromtimestamp(request["epoch"], datetime.timezone.utc)
    botocore.auth.get_current_datetime = lambda *_, **__: moment
    aws_request = AWSRequest(method=request["method"], url=request["url"], data=bytes.fromhex(request["body_hex"]))
    for name, value in request["headers"]:
        aws_request.headers.add_header(name, value)
    signer = botocore.auth.S3SigV4Auth if request["service"] == "s3" else botocore.auth.SigV4Auth
    given = set(aws_request.headers.keys())
    credentials = Credentials(request["access_key"], request["secret_key"], request["token"] or None)
    signer(credentials, request["service"], request["region"]).add_auth(aws_request)
    return {name.lower(): value for name, value in aws_request.headers.items() if name not in given}


def main():
    tool = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 800
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    rng = random.Random(seed)
    requests = [random_request(rng) for _ in range(count)]
    lines = "".join(json.dumps(r) + "\n" for r in requests)
    answer = subprocess.run([tool], input=lines, capture_output=True, text=True, timeout=60, check=True)
    ours = [json.loads(line) for line in answer.stdout.splitlines()]
    if len(ours) != count:
        sys.exit(f"asked for {count} signatures, got {len(ours)}")
    differing = 0
    for request, mine in zip(requests, ours):
        theirs = sign_with_botocore(request)
        if mine != theirs:
            differing += 1
            print(f"differs: {json.dumps(request)[:600]}\n  ours:     {mine}\n  botocore: {theirs}")
    print(f"{count - differing} of {count} signatures agree (seed {seed})")
    sys.exit(1 if differing else 0)


if __name__ == "__main__":
    main()
