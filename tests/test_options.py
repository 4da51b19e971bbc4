"""Every option has bounds: no number, text or array of a profile is without a greatest one."""

from collections.abc import Iterator

import pytest

from ibtui.options import Options
from ibtui.profile import Profile, Recorded
from ibtui.tui.settings import Settings

BOUNDS = {
    "integer": {"maximum", "exclusiveMaximum"},
    "number": {"maximum", "exclusiveMaximum"},
    "string": {"maxLength", "enum", "const"},
    "array": {"maxItems"},
    "object": {"maxProperties", "properties"},
}


def parts(schema: dict) -> Iterator[tuple[str, dict]]:
    """Every field of every table in a JSON schema, alternatives and items apart."""
    for table in (schema, *schema.get("$defs", {}).values()):
        waiting = [(f"{table['title']}.{key}", at) for key, at in table["properties"].items()]
        while waiting:
            where, found = waiting.pop()
            yield where, found
            inner = [*found.get("anyOf", ()), *found.get("oneOf", ())]
            held = "items", "propertyNames", "additionalProperties"
            inner += [found.get(key, {}) for key in held]
            waiting += [(where, each) for each in inner if each]


@pytest.mark.parametrize("model", [Profile, Recorded, Settings])
def test_every_field_is_bounded(model: type[Options]):
    schema = model.model_json_schema()
    checked_otherwise = {
        *(
            "Quantization.bits",
            "Quantization.weight_bits",
            "Quantization.input_bits",
        ),  # a validator
        "Settings.theme",
    }
    free = [
        where
        for where, found in parts(schema)
        if not BOUNDS.get(found.get("type", ""), {"type"}) & found.keys()
        and "type" in found
        and found["type"] in BOUNDS
        and where not in checked_otherwise
    ]
    assert free == []
