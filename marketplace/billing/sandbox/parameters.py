"""What did the caller send: which parameters does an endpoint take, and are these readable?"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from marketplace.billing.sandbox.errors import Json, Refusal, bad_parameter

MAX_METADATA_KEYS = 50
MAX_METADATA_KEY = 40
MAX_METADATA_VALUE = 500


@dataclass(frozen=True)
class Field:
    """One parameter: how its text is read, and whether it must be there."""

    read: Callable[[str, Any], Any]
    is_required: bool = False


Fields = Mapping[str, Field]


def decode(pairs: Iterable[tuple[str, str]]) -> Json:
    """Form fields as nested dictionaries: `metadata[order]=7`, `expand[0]=customer`, `expand[]=customer`."""
    tree: Json = {}
    for name, value in pairs:
        *path, last = name.replace("]", "").split("[")
        branch = tree
        for step in path:
            branch = branch.setdefault(step or str(len(branch)), {})
            if not isinstance(branch, dict):
                raise bad_parameter(f"Invalid parameter name: {name}", name, "parameter_invalid_empty")
        branch[last or str(len(branch))] = value
    return tree


def read_parameters(fields: Fields, sent: Json) -> Json:
    """The parameters as values; one sent as '' is None. Raises Refusal (not stored) if one does not fit."""
    for name in sent:
        if name not in fields:
            raise _unknown(name)
    for name, field in fields.items():
        if field.is_required and sent.get(name, "") == "":
            code = "parameter_invalid_empty" if name in sent else "parameter_missing"
            raise bad_parameter(f"Missing required param: {name}.", name, code)
    return {name: fields[name].read(name, raw) for name, raw in sent.items()}


def _unknown(name: str) -> Refusal:
    if name == "payment_method_types":
        return bad_parameter(
            "`payment_method_types` is no longer supported: use `allowed_payment_method_types`.",
            name,
            "payment_method_types_no_longer_supported",
        )
    return bad_parameter(
        f"Received unknown parameter: {name} (or one that the sandbox does not cover)",
        name,
        "parameter_unknown",
    )


def _text(name: str, raw: Any) -> str | None:
    if not isinstance(raw, str):
        raise bad_parameter("Invalid string", name, "parameter_invalid_string_blank")
    if len(raw) > 5000:
        raise bad_parameter(
            f"Invalid string: must be at most 5000 characters: {name}", name, "parameter_invalid"
        )
    return raw or None


def _integer(name: str, raw: Any) -> int | None:
    if raw == "":
        return None
    if not isinstance(raw, str) or not re.fullmatch(r"-?[0-9]{1,18}", raw):
        raise bad_parameter(f"Invalid integer: {raw}", name, "parameter_invalid_integer")
    return int(raw)


def _positive(name: str, raw: Any) -> int | None:
    number = _integer(name, raw)
    if number is not None and number < 1:
        raise bad_parameter(
            "This value must be greater than or equal to 1.", name, "parameter_invalid_integer"
        )
    return number


def _page_size(name: str, raw: Any) -> int | None:
    number = _positive(name, raw)
    if number is not None and number > 100:
        raise bad_parameter(
            "This value must be less than or equal to 100.", name, "parameter_invalid_integer"
        )
    return number


def _boolean(name: str, raw: Any) -> bool:
    if raw not in ("true", "false"):
        raise bad_parameter(f"Invalid boolean: {raw}", name, "parameter_invalid")
    return bool(raw == "true")


def _table(name: str, raw: Any) -> Json | None:
    if raw == "":
        return None
    if not isinstance(raw, dict):
        raise bad_parameter("Invalid object", name, "parameter_invalid")
    return raw


def _text_or_table(name: str, raw: Any) -> str | Json | None:
    return _table(name, raw) if isinstance(raw, dict) else _text(name, raw)


def _list(name: str, raw: Any) -> list[str]:
    table = _table(name, raw) or {}
    if not all(step.isdecimal() and isinstance(value, str) for step, value in table.items()):
        raise bad_parameter("Invalid array", name, "parameter_invalid")
    return [table[step] for step in sorted(table, key=int)]


def _metadata(name: str, raw: Any) -> dict[str, str] | None:
    table = _table(name, raw)
    for key, value in (table or {}).items():
        if not isinstance(value, str) or len(key) > MAX_METADATA_KEY or len(value) > MAX_METADATA_VALUE:
            message = (
                f"Metadata keys have up to {MAX_METADATA_KEY} characters, values up to {MAX_METADATA_VALUE}."
            )
            raise bad_parameter(message, f"{name}[{key}]", "parameter_invalid")
    return table


def _moments(name: str, raw: Any) -> dict[str, int]:
    bounds = raw if isinstance(raw, dict) else {"eq": raw}
    if not set(bounds) <= {"eq", "gt", "gte", "lt", "lte"}:
        raise bad_parameter("Invalid range", name, "parameter_invalid")
    return {bound: _integer(name, value) or 0 for bound, value in bounds.items()}


TEXT = Field(_text)
INTEGER = Field(_integer)
POSITIVE = Field(_positive)
PAGE_SIZE = Field(_page_size)
BOOLEAN = Field(_boolean)
TABLE = Field(_table)
TEXT_OR_TABLE = Field(_text_or_table)
LIST = Field(_list)
METADATA = Field(_metadata)
MOMENTS = Field(_moments)


def required(field: Field) -> Field:
    """The same parameter, which must be there."""
    return replace(field, is_required=True)


def one_of(*choices: str) -> Field:
    """A parameter with a closed list of values."""

    def read(name: str, raw: Any) -> str:
        if raw not in choices:
            message = f"Invalid {name}: must be one of {', '.join(choices)}"
            raise bad_parameter(message, name, "parameter_invalid_string")
        return str(raw)

    return Field(read)


def merged_metadata(old: dict[str, str], sent: dict[str, str] | None) -> dict[str, str]:
    """Metadata after an update: keys sent empty are unset, and sending '' for all of it unsets everything."""
    if sent is None:
        return {}
    both = {**old, **sent}
    if len(both) > MAX_METADATA_KEYS:
        message = f"Metadata has up to {MAX_METADATA_KEYS} keys."
        raise bad_parameter(message, "metadata", "parameter_invalid")
    return {key: value for key, value in both.items() if value != ""}
