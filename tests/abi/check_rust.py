"""The structs that the example in Rust writes down have the fields of sdk/abi/v1.inc, in order; its constants have their values.

check_rust.py SDK_DIR      (sizes are asserted by the compiler, types by the eye)
"""
import pathlib
import re
import sys


def frozen(sdk):
    text = (sdk / "abi/v1.inc").read_text()
    fields, constants = {}, {}
    for struct, field in re.findall(r"^FANFARE_FIELD\(fanfare_(\w+), (\w+),", text, re.MULTILINE):
        fields.setdefault(struct, []).append(field)
    for name, value in re.findall(r"^FANFARE_CONSTANT\(FANFARE_(\w+), (\d+)u?\)", text, re.MULTILINE):
        constants[name] = int(value)
    return fields, constants


def written(sdk):
    text = (sdk / "examples/hello_rust/src/fanfare.rs").read_text()
    raw = text[text.index("pub mod raw {"):text.index("\n}\n")]
    structs = re.findall(r"#\[repr\(C\)\]\n(?: *#\[derive[^\n]*\n)? *pub struct (\w+) \{\n(.*?)\n    \}", raw, re.DOTALL)
    fields = {name.lower(): re.findall(r"^ *pub (?:r#)?(\w+):", body, re.MULTILINE) for name, body in structs}
    constants = {name: int(value) for name, value in re.findall(r"pub const (\w+): u32 = (\d+);", raw)}
    opaque = ("ctx", "instance")
    return {name: list_ for name, list_ in fields.items() if name not in opaque}, constants


def main():
    sdk = pathlib.Path(sys.argv[1])
    (fields, constants), (their_fields, their_constants) = frozen(sdk), written(sdk)
    faults = [f"struct {name}: {list_} instead of {fields.get(name)}" for name, list_ in their_fields.items() if list_ != fields.get(name)]
    faults += [f"{name} is {value} instead of {constants.get(name)}" for name, value in their_constants.items() if value != constants.get(name)]
    if len(their_fields) < 8 or len(their_constants) < 8:
        faults.append(f"found only {sorted(their_fields)} and {sorted(their_constants)} in the example: this test has lost its way")
    if faults:
        print("\n".join(faults))
    return 1 if faults else 0


sys.exit(main())
