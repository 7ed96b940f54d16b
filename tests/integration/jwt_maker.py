"""Prints a token that PyJWT makes: `jwt_maker.py KEY ALGORITHM CLAIMS [HEADERS]`, the two last as JSON; KEY begins with @
for a file."""

import json
import sys

import jwt

key, algorithm, claims = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
if key.startswith("@"):
    with open(key[1:], encoding="utf-8") as file:
        key = file.read().strip()
print(jwt.encode(claims, key, algorithm=algorithm, headers=json.loads(sys.argv[4]) if len(sys.argv) > 4 else None))
