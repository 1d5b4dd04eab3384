"""The receivers' own libraries, from npm, installed once into the build directory."""
import base64
import json
import os
import shutil
import subprocess

from .daemon import BUILD

SOURCE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "node")
PLACE = os.path.join(BUILD, "tests/e2e/node")


def _same(name):
    try:
        with open(os.path.join(SOURCE, name), "rb") as a, open(os.path.join(PLACE, name), "rb") as b:
            return a.read() == b.read()
    except FileNotFoundError:
        return False


def install():
    os.makedirs(PLACE, exist_ok=True)
    stamp = os.path.join(PLACE, "installed")
    if not (_same("package-lock.json") and os.path.exists(stamp)):
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(os.path.join(SOURCE, name), os.path.join(PLACE, name))
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=PLACE, check=True, timeout=300)
        with open(stamp, "w", encoding="ascii"):
            pass
    for script in ("receive.mjs", "sign.mjs", "validate.mjs"):
        shutil.copyfile(os.path.join(SOURCE, script), os.path.join(PLACE, script))


def _run(script, question):
    install()
    run = subprocess.run(["node", script], cwd=PLACE, input=json.dumps(question), capture_output=True, text=True,
                         timeout=120, check=True)
    return json.loads(run.stdout)


def receive(requests, secrets):
    """[{"event": attributes or None, "fault": text or None, "verified": [bool per secret]}] for each Received."""
    messages = [{"headers": request.headers, "body": base64.b64encode(request.body).decode()} for request in requests]
    return _run("receive.mjs", {"secrets": secrets, "messages": messages})


def validate_openapi(document):
    """{"valid": bool, "errors": [...]} by a validator of OpenAPI documents."""
    return _run("validate.mjs", document)


def sign(secret, message_id, timestamp, body):
    """The value of webhook-signature for a body of text, by Standard Webhooks' own library."""
    return _run("sign.mjs", [{"secret": secret, "id": message_id, "timestamp": timestamp, "body": body}])[0]
