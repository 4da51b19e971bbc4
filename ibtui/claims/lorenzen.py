"""The claims of Lorenzen, Igel & Nielsen, "Information bottleneck: exact analysis of (quantized)
neural networks", ICLR 2022: its main text, and B."""

from __future__ import annotations

from ibtui.claims import alike, course, judges
from ibtui.claims.claim import Claim, Experiment, Ref

FORMS = "as-coded", "as-written"
ACTIVATIONS = "tanh", "relu"
BOTH_COUNTS = "exact", "requantized"
TANH, RELU, BOTTLENECK, BINNED, PRECISIONS = (
    tuple(f"lorenzen-fig{figure}-{form}" for form in FORMS)
    for figure in ("2", "3", "4", "a5-a6", "c10-c11")
)


def each(runs: tuple[str, ...], *series: str) -> tuple[tuple[Ref, ...], ...]:
    """A case for every run and series."""
    return tuple((Ref(run, one),) for run in runs for one in series)


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
                each((*TANH, *RELU), *BOTH_COUNTS),
            ),
            Claim(
                "introduction, 2",
                "For the hidden layers, the fitting phase occurs for both tanh and ReLU.",
                judges.hidden_layers_fit,
                each((*TANH, *RELU), "exact"),
            ),
            Claim(
                "introduction, 3",
                "With tanh, compression is only observed in the last hidden layer.",
                judges.only_the_last_hidden_layer_compresses,
                each(TANH, "exact"),
            ),
            Claim(
                "introduction, 4",
                "With ReLU, there is no compression in the hidden layers.",
                judges.no_hidden_layer_compresses,
                each(RELU, "exact"),
            ),
            Claim(
                "section 4.1",
                "tanh: the last hidden layer fits, interrupted by a small compression phase.",
                course.fitting_is_interrupted(5),
                each(TANH, "exact"),
            ),
            Claim(
                "section 4.1",
                "tanh: for the layers before it information remains almost constant.",
                course.neither_phase(1, 2, 3, 4),
                each(TANH, "exact"),
            ),
            Claim(
                "section 4.1",
                "ReLU: I(X;T5) rises slightly after approximately 1800 epochs.",
                course.rises_after(1800, 5),
                each(RELU, "exact"),
            ),
            Claim(
                "section 4.1",
                "ReLU: that is observed only for the hidden layer before the output.",
                course.does_not_rise_after(1800, 1, 2, 3, 4),
                each(RELU, "exact"),
            ),
            Claim(
                "B",
                "Where the mean of I(X;T) is large, the variance between replicates is low.",
                alike.replicates_vary_less_where_information_is_large,
                each((*TANH, *RELU), "exact"),
            ),
            Claim(
                "B",
                "The variance is slightly larger for ReLU.",
                alike.replicates_vary_more,
                tuple(
                    (Ref(one, "exact"), Ref(other, "exact"))
                    for one, other in zip(RELU, TANH, strict=True)
                ),
            ),
            Claim(
                "B",
                "The mean represents individual replicates fairly well: the median one is like it.",
                alike.the_median_replicate_is_like_the_mean,
                each((*TANH, *RELU), "exact"),
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
                each(BOTTLENECK, "exact"),
            ),
            Claim(
                "section 4.2",
                "There is a clear fitting phase in the output layer and the three last hidden.",
                judges.layers_fit(2, 3, 4, 5),
                each(BOTTLENECK, "exact"),
            ),
            Claim(
                "section 4.2",
                "A small compression phase is observed in the layer of two units.",
                judges.layers_compress(4, by=0.05),
                each(BOTTLENECK, "exact"),
            ),
            Claim(
                "section 4.2",
                "Small compression phases are observed in the ReLU layers around 1500 epochs.",
                course.between(1000, 2000, judges.layers_compress(3, 4, by=0.05)),
                each(BOTTLENECK, "exact"),
            ),
            Claim(
                "figure 4",
                "The fitting of the layer of two units is interrupted by a small compression.",
                course.fitting_is_interrupted(4),
                each(BOTTLENECK, "exact"),
            ),
            Claim(
                "B",
                "Where the mean of I(X;T) is large, the variance between replicates is low.",
                alike.replicates_vary_less_where_information_is_large,
                each(BOTTLENECK, "exact"),
            ),
            Claim(
                "B",
                "The mean represents individual replicates fairly well: the median one is like it.",
                alike.the_median_replicate_is_like_the_mean,
                each(BOTTLENECK, "exact"),
            ),
        ),
    ),
)
