"""TOML for the daemon's configuration, from plain dictionaries."""
import json
import re

BARE = re.compile(r"^[A-Za-z0-9_-]+$")


def dumps(table):
    """Nested dictionaries become tables, lists of dictionaries arrays of tables ([[route]])."""
    lines = []
    _table(lines, [], table)
    return "\n".join(lines) + "\n"


def _key(name):
    return name if BARE.match(name) else json.dumps(name)


def _value(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(name)} = {_value(item)}" for name, item in value.items()) + " }"
    raise TypeError(f"no TOML for {value!r}")


def _is_array_of_tables(value):
    return isinstance(value, list) and value and all(isinstance(item, dict) for item in value)


def _table(lines, path, table):
    inner = {name: value for name, value in table.items() if isinstance(value, dict) and not path}
    deeper = {name: value for name, value in table.items() if isinstance(value, dict) and len(path) == 1}
    arrays = {name: value for name, value in table.items() if not path and _is_array_of_tables(value)}
    for name, value in table.items():
        if name not in inner and name not in deeper and name not in arrays:
            lines.append(f"{_key(name)} = {_value(value)}")
    for name, value in {**inner, **deeper}.items():
        if path or any(not isinstance(item, dict) for item in value.values()):
            lines += ["", "[" + ".".join(_key(part) for part in path + [name]) + "]"]
        _table(lines, path + [name], value)
    for name, items in arrays.items():
        for item in items:
            lines += ["", f"[[{_key(name)}]]"]
            lines += [f"{_key(key)} = {_value(value)}" for key, value in item.items()]
