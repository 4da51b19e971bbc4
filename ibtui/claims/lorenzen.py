"""The claims of Lorenzen, Igel & Nielsen, "Information bottleneck: exact analysis of (quantized)
neural networks", ICLR 2022."""

from __future__ import annotations

from ibtui.claims import judges
from ibtui.claims.claim import Claim, Experiment, Ref

FORMS = "as-coded", "as-written"
ACTIVATIONS = "tanh", "relu"
BOTH_COUNTS = "exact", "requantized"
TANH, RELU, BOTTLENECK, BINNED, PRECISIONS = (
    tuple(f"lorenzen-fig{figure}-{form}" for form in FORMS)
    for figure in ("2", "3", "4", "a5-a6", "c10-c11")
)
PREFITTED = tuple(f"lorenzen-figd12-{form}-{one}" for one in ACTIVATIONS for form in FORMS)
BINS = 30, 100, 256


def _each(runs: tuple[str, ...], *series: str) -> tuple[tuple[Ref, ...], ...]:
    """A case for every run and series."""
    return tuple((Ref(run, one),) for run in runs for one in series)


def _binned(bins: int, activation: str, form: str) -> Ref:
    """A layer's own grid, as written: over the range of the run where tanh gives no bounds."""
    bounds = {"as-coded": "-network", "as-written": "" if activation == "tanh" else "-run"}[form]
    return Ref(f"lorenzen-figa5-a6-{form}-{activation}", f"binning-{bins}{bounds}")


def _of_bits(bits: int, activation: str, form: str) -> Ref:
    eight = {"tanh": 2, "relu": 3}[activation]
    name = f"fig{eight}-{form}" if bits == 8 else f"figc10-c11-{form}-bits-{bits}-{activation}"
    return Ref(f"lorenzen-{name}", "exact")


def _wide(*networks: str) -> tuple[str, ...]:
    return tuple(f"lorenzen-fige13-{form}-{one}" for one in networks for form in FORMS)


WITHOUT_BOTTLENECK = _wide("4x10", "conv")

