"""Whether an answer is one that AWS could give, by the AWS SDK's model of it."""

from typing import Any

TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "long": int,
    "boolean": bool,
    "double": (int, float),
    "float": (int, float),
    "timestamp": (int, float, str),
    "blob": str,
}


def problems(value: Any, shape: Any, path: str) -> list[str]:
    """Members that the model does not know or misses, and values of the wrong type or outside their enumeration."""
    if shape.type_name == "structure":
        if not isinstance(value, dict):
            return [f"{path} is {value!r}, not a structure"]
        known = {member.serialization.get("name", name): member for name, member in shape.members.items()}
        unknown = [f"{path}.{name} is unknown to the model" for name in value if name not in known]
        missing = [f"{path}.{name} is missing" for name in shape.required_members if name not in value]
        inside = [problems(each, known[name], f"{path}.{name}") for name, each in value.items() if name in known]
        return unknown + missing + sum(inside, [])
    if shape.type_name == "list":
        if not isinstance(value, list):
            return [f"{path} is {value!r}, not a list"]
        return sum((problems(each, shape.member, f"{path}[{n}]") for n, each in enumerate(value)), [])
    if shape.type_name == "map":
        if not isinstance(value, dict):
            return [f"{path} is {value!r}, not a map"]
        return sum((problems(each, shape.value, f"{path}[{key}]") for key, each in value.items()), [])
    if not isinstance(value, TYPES[shape.type_name]) or (isinstance(value, bool) and shape.type_name != "boolean"):
        return [f"{path} is {value!r}, not a {shape.type_name}"]
    if getattr(shape, "enum", []) and value not in shape.enum:
        return [f"{path} is {value!r}, not one of {', '.join(shape.enum)}"]
    return []
