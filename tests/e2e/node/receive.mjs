// What a receiver does with each webhook it got: parse it with the CloudEvents SDK, verify it with Standard Webhooks.
// stdin:  {"secrets": [...], "messages": [{"headers": {...}, "body": "<base64>"}]}
// stdout: [{"event": {attributes} | null, "fault": "..." | null, "verified": [true or false for each secret]}]
import { readFileSync } from "node:fs";
import { HTTP } from "cloudevents";
import { Webhook } from "standardwebhooks";

function parse(headers, body) {
  const { data, data_base64, ...attributes } = HTTP.toEvent({ headers, body: body.toString("utf8") }).toJSON();
  return attributes;
}

function verifies(secret, headers, body) {
  try {
    new Webhook(secret).verify(body.toString("utf8"), headers);
    return true;
  } catch {
    return false;
  }
}

const { secrets, messages } = JSON.parse(readFileSync(0, "utf8"));
const results = messages.map(({ headers, body }) => {
  const bytes = Buffer.from(body, "base64");
  let event = null;
  let fault = null;
  try {
    event = parse(headers, bytes);
  } catch (error) {
    fault = String(error);
  }
  return { event, fault, verified: secrets.map((secret) => verifies(secret, headers, bytes)) };
});
process.stdout.write(JSON.stringify(results));
