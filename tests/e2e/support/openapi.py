"""Whether an answer is what an OpenAPI 3.0 document says of its operation."""
import jsonschema


def _plain(schema):
    """The same for a validator of JSON Schema, which does not know OpenAPI's `nullable`."""
    if isinstance(schema, list):
        return [_plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {name: _plain(value) for name, value in schema.items() if name != "nullable"}
    return {"anyOf": [plain, {"type": "null"}]} if schema.get("nullable") is True else plain


class Contract:
    def __init__(self, document):
        self.document = document
        self.components = {"schemas": _plain(document["components"]["schemas"])}

    def check(self, method, path, answer):
        """Raises AssertionError or jsonschema.ValidationError. `path` is that of the document."""
        responses = self.document["paths"][path][method.lower()]["responses"]
        content = responses.get(str(answer.status), responses["default"])["content"]
        kind = answer.headers["content-type"].split(";")[0]
        assert list(content) == [kind], (method, path, answer)
        value = answer.body.decode() if kind.startswith("text/") else answer.json
        self.validate(content[kind]["schema"], value)

    def validate(self, schema, value):
        jsonschema.Draft4Validator({"allOf": [_plain(schema)], "components": self.components}).validate(value)
