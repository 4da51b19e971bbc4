"""The capacity of a layer: log2 of its possible states."""

import itertools
import math

import numpy as np
import pytest

from ibtui.profile import parse_profile
from ibtui.profile.capacity import capacities_bits


def of(units, quantization: str, network: str = "") -> tuple[float, ...]:
    text = f'name = "a"\n{network}\n{quantization}'
    return capacities_bits(parse_profile(text, "a.toml"), units)


def test_a_quantized_layer_has_its_bits_times_its_units():
    assert of((10, 3, 2), "quantization.bits = 8") == (80, 24, 8)
    assert of((10, 3, 2), "quantization.bits = 4") == (40, 12, 4)
    assert of((10, 3, 1), "quantization.bits = 4", "network.output = 'sigmoid'") == (40, 12, 4)


def test_full_precision_has_32_bits_a_unit():
    assert of((3, 2), "") == of((3, 2), "quantization.bits = 32") == (96, 64)
    assert of((3, 2), "quantization = { bits = 4, output = 'none' }") == (12, 64)


@pytest.mark.parametrize(("bits", "units"), [(1, 2), (2, 2), (2, 3), (3, 2)])
def test_logits_that_differ_by_one_number_are_one_state(bits, units):
    """Counted: softmax sees nothing but how far logits are apart."""
    quantization = f"quantization = {{ bits = {bits}, output = 'logits' }}"
    found = of((4, units), quantization)[-1]
    grid = itertools.product(range(2**bits), repeat=units)
    states = {tuple(np.array(logits) - min(logits)) for logits in grid}
    assert found == pytest.approx(math.log2(len(states)), abs=1e-12)
