"""Runs random SRP sign-ins in Python's integers and in our implementation, and compares every value that is sent.

usage: srp_python.py PATH_OF_SRP_TOOL [COUNT [SEED]]
"""
import base64
import hashlib
import hmac
import json
import random
import subprocess
import sys

# RFC 3526 gives the group as a formula: 2^3072 - 2^3008 - 1 + 2^64 * (floor(2^2942 * pi) + 1690314).


def floor_of_pi(bits):
    """floor(2^bits * pi) by Machin's formula."""
    guard = 64
    one = 1 << (bits + guard)

    def arctan_inverse(n):
        total, term, k = 0, one // n, 0
        while term:
            total += (-1) ** k * (term // (2 * k + 1))
            term //= n * n
            k += 1
        return total

    return (4 * (4 * arctan_inverse(5) - arctan_inverse(239))) >> guard


N = 2**3072 - 2**3008 - 1 + 2**64 * (floor_of_pi(2942) + 1690314)
G = 2


def padded(number):
    text = f"{number:x}"
    text = "0" * (len(text) % 2) + text
    return bytes.fromhex("00" + text if text[0] in "89abcdef" else text)


def hash_of(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def to_int(digest):
    return int.from_bytes(digest, "big")


def expected(case):
    pool = case["pool"].split("_")[1]
    a, b, salt = (int(case[name], 16) for name in ("a", "b", "salt"))
    k = to_int(hash_of(padded(N), padded(G)))
    identity = hash_of(f"{pool}{case['user']}:{case['password']}".encode())
    x = to_int(hash_of(padded(salt), identity))
    v = pow(G, x, N)
    A = pow(G, a, N)
    B = (k * v + pow(G, b, N)) % N
    u = to_int(hash_of(padded(A), padded(B)))
    client = pow(B - k * pow(G, x, N), a + u * x, N)
    server = pow(A * pow(v, u, N), b, N)
    assert client == server
    prk = hmac.new(padded(u), padded(client), hashlib.sha256).digest()
    key = hmac.new(prk, b"Caldera Derived Key\x01", hashlib.sha256).digest()[:16]
    message = (pool + case["user"]).encode() + base64.b64decode(case["secret_block"]) + case["timestamp"].encode()
    signature = base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()
    return {"A": f"{A:x}", "B": f"{B:x}", "verifier": f"{v:x}", "signature": signature, "accepted": True}


def random_case(rng):
    return {
        "pool": "eu-west-1_" + "".join(rng.choices("aBcD019", k=9)),
        "user": rng.choice(["ann", "7d8ca528-4931-4254-9273-ea5ee853f271", "häuser@example.com"]),
        "password": "".join(rng.choices("aZ0!ü日😀 ", k=rng.randrange(1, 30))),
        "salt": rng.randbytes(rng.choice([1, 8, 16, 16, 16])).hex(),
        "a": rng.randbytes(rng.choice([32, 128])).hex(),
        "b": rng.randbytes(rng.choice([32, 128])).hex(),
        "secret_block": base64.b64encode(rng.randbytes(rng.randrange(1, 200))).decode(),
        "timestamp": "Mon Feb 5 07:11:42 UTC 2024",
    }


def same(mine, theirs):
    return dict(mine, verifier=mine["verifier"].lstrip("0")) == theirs


def main():
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 40
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    rng = random.Random(seed)
    cases = [random_case(rng) for _ in range(count)]
    lines = "".join(json.dumps(case) + "\n" for case in cases)
    answer = subprocess.run([sys.argv[1]], input=lines, capture_output=True, text=True, timeout=100, check=True)
    ours = [json.loads(line) for line in answer.stdout.splitlines()]
    differing = [case for case, mine in zip(cases, ours) if not same(mine, expected(case))]
    for case in differing:
        print(f"differs: {json.dumps(case)}")
    print(f"{len(ours) - len(differing)} of {count} sign-ins agree (seed {seed})")
    sys.exit(1 if differing or len(ours) != count else 0)


if __name__ == "__main__":
    main()
