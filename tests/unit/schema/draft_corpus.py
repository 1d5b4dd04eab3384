#!/usr/bin/env python3
"""Writes draft_corpus.txt: what another validator, python3-jsonschema, says of random values and random schemas.

    draft_corpus.py [COUNT [SEED]] > draft_corpus.txt

One line per schema: [schema, [[value, is it valid], ...]]. The schema names its draft in "$schema".
"""

import json
import random
import sys
import warnings

import jsonschema

warnings.simplefilter("ignore")
DRAFTS = {
    4: ("http://json-schema.org/draft-04/schema#", jsonschema.Draft4Validator),
    6: ("http://json-schema.org/draft-06/schema#", jsonschema.Draft6Validator),
    7: ("http://json-schema.org/draft-07/schema#", jsonschema.Draft7Validator),
}
NAMES = ["a", "b", "ab", "c/d", "e~f"]
PATTERNS = ["^a", "b$", "[a-c]", "^.{2,3}$", "^(a|bb)*$", "\\d", "^\\s*$", "c/d"]
TYPES = ["object", "array", "string", "integer", "number", "boolean", "null"]
VALUES_PER_SCHEMA = 6


class Author:
    def __init__(self, seed):
        self.draw = random.Random(seed)

    def scalar(self):
        return self.draw.choice(["", "a", "ab", "abc", "bb", "7", "\u00e9", 0, 1, 2, 3, 4, 7, -1, 1.5, 2.0, True, False, None])

    def value(self, depth=3):
        kind = self.draw.random()
        if depth == 0 or kind < 0.4:
            return self.scalar()
        if kind < 0.65:
            return [self.value(depth - 1) for _ in range(self.draw.randint(0, 3))]
        return {name: self.value(depth - 1) for name in self.draw.sample(NAMES, self.draw.randint(0, 4))}

    def schemas(self, draft, depth, most):
        return [self.schema(draft, depth) for _ in range(self.draw.randint(1, most))]

    def table(self, draft, depth, names):
        return {name: self.schema(draft, depth) for name in self.draw.sample(names, self.draw.randint(1, 3))}

    def limits(self, draft, low, high):
        limit = self.draw.choice([0, 1, 2, 1.5, 3])
        keyword, exclusive = self.draw.choice([(low, "exclusive" + low.title()), (high, "exclusive" + high.title())])
        if draft == 4:
            return {keyword: limit, exclusive: self.draw.random() < 0.5}
        return {exclusive: limit} if self.draw.random() < 0.5 else {keyword: limit}

    def keyword(self, draft, depth):
        """One keyword, with those that belong to it."""
        draw = self.draw
        below = depth - 1
        simple = [
            lambda: {"type": draw.choice(TYPES)},
            lambda: {"type": draw.sample(TYPES, 2)},
            lambda: {"enum": [self.value(1) for _ in range(4)]},
            lambda: self.limits(draft, "minimum", "maximum"),
            lambda: {"multipleOf": draw.choice([1, 2, 3])},
            lambda: {"minLength": draw.randint(0, 2)},
            lambda: {"maxLength": draw.randint(0, 2)},
            lambda: {"pattern": draw.choice(PATTERNS)},
            lambda: {"minItems": draw.randint(0, 2)},
            lambda: {"maxItems": draw.randint(0, 2)},
            lambda: {"uniqueItems": True},
            lambda: {"minProperties": draw.randint(0, 2)},
            lambda: {"maxProperties": draw.randint(0, 2)},
            lambda: {"required": draw.sample(NAMES, draw.randint(1, 2))},
            lambda: {"dependencies": {draw.choice(NAMES): draw.sample(NAMES, 1)}},
        ]
        nested = [
            lambda: {"properties": self.table(draft, below, NAMES)},
            lambda: {"properties": self.table(draft, below, NAMES), "additionalProperties": self.either(draft, below)},
            lambda: {"patternProperties": self.table(draft, below, PATTERNS)},
            lambda: {"additionalProperties": self.either(draft, below)},
            lambda: {"items": self.schema(draft, below)},
            lambda: {"items": self.schemas(draft, below, 2)},
            lambda: {"items": self.schemas(draft, below, 2), "additionalItems": self.either(draft, below)},
            lambda: {"allOf": self.schemas(draft, below, 2)},
            lambda: {"anyOf": self.schemas(draft, below, 3)},
            lambda: {"oneOf": self.schemas(draft, below, 3)},
            lambda: {"not": self.schema(draft, below)},
            lambda: {"dependencies": self.table(draft, below, NAMES)},
        ]
        if draft >= 6:
            simple.append(lambda: {"const": self.value(1)})
            nested.append(lambda: {"contains": self.schema(draft, below)})
            nested.append(lambda: {"propertyNames": self.schema(draft, below)})
        if draft >= 7:
            nested.append(lambda: {"if": self.schema(draft, below), "then": self.schema(draft, below)})
            nested.append(
                lambda: {"if": self.schema(draft, below), "then": self.schema(draft, below), "else": self.schema(draft, below)}
            )
        return draw.choice(nested if depth > 0 and draw.random() < 0.5 else simple)()

    def either(self, draft, depth):
        return self.draw.choice([True, False]) if self.draw.random() < 0.5 else self.schema(draft, depth)

    def schema(self, draft, depth):
        if draft >= 6 and self.draw.random() < 0.04:
            return self.draw.random() < 0.5
        if self.draw.random() < 0.12:
            return {"$ref": self.draw.choice(["#/definitions/x", "#/definitions/y~1z", "#/definitions/loop"])}
        schema = {}
        for _ in range(self.draw.randint(1, 3)):
            schema.update(self.keyword(draft, depth))
        return schema

    def definition(self, draft):
        """Without a "$ref", so that none leads back to itself."""
        while True:
            schema = self.schema(draft, 2)
            if isinstance(schema, dict) and "$ref" not in json.dumps(schema):
                return schema

    def document(self):
        draft = self.draw.choice([4, 6, 7])
        uri, validator = DRAFTS[draft]
        root = {"$schema": uri}
        for _ in range(self.draw.randint(1, 3)):
            root.update(self.keyword(draft, 3))
        # A tree: the step into the value ends it.
        step = self.draw.choice(["items", "additionalProperties"])
        loop = {step: {"$ref": "#/definitions/loop"}}
        loop.update(self.draw.choice([{"maxItems": 1}, {"maxProperties": 2}, {"not": {"type": "null"}}]))
        root["definitions"] = {"x": self.definition(draft), "y/z": self.definition(draft), "loop": loop}
        return root, validator(root)


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    author = Author(int(sys.argv[2]) if len(sys.argv) > 2 else 4)
    while count > 0:
        root, validator = author.document()
        values = [author.value() for _ in range(VALUES_PER_SCHEMA)]
        try:
            verdicts = [[value, validator.is_valid(value)] for value in values]
        except TypeError:  # jsonschema trips over "additionalItems" beside a boolean "items"
            continue
        print(json.dumps([root, verdicts], separators=(",", ":")))
        count -= 1


if __name__ == "__main__":
    main()
