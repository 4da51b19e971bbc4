"""The estimators: one file a family, one entry here; others are plug-ins. It loads no torch."""

from typing import Annotated, get_args

from pydantic import Field

from ibtui.information.absent import Absent
from ibtui.information.adaptive import Doane, Scott, Sturges
from ibtui.information.binning import Binning
from ibtui.information.binning_width import BinningWidth
from ibtui.information.copula import GaussianCopula
from ibtui.information.edge import Edge
from ibtui.information.estimator import Estimator
from ibtui.information.exact import Exact
from ibtui.information.histogram2d import Histogram2d
from ibtui.information.kde import Kde
from ibtui.information.kmeans import KMeans
from ibtui.information.knn import Knn
from ibtui.information.layer import Information, Layer
from ibtui.information.mixture import GaussianMixture
from ibtui.information.neuron_mean import NeuronMean
from ibtui.information.quantile import Quantile
from ibtui.information.renyi import Renyi
from ibtui.information.requantized import Requantized
from ibtui.plugins import Plugins

Family = (
    Exact
    | Requantized
    | Binning
    | BinningWidth
    | Scott
    | Sturges
    | Doane
    | Quantile
    | Kde
    | KMeans
    | Knn
    | Edge
    | Renyi
    | NeuronMean
    | Histogram2d
    | GaussianCopula
    | GaussianMixture
)

ESTIMATORS: tuple[type[Estimator], ...] = get_args(Family)
PLUGINS: Plugins[Estimator] = Plugins("ibtui.estimators", Estimator, Absent, ESTIMATORS)
Estimators = Annotated[Family, Field(discriminator="name"), PLUGINS]

__all__ = ["ESTIMATORS", "PLUGINS", "Estimator", "Estimators", "Exact", "Information", "Layer"]
