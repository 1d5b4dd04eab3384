"""Compares Fanfare's AWS signatures with botocore's, on requests that are made up from a seed.

    sigv4_as_botocore.py SIGNER [COUNT]

SIGNER: the program of sign_main.cpp. Exits 1 and shows both headers at the first difference.
"""
import datetime
import json
import random
import subprocess
import sys

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

SEGMENTS = ["a", "v2", "email", "..", ".", "", "%20", "%C3%BC", "a%2Fb", "x~y", "a+b", "a*b", "(c)",
            "a=b", "q;r", "a:b", "@", "!"]
NAMES = ["Action", "b", "a", "A", "a-b", "a.b", "%C3%A9", "x~", "empty", "Version"]
VALUES = ["", "1", "b", "a%20b", "a+b", "2011-06-15", "%2F", "~", "x=y", "%E2%82%AC"]
HEADERS = ["Content-Type", "X-Amz-Target", "x-custom", "X-Zulu", "accept", "User-Agent", "X-Amzn-Trace-Id", "Expect",
           "x-a"]
TEXTS = ["application/x-amz-json-1.0", "a  b", "  lead", "trail  ", "a\tb", "a \t  b", "x", "", "\"a  b\"", "a,b",
         "k=v; q"]
BODIES = ["", "{}", "Action=SendEmail&Version=2010-12-01", "{\"a\":\"\u20ac \U0001f600\"}", "x" * 5000]
HOSTS = ["https://sqs.eu-west-1.amazonaws.com", "http://127.0.0.1:4566", "https://Example.COM:443",
         "http://localhost:80", "https://[::1]:8443", "https://email.cn-north-1.amazonaws.com.cn"]


def made_up(dice):
    path = "".join("/" + dice.choice(SEGMENTS) for _ in range(dice.randrange(5)))
    pairs = [dice.choice(NAMES) + dice.choice(["=" + dice.choice(VALUES), ""]) for _ in range(dice.randrange(6))]
    query = "&".join(pairs)
    return {
        "method": dice.choice(["POST", "GET", "PUT", "DELETE"]),
        "url": dice.choice(HOSTS) + path + ("?" + query if query else ""),
        "headers": [[dice.choice(HEADERS), dice.choice(TEXTS)] for _ in range(dice.randrange(6))],
        "body": dice.choice(BODIES),
        "key": "AKID%012d" % dice.randrange(10 ** 12),
        "secret": "".join(dice.choice("abcXYZ019+/") for _ in range(40)),
        "token": dice.choice(["", "".join(dice.choice("abcXYZ019+/=") for _ in range(dice.randrange(1, 400)))]),
        "region": dice.choice(["us-east-1", "eu-west-1", "cn-north-1"]),
        "service": dice.choice(["sqs", "ses", "sts"]),
        "time": dice.randrange(0, 2 ** 32),
    }


def by_botocore(request):
    class Clock(datetime.datetime):
        @classmethod
        def utcnow(cls):
            return cls.utcfromtimestamp(request["time"])

    botocore.auth.datetime.datetime = Clock
    aws = AWSRequest(method=request["method"], url=request["url"], data=request["body"].encode())
    for name, value in request["headers"]:
        aws.headers.add_header(name, value)
    keys = Credentials(request["key"], request["secret"], request["token"] or None)
    botocore.auth.SigV4Auth(keys, request["service"], request["region"]).add_auth(aws)
    return aws.headers["Authorization"]


def main():
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    dice = random.Random(20260102)
    requests = [made_up(dice) for _ in range(count)]
    lines = "".join(json.dumps(request) + "\n" for request in requests)
    ours = subprocess.run([sys.argv[1]], input=lines, capture_output=True, text=True, check=True).stdout.splitlines()
    for request, header in zip(requests, ours, strict=True):
        theirs = by_botocore(request)
        if header != theirs:
            print(json.dumps(request, indent=1), "ours:     " + header, "botocore: " + theirs, sep="\n")
            return 1
    print(f"{len(ours)} signatures are equal")
    return 0


if __name__ == "__main__":
    sys.exit(main())
