"""What a small sample makes of I(T;Y), and what corrections and the null make of that, simulated.

python -m tests.benchmarks.small_samples [--samples 820] [--states 200] [--times 100]
"""

import argparse

import numpy as np

from ibtui.information.correction import CORRECTIONS
from ibtui.information.exact import Exact
from tests.information.test_counted import TRUE_BITS, samples_of_a_source


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    for name, default in (("samples", 820), ("states", 200), ("times", 100)):
        parser.add_argument(f"--{name}", type=int, default=default)
    asked = parser.parse_args()
    print(f"true I(T;Y) = {TRUE_BITS} bits, {asked.states} states, {asked.samples} samples")
    null = {"shuffles": 5}
    options = [{}, null, {**null, "subtract_null": True}]
    for one in (*options, *({"correction": name} for name in CORRECTIONS)):
        estimator = Exact.model_validate(one)
        drawn = samples_of_a_source(asked.times, asked.samples, asked.states)
        bits = [estimator.apply(layer).i_ty_bits.item() for layer in drawn]
        print(f"{estimator.series[0]:>20} {np.mean(bits):6.3f} ({np.std(bits):.3f})")


if __name__ == "__main__":
    main()
