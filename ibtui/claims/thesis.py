"""The claims of the thesis on the information bottleneck for DNNs (binning, KDE, k-means)."""

from __future__ import annotations

from ibtui.claims import alike, course, growth, judges
from ibtui.claims.claim import Claim, Experiment, Ref

MAJORITY_TANH, MAJORITY_RELU = "thesis-fig3.6-3.9-tanh", "thesis-fig3.6-3.9-relu"
UNIFORM_RELU = ((Ref(MAJORITY_RELU, "binning-50-run"),),)
ADAPTIVE = "doane", "scott"
KDE = "kde-upper", "kde-lower"
OPTIMIZERS = "sgd", "adam"  # gradient descent as the text has it, and what overfits in the epochs
BINNED, BINNED_WITH_DROPOUT = (
    tuple((Ref(f"thesis-fig4.1-dropout-{dropout}-{one}", "binning-50"),) for one in OPTIMIZERS)
    for dropout in ("0.0", "0.5")
)
CLUSTERED = {
    activation: tuple(
        (Ref(f"thesis-fig4.3-{one}-{activation}", "kmeans-inputs"),) for one in OPTIMIZERS
    )
    for activation in ("tanh", "relu")
}

EXPERIMENTS = (
    Experiment(
        "thesis-fig3.3",
        "Thesis, figure 3.3: one hidden unit, tanh and leaky ReLU",
        ("thesis-fig3.3",),
        (
            Claim(
                "conclusion 1",
                "Compression mainly exists where the activation function is double-saturated.",
                judges.the_first_compresses_and_the_second_does_not,
                (
                    (
                        Ref("thesis-fig3.3-tanh", "histogram2d-30"),
                        Ref("thesis-fig3.3-leaky-relu", "histogram2d-30"),
                    ),
                ),
            ),
            Claim(
                "section 3.1",
                "With leaky ReLU the hidden layer shows neither fitting nor compression.",
                course.neither_phase(1),
                ((Ref("thesis-fig3.3-leaky-relu", "histogram2d-30"),),),
            ),
            Claim(
                "section 3.1",
                "With leaky ReLU compression reappears behind the sigmoid of the output.",
                judges.layers_compress(-1),
                ((Ref("thesis-fig3.3-leaky-relu", "histogram2d-30"),),),
            ),
            Claim(
                "section 3.1",
                "Weights keep increasing regardless of tanh or leaky ReLU.",
                growth.weights_grow,
                tuple(
                    (Ref(f"thesis-fig3.3-{one}", "histogram2d-30"),)
                    for one in ("tanh", "leaky-relu")
                ),
            ),
        ),
    ),
    Experiment(
        "thesis-fig3.6-3.9",
        "Thesis, figures 3.6 to 3.9: the majority task under uniform and adaptive bins and KDE",
        ("thesis-fig3.6-3.9",),
        (
            Claim(
                "conclusion 1",
                "ReLU loses information too, but much less than tanh.",
                judges.the_first_compresses_more,
                (
                    (Ref(MAJORITY_TANH, "binning-50"), Ref(MAJORITY_RELU, "binning-50-run")),
                    *(
                        (Ref(MAJORITY_TANH, one), Ref(MAJORITY_RELU, one))
                        for one in (*ADAPTIVE, *KDE)
                    ),
                ),
            ),
            Claim(
                "section 3.2.1",
                "tanh: a fitting phase is followed by a compression phase.",
                judges.two_phases_where_layers_can_be_told_apart,
                ((Ref(MAJORITY_TANH, "binning-50"),),),
            ),
            Claim(
                "section 3.2.1",
                "ReLU in uniform bins shows neither a fitting nor a compression phase.",
                course.neither_phase(2, 3, 4),
                UNIFORM_RELU,
            ),
            Claim(
                "section 3.2.1, figure 3.6 (d)",
                "ReLU in uniform bins: T3 and T4 compress when the accuracy is high.",
                judges.layers_compress(3, 4),
                UNIFORM_RELU,
            ),
            Claim(
                "section 3.2.1",
                "ReLU in uniform bins: I(T;Y) of T3 and T4 begins near 1 bit, which is wrong, "
                "since the accuracy is bad.",
                course.knows_labels_before_learning(3, 4),
                UNIFORM_RELU,
            ),
            Claim(
                "section 3.2.3",
                "KDE: the bounds of I(T;Y) of each layer tend to overlap eventually.",
                alike.bounds_close_up(3, 4, 5),
                tuple(
                    tuple(Ref(run, one) for one in KDE) for run in (MAJORITY_TANH, MAJORITY_RELU)
                ),
            ),
            Claim(
                "section 3.2.3",
                "KDE shows compression, for tanh and for ReLU.",
                judges.some_hidden_layer_compresses,
                tuple((Ref(run, one),) for run in (MAJORITY_TANH, MAJORITY_RELU) for one in KDE),
            ),
            Claim(
                "section 3.2.2",
                "Adaptive bins show compression with ReLU.",
                judges.some_hidden_layer_compresses,
                tuple((Ref(MAJORITY_RELU, one),) for one in ADAPTIVE),
            ),
            Claim(
                "section 5.1.2",
                "ReLU: the number of adaptive bins decreases a little when the training accuracy "
                "has converged.",
                growth.cells_decrease("convergence"),
                tuple((Ref(MAJORITY_RELU, one),) for one in ADAPTIVE),
            ),
            Claim(
                "section 5.1.2, read of the whole training",
                "ReLU: the number of adaptive bins decreases.",
                growth.cells_decrease("start"),
                tuple((Ref(MAJORITY_RELU, one),) for one in ADAPTIVE),
            ),
            Claim(
                "conclusion 2",
                "I(X;T) and I(T;Y) follow the data processing inequality.",
                judges.the_dpi_holds,
                (
                    (Ref(MAJORITY_TANH, "binning-50"),),
                    (Ref(MAJORITY_RELU, "binning-50-run"),),
                    *(
                        (Ref(run, one),)
                        for run in (MAJORITY_TANH, MAJORITY_RELU)
                        for one in ADAPTIVE
                    ),
                ),
            ),
        ),
    ),
    Experiment(
        "thesis-fig3.10-3.11",
        "Thesis, figures 3.10 and 3.11: learning rates and batch sizes",
        ("thesis-fig3.10", "thesis-fig3.11"),
        (
            Claim(
                "conclusion 2",
                "Where layers end is robust to learning rate and batch size.",
                judges.ends_agree,
                (
                    tuple(
                        Ref(f"thesis-fig3.10-{name}", "binning-50")
                        for name in ("default", "rate-0.01", "batch-1")
                    ),
                ),
            ),
            Claim(
                "section 3.2.4",
                "Rate and batch size change the speed: a rate of 0.01, or smaller batches, enter "
                "compression sooner.",
                course.the_first_enters_compression_sooner,
                tuple(
                    tuple(Ref(f"thesis-fig3.10-{name}", "binning-50") for name in pair)
                    for pair in (
                        ("rate-0.01", "default"),
                        ("batch-1", "default"),
                        ("default", "batch-1024"),
                    )
                ),
            ),
            Claim(
                "section 3.2.4",
                "Compression is not due to the noise of the gradient: the full batch shows it.",
                judges.some_hidden_layer_compresses,
                ((Ref("thesis-fig3.11", "binning-50"),),),
            ),
        ),
    ),
    Experiment(
        "thesis-fig3.12",
        "Thesis, figure 3.12: iris",
        ("thesis-fig3.12",),
        (
            Claim(
                "section 3.3",
                "I(T;Y) of the hidden layers almost converges to its maximum, 1.58 bits.",
                judges.labels_are_learnt(0.9),
                (
                    (Ref("thesis-fig3.12-tanh", "binning-50"),),
                    (Ref("thesis-fig3.12-relu", "scott"),),
                ),
            ),
            Claim(
                "section 3.3",
                "Shallow layers have higher information than deep ones: the data processing "
                "inequality holds.",
                judges.the_dpi_holds,
                (
                    (Ref("thesis-fig3.12-tanh", "binning-50"),),
                    (Ref("thesis-fig3.12-relu", "scott"),),
                ),
            ),
            Claim(
                "section 3.3",
                "tanh: the training consists of a fitting and a compression phase.",
                judges.two_phases_where_layers_can_be_told_apart,
                ((Ref("thesis-fig3.12-tanh", "binning-50"),),),
            ),
            Claim(
                "section 3.3",
                "tanh compresses more than ReLU, whose compression is slight.",
                judges.the_first_compresses_more,
                ((Ref("thesis-fig3.12-tanh", "scott"), Ref("thesis-fig3.12-relu", "scott")),),
            ),
        ),
    ),
    Experiment(
        "thesis-fig4.1-4.3",
        "Thesis, figures 4.1 and 4.3: the wireless channel, binned and clustered",
        ("thesis-fig4.1", "thesis-fig4.3"),
        (
            Claim(
                "section 4.1",
                "Without dropout the network overfits.",
                judges.overfits,
                BINNED,
            ),
            Claim(
                "section 4.1",
                "With dropout it does not.",
                judges.does_not_overfit,
                BINNED_WITH_DROPOUT,
            ),
            Claim(
                "section 4.1",
                "I(X;T) starts with large values and then decreases.",
                course.starts_high_and_falls(4, 5),
                BINNED,
            ),
            Claim(
                "section 4.1",
                "Only the 6th hidden layer, of 4 units, has a compression as in chapter 3.",
                course.only_compresses(6),
                BINNED,
            ),
            Claim(
                "section 4.1",
                "With dropout I(X;T) and I(T;Y) both decrease before 100 epochs.",
                course.forgets_between(0, 100),
                BINNED_WITH_DROPOUT,
            ),
            Claim(
                "section 4.2",
                "k-means, ReLU: there is no compression phase.",
                judges.no_hidden_layer_compresses,
                CLUSTERED["relu"],
            ),
            Claim(
                "section 4.2",
                "k-means, ReLU: around 2000 epochs I(X;T) and I(T;Y) both decrease.",
                course.forgets_between(1500, 2500),
                CLUSTERED["relu"],
            ),
            Claim(
                "conclusion 3",
                "Binning is not a correct way: it shows no fitting phase.",
                judges.no_hidden_layer_fits,
                BINNED,
            ),
            Claim(
                "conclusion 3",
                "k-means shows the fitting phase.",
                judges.hidden_layers_fit,
                (*CLUSTERED["tanh"], *CLUSTERED["relu"]),
            ),
            Claim(
                "conclusion 4",
                "Compression does not indicate better generalization: it comes with overfitting.",
                judges.compresses_while_overfitting,
                CLUSTERED["tanh"],
            ),
        ),
    ),
    Experiment(
        "thesis-fig5.1",
        "Thesis, figure 5.1: activations of the fourth hidden layer",
        ("thesis-fig5.1",),
        (
            Claim(
                "section 5.1.1",
                "tanh: after convergence more values are pushed towards both ends.",
                growth.activations_move_to_the_ends(4),
                ((Ref("thesis-fig5.1-tanh", "binning-50-layer"),),),
            ),
            Claim(
                "section 5.1.2",
                "ReLU: the zeros of the fourth hidden layer do not vary much after 3000 epochs.",
                growth.zeros_stay(4, 3000),
                ((Ref("thesis-fig5.1-relu", "binning-50-layer"),),),
            ),
            Claim(
                "section 5.1.2",
                "ReLU: its positive values grow.",
                growth.activations_grow(4, 3000),
                ((Ref("thesis-fig5.1-relu", "binning-50-layer"),),),
            ),
        ),
    ),
)
