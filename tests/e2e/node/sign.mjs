// What a sender does with each webhook: sign it with Standard Webhooks.
// stdin:  [{"secret": "whsec_...", "id": "...", "timestamp": seconds, "body": "text"}]
// stdout: ["v1,...", ...]
import { readFileSync } from "node:fs";
import { Webhook } from "standardwebhooks";

const messages = JSON.parse(readFileSync(0, "utf8"));
const sign = ({ secret, id, timestamp, body }) => new Webhook(secret).sign(id, new Date(timestamp * 1000), body);
process.stdout.write(JSON.stringify(messages.map(sign)));
