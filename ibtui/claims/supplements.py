"""The claims of the supplements of Lorenzen, Igel & Nielsen, ICLR 2022: A, C, D, E and F."""

from __future__ import annotations

from ibtui.claims import accuracy, alike, judges
from ibtui.claims.claim import Claim, Experiment, Ref
from ibtui.claims.lorenzen import (
    ACTIVATIONS,
    BINNED,
    BOTH_COUNTS,
    BOTTLENECK,
    FORMS,
    PRECISIONS,
    RELU,
    TANH,
    each,
)

PREFITTED = tuple(f"lorenzen-figd12-{form}-{one}" for one in ACTIVATIONS for form in FORMS)
BINS = 30, 100, 256


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


def _beside_the_bottleneck(network: str) -> tuple[tuple[Ref, ...], ...]:
    pairs = zip(BOTTLENECK, _wide(network), strict=True)
    return tuple((Ref(one, "exact"), Ref(other, "exact")) for one, other in pairs)


def _beside_full_precision(bits: int) -> tuple[tuple[Ref, ...], ...]:
    return tuple(
        (_of_bits(bits, activation, form), _binned(256, activation, form))
        for activation in ACTIVATIONS
        for form in FORMS
    )


EXPERIMENTS = (
    Experiment(
        "lorenzen-figa5-a6",
        "Lorenzen et al. 2022, figures A.5 and A.6: binning in full precision",
        (*BINNED, *TANH, *RELU),
        (
            Claim(
                "abstract; conclusion",
                "Different ways of binning lead to qualitatively different results.",
                alike.readings_disagree,
                (
                    *(
                        tuple(_binned(bins, activation, form) for bins in BINS)
                        for activation in ACTIVATIONS
                        for form in FORMS
                    ),
                    *(
                        tuple(_binned(bins, activation, form) for form in FORMS for bins in BINS)
                        for activation in ACTIVATIONS
                    ),
                ),
            ),
            Claim(
                "section 4.1",
                "The plane of the quantized network is very similar to that of 256 bins.",
                alike.planes_are_alike,
                tuple(
                    (_of_bits(8, activation, form), _binned(256, activation, form))
                    for activation in ACTIVATIONS
                    for form in FORMS
                ),
            ),
            Claim(
                "section 4.3",
                "Information of the quantized networks is higher than binned information.",
                judges.information_grows,
                tuple(
                    (_binned(bins, activation, form), _of_bits(8, activation, form))
                    for bins in BINS
                    for activation in ACTIVATIONS
                    for form in FORMS
                ),
            ),
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
                "A.5, A.6",
                "I(T;Y) increases with the number of bins (30, 100, 256).",
                judges.label_information_grows,
                tuple(
                    tuple(_binned(bins, activation, form) for bins in BINS)
                    for activation in ACTIVATIONS
                    for form in FORMS
                ),
            ),
            Claim(
                "A.5",
                "tanh, 100 and 256 bins: the phases remain visible in the distinguishable layers.",
                judges.two_phases_where_layers_can_be_told_apart,
                tuple((_binned(bins, "tanh", form),) for bins in (100, 256) for form in FORMS),
            ),
            Claim(
                "A.6",
                "With the number of bins information grows less for ReLU than for tanh.",
                alike.grows_less,
                tuple(
                    tuple(
                        _binned(bins, activation, form)
                        for activation in ("relu", "tanh")
                        for bins in (30, 256)
                    )
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
                "C.10",
                "tanh, 4 bit: as in the original experiments there are two phases.",
                judges.two_phases_where_layers_can_be_told_apart,
                tuple((_of_bits(4, "tanh", form),) for form in FORMS),
            ),
            Claim(
                "C.10",
                "ReLU, 4 bit: as in the original experiments no hidden layer compresses.",
                judges.no_hidden_layer_compresses,
                tuple((_of_bits(4, "relu", form),) for form in FORMS),
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
                each(PREFITTED, "exact"),
            ),
            Claim(
                "D, read with the output",
                "For all discernible layers, the output among them, I(X;T) increases.",
                judges.prefitting(judges.all_information_rises),
                each(PREFITTED, *BOTH_COUNTS),
            ),
            Claim(
                "D",
                "As a consequence I(T;Y) of the hidden layers increases too.",
                judges.prefitting(judges.hidden_label_information_rises),
                each(PREFITTED, "exact"),
            ),
            Claim(
                "D",
                "That is most notable in the ReLU network.",
                lambda one, other: judges.label_information_rises_more(
                    *(r.under(since=int(r.run.recording.epoch[0]), until=0) for r in (one, other))
                ),
                tuple(
                    tuple(
                        Ref(f"lorenzen-figd12-{form}-{activation}", "exact")
                        for activation in ("relu", "tanh")
                    )
                    for form in FORMS
                ),
            ),
            Claim(
                "D",
                "The accuracy does not increase when training on random labels.",
                judges.prefitting(accuracy.accuracy_does_not_rise),
                each(PREFITTED, "exact"),
            ),
            Claim(
                "D, read of I(X;T)",
                "There is no lateral movement in the information plane for the output layer.",
                judges.prefitting(judges.the_output_does_not_move_along_x),
                each(PREFITTED, *BOTH_COUNTS),
            ),
            Claim(
                "D, read of I(T;Y)",
                "There is no movement of the output layer towards the label.",
                judges.prefitting(judges.the_output_does_not_move_along_y),
                each(PREFITTED, *BOTH_COUNTS),
            ),
        ),
    ),
    Experiment(
        "lorenzen-fige13",
        "Lorenzen et al. 2022, figure E.13: other networks on MNIST",
        (*(f"lorenzen-fige13-{form}" for form in FORMS), *BOTTLENECK),
        (
            Claim(
                "introduction, 5",
                "More complex networks are too expressive to exhibit compression, as no "
                "information is lost.",
                judges.hidden_layers_are_trivial,
                each(WITHOUT_BOTTLENECK, "exact"),
            ),
            Claim(
                "E",
                "Accuracies are close to or above 95 % for all networks but the hourglass.",
                judges.accuracy_reaches(0.94),
                each((*_wide("bottleneck-4"), *WITHOUT_BOTTLENECK), "exact"),
            ),
            Claim(
                "E",
                "The hourglass stays below that.",
                judges.accuracy_reaches(0.0, 0.94),
                each(_wide("hourglass"), "exact"),
            ),
            Claim(
                "E",
                "Compression in the output layers of 4x10 and of the convolutions.",
                judges.layers_compress(-1),
                each(WITHOUT_BOTTLENECK, *BOTH_COUNTS),
            ),
            Claim(
                "E",
                "Information of Bottleneck-4 is higher than that of Bottleneck-2.",
                judges.information_grows,
                _beside_the_bottleneck("bottleneck-4"),
            ),
            Claim(
                "E",
                "The curves of Bottleneck-4 are similar in shape to those of Bottleneck-2.",
                alike.phases_are_alike(),
                _beside_the_bottleneck("bottleneck-4"),
            ),
            Claim(
                "E",
                "The first layers of HourGlass are similar to those of Bottleneck-2.",
                alike.phases_are_alike(1, 2, 3, 4),
                _beside_the_bottleneck("hourglass"),
            ),
            Claim(
                "E",
                "The two expanding layers of HourGlass almost coincide with its bottleneck.",
                alike.layers_coincide(4, 5, 6),
                each(_wide("hourglass"), "exact"),
            ),
            Claim(
                "E",
                "Limited fitting can be observed for the output layer of 4x10.",
                judges.layers_fit(5),
                each(_wide("4x10"), *BOTH_COUNTS),
            ),
        ),
    ),
    Experiment(
        "lorenzen-figf14-f16",
        "Lorenzen et al. 2022, figures F.14 to F.16: accuracies",
        (*TANH, *RELU, *PRECISIONS, *BINNED, *BOTTLENECK, "lorenzen-fige13-as-coded"),
        (
            Claim(
                "section 4.1, F",
                "8 bit: accuracies are similar to those of the networks that are not quantized.",
                accuracy.accuracy_is_near(accuracy.SIMILAR),
                _beside_full_precision(8),
            ),
            Claim(
                "F",
                "The networks suffer only slightly when 4 bits are used.",
                accuracy.accuracy_is_near(accuracy.SLIGHTLY),
                _beside_full_precision(4),
            ),
            Claim(
                "F.14, F.15",
                "Training accuracy falls with fewer bits: 4, 8, 32.",
                accuracy.training_accuracy_grows,
                tuple(
                    tuple(_of_bits(bits, activation, form) for bits in (4, 8, 32))
                    for activation in ACTIVATIONS
                    for form in FORMS
                ),
            ),
            Claim(
                "F.16",
                "Networks without a narrow bottleneck have a lower variance of accuracy.",
                accuracy.accuracies_vary_less,
                tuple(
                    (Ref(f"lorenzen-fige13-as-coded-{one}", "exact"), Ref(other, "exact"))
                    for one in ("bottleneck-4", "4x10", "conv")
                    for other in (BOTTLENECK[0], "lorenzen-fige13-as-coded-hourglass")
                ),
            ),
            Claim(
                "F.16",
                "Training accuracy of Bottleneck-2 decreases, cross-entropy being the objective.",
                accuracy.training_accuracy_decreases,
                each(BOTTLENECK, "exact"),
            ),
        ),
    ),
)
