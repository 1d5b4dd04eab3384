"""boto3 for SQS, and stand-ins for AWS where an emulator does not do what a test needs: entries that fail, keys that
are refused, counts."""
import datetime
import hashlib
import json
import os
import re
import threading
import time

import boto3
import botocore.session

from .receiver import Receiver, Reply

# Nothing of the machine that a test runs on may lend it credentials or a Region.
PLAIN_ENV = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
QUEUE_PATH = "/000000000000/orders"


def sqs_client(url, key, secret):
    """boto3's client. Debian's still speaks the Query protocol to SQS, the emulator only the JSON protocol that came
    after it: the names in the model are the same but for those that only Query uses."""
    session = botocore.session.get_session()
    model = session.get_component("data_loader").load_service_model("sqs", "service-2")
    model["metadata"].update(protocol="json", jsonVersion="1.0", targetPrefix="AmazonSQS")
    for shape in model["shapes"].values():
        parts = [shape, *(shape.get(name) for name in ("member", "key", "value")), *shape.get("members", {}).values()]
        for part in parts:
            if isinstance(part, dict):
                part.pop("locationName", None)
                part.pop("flattened", None)
    return boto3.Session(botocore_session=session).client(
        "sqs", endpoint_url=url, region_name="us-east-1", aws_access_key_id=key, aws_secret_access_key=secret)


def fault(status, code, message):
    return Reply(status, {"Content-Type": "application/x-amz-json-1.0"},
                 json.dumps({"__type": "com.amazonaws.sqs#" + code, "message": message}).encode())


def signatures(requests):
    return [re.search("Signature=([0-9a-f]{64})", request.headers["authorization"])[1] for request in requests]


class SqsStandIn(Receiver):
    """Takes SendMessageBatch. refuse: called with each request, gives a Reply instead of the usual one, or None;
    fail: called with each entry, gives the members of its place among the failed ones, or None."""

    def __init__(self, refuse=lambda request: None, fail=lambda entry: None):
        self.refuse = refuse
        self.fail = fail
        self.connections = 0  # in all
        self.peak = 0         # at one time
        self._open = 0
        self._counting = threading.Lock()
        super().__init__(self._take)

    def batches(self):
        """The events of each request that was answered 200, by the id they have as CloudEvent."""
        return [[entry["MessageAttributes"]["ce-id"]["StringValue"] for entry in json.loads(request.body)["Entries"]]
                for request in self.requests() if request.answered == 200]

    def _serve(self, connection):
        with self._counting:
            self.connections += 1
            self._open += 1
            self.peak = max(self.peak, self._open)
        try:
            super()._serve(connection)
        finally:
            with self._counting:
                self._open -= 1

    def _take(self, request):
        refused = self.refuse(request)
        if refused:
            return refused
        answer = {"Successful": [], "Failed": []}
        for entry in json.loads(request.body)["Entries"]:
            failure = self.fail(entry)
            if failure:
                answer["Failed"].append({"Id": entry["Id"], **failure})
            else:
                digest = hashlib.md5(entry["MessageBody"].encode()).hexdigest()
                answer["Successful"].append({"Id": entry["Id"], "MessageId": "m", "MD5OfMessageBody": digest})
        return Reply(200, {"Content-Type": "application/x-amz-json-1.0"}, json.dumps(answer).encode())


class MetadataStandIn(Receiver):
    """The instance metadata service, version 2, with a role whose credentials live for `seconds`."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.expiry = {}  # session token: when it expires, in Unix time
        super().__init__(self._tell)

    def is_valid(self, token):
        return self.expiry.get(token, 0) > time.time()

    def _tell(self, request):
        if request.method == "PUT" and request.path == "/latest/api/token":
            return Reply(200, {}, b"imds-session")
        if request.headers.get("x-aws-ec2-metadata-token") != "imds-session":
            return Reply(401)
        if request.path == "/latest/meta-data/iam/security-credentials/":
            return Reply(200, {}, b"fanfare-role")
        # Expiration has whole seconds: rounded down, as nobody may count on more.
        expires = int(time.time() + self.seconds)
        token = f"session-token-{len(self.expiry)}-of-the-role"
        self.expiry[token] = expires
        text = datetime.datetime.fromtimestamp(expires, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        return Reply(200, {}, json.dumps({"Code": "Success", "Type": "AWS-HMAC", "AccessKeyId": "ASIAROLEOFINSTANCE",
                                          "SecretAccessKey": "secret-key-of-the-role", "Token": token,
                                          "Expiration": text}).encode())
