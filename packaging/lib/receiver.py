#!/usr/bin/env python3
"""The webhook receiver of the quick start: answers 200 and writes one line per request."""
import argparse
import hashlib
import http.server
import os


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    log_file = None

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        line = "\t".join([
            self.headers.get("ce-type", "-"),
            self.headers.get("ce-id", "-"),
            f"{len(body)} bytes",
            "sha256 " + hashlib.sha256(body).hexdigest()[:16],
            "signed" if self.headers.get("webhook-signature") else "not signed",
        ])
        with open(self.log_file, "a", encoding="utf-8") as log:
            log.write(line + "\n")
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Its lines would stand between those of the quick start."""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port-file", required=True)
    parser.add_argument("--log", required=True)
    arguments = parser.parse_args()
    Receiver.log_file = arguments.log
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.daemon_threads = True
    with open(arguments.port_file + ".new", "w", encoding="ascii") as port_file:
        port_file.write(f"{server.server_address[1]}\n")
    os.rename(arguments.port_file + ".new", arguments.port_file)
    server.serve_forever()


if __name__ == "__main__":
    main()
