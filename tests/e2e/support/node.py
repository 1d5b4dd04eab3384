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
    shutil.copyfile(os.path.join(SOURCE, "receive.mjs"), os.path.join(PLACE, "receive.mjs"))


def receive(requests, secrets):
    """[{"event": attributes or None, "fault": text or None, "verified": [bool per secret]}] for each Received."""
    install()
    messages = [{"headers": request.headers, "body": base64.b64encode(request.body).decode()} for request in requests]
    run = subprocess.run(["node", "receive.mjs"], cwd=PLACE, input=json.dumps({"secrets": secrets, "messages": messages}),
                         capture_output=True, text=True, timeout=120, check=True)
    return json.loads(run.stdout)
