// Reads an OpenAPI document from standard input; prints {"valid": bool, "errors": [...]}.
import { Validator } from "@seriousme/openapi-schema-validator";
import { readFileSync } from "node:fs";

const result = await new Validator().validate(JSON.parse(readFileSync(0, "utf8")));
console.log(JSON.stringify(result));