EXPERIMENTS = (
    Experiment(
        "lorenzen-fig2-3",
        "Lorenzen et al. 2022, figures 2 and 3: tanh and ReLU, 8 bit, as coded and as written",
        (*TANH, *RELU),
        (
            Claim(
                "introduction, 1",
                "Both fitting and compression phases occur in the output softmax layer.",
                judges.output_fits_and_compresses,
                _each((*TANH, *RELU), *BOTH_COUNTS),
            ),
            Claim(
                "introduction, 2",
                "For the hidden layers, the fitting phase occurs for both tanh and ReLU.",
                judges.hidden_layers_fit,
                _each((*TANH, *RELU), "exact"),
            ),
            Claim(
                "introduction, 3",
                "With tanh, compression is only observed in the last hidden layer.",
                judges.only_the_last_hidden_layer_compresses,
                _each(TANH, "exact"),
            ),
            Claim(
                "introduction, 4",
                "With ReLU, there is no compression in the hidden layers.",
                judges.no_hidden_layer_compresses,
                _each(RELU, "exact"),
            ),
            Claim(
                "introduction, 6",
                "The approximation of MI is not the reason for these different dynamics: exact "
                "counts of tanh and of ReLU differ.",
                judges.the_first_compresses_and_the_second_does_not,
                tuple(
                    (Ref(one, "exact"), Ref(other, "exact"))
                    for one, other in zip(TANH, RELU, strict=True)
                ),
            ),
        ),
    ),
    Experiment(
        "lorenzen-fig4",
        "Lorenzen et al. 2022, figure 4: a bottleneck of two units on MNIST",
        BOTTLENECK,
        (
            Claim(
                "section 4.2",
                "The network reaches a maximum accuracy of around 90 %.",
                judges.accuracy_reaches(0.87, 0.93),
                _each(BOTTLENECK, "exact"),
            ),
            Claim(
                "section 4.2",
                "There is a clear fitting phase in the output layer and the three last hidden.",
                judges.layers_fit(2, 3, 4, 5),
                _each(BOTTLENECK, "exact"),
            ),
            Claim(
                "section 4.2",
                "A small compression phase is observed in the layer of two units.",
                judges.layers_compress(4, by=0.05),
                _each(BOTTLENECK, "exact"),
            ),
        ),
    ),
    Experiment(
        "lorenzen-figa5-a6",
        "Lorenzen et al. 2022, figures A.5 and A.6: binning in full precision",
        BINNED,
        (
            Claim(
                "A.5",
                "tanh, 30 bins: two phases are clearly visible in each layer.",
                judges.two_phases_where_layers_can_be_told_apart,
                tuple((_binned(30, "tanh", form),) for form in FORMS),
            ),
            Claim(
                "A.5, A.6",
                "I(X;T) increases with the number of bins (30, 100, 256).",
                judges.information_grows,
                tuple(
                    tuple(_binned(bins, activation, form) for bins in BINS)
                    for activation in ACTIVATIONS
                    for form in FORMS
                ),
            ),
            Claim(
                "A.6",
                "ReLU, 100 bins: the compression phase is not observed.",
                judges.no_hidden_layer_compresses,
                tuple((_binned(100, "relu", form),) for form in FORMS),
            ),
            Claim(
                "A.6",
                "ReLU, 30 bins: the data processing inequality is violated.",
                judges.the_dpi_is_violated,
                tuple((_binned(30, "relu", form),) for form in FORMS),
            ),
        ),
    ),
    Experiment(
        "lorenzen-figc10-c11",
        "Lorenzen et al. 2022, figures C.10 and C.11: 4, 8 and 32 bit",
        (*PRECISIONS, *TANH, *RELU),
        (
            Claim(
                "C",
                "Information grows with the precision: 4, 8, 32 bit.",
                judges.information_grows,
                tuple(
                    tuple(_of_bits(bits, activation, form) for bits in (4, 8, 32))
                    for activation in ACTIVATIONS
                    for form in FORMS
                ),
            ),
            Claim(
                "C.10",
                "tanh, 4 bit: several more layers become distinguishable.",
                judges.more_layers_can_be_told_apart,
                tuple((_of_bits(4, "tanh", form), _of_bits(8, "tanh", form)) for form in FORMS),
            ),
            Claim(
                "C.10",
                "4 bit: the accuracy is worse than in full precision.",
                judges.accuracy_is_lower,
                tuple(
                    tuple(_of_bits(bits, activation, form) for bits in (4, 32))
                    for activation in ACTIVATIONS
                    for form in FORMS
                ),
            ),
            Claim(
                "C.11",
                "32 bit: the information drops only very slowly through the network.",
                judges.hidden_layers_are_trivial,
                tuple(
                    (_of_bits(32, activation, form),)
                    for activation in ACTIVATIONS
                    for form in FORMS
                ),
            ),
        ),
    ),
    Experiment(
        "lorenzen-figd12",
        "Lorenzen et al. 2022, figure D.12: prefitting on shuffled labels",
        tuple(f"lorenzen-figd12-{form}" for form in FORMS),
        (
            Claim(
                "D",
                "For all discernible layers I(X;T) increases when fitted to random labels.",
                judges.prefitting(judges.hidden_information_rises),
                _each(PREFITTED, "exact"),
            ),
            Claim(
                "D",
                "There is no lateral movement of the output layer.",
                judges.prefitting(judges.the_output_does_not_move),
                _each(PREFITTED, *BOTH_COUNTS),
            ),
        ),
    ),
    Experiment(
        "lorenzen-fige13",
        "Lorenzen et al. 2022, figure E.13: other networks on MNIST",
        tuple(f"lorenzen-fige13-{form}" for form in FORMS),
        (
            Claim(
                "introduction, 5",
                "More complex networks are too expressive to exhibit compression, as no "
                "information is lost.",
                judges.hidden_layers_are_trivial,
                _each(WITHOUT_BOTTLENECK, "exact"),
            ),
            Claim(
                "E",
                "Accuracies are close to or above 95 % for all networks but the hourglass.",
                judges.accuracy_reaches(0.94),
                _each((*_wide("bottleneck-4"), *WITHOUT_BOTTLENECK), "exact"),
            ),
            Claim(
                "E",
                "The hourglass stays below that.",
                judges.accuracy_reaches(0.0, 0.94),
                _each(_wide("hourglass"), "exact"),
            ),
            Claim(
                "E",
                "Compression in the output layers of 4x10 and of the convolutions.",
                judges.layers_compress(-1),
                _each(WITHOUT_BOTTLENECK, *BOTH_COUNTS),
            ),
        ),
    ),
)
