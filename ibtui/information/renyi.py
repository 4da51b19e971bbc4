"""Renyi: matrix-based entropy of the eigenvalues of a kernel matrix."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field, field_validator

from ibtui.errors import MeasureError
from ibtui.information.distances import direct_distances, products_suffice
from ibtui.information.estimator import Estimator
from ibtui.information.layer import Information, Layer

if TYPE_CHECKING:
    from jaxtyping import Float, Float64
    from torch import Tensor

MATRICES = 6  # float64 matrices alive at once for one replicate


class Renyi(Estimator):
    """I(A;B) = S(A) + S(B) - S(A o B), S = log2(sum lambda^alpha) / (1 - alpha) of unit trace.

    lambda are the eigenvalues of kernel matrices and of their product entry by entry. The kernels
    are Gaussian, exp(-d^2 / (2 sigma^2)), with sigma the mean distance to the `neighbours` nearest
    neighbours (where that is 0: 1 for equal points, 0 for others); for Y, equality of labels. It
    costs the cube of the samples, so it takes a random sample of them, the same one at every
    epoch, and can give no more than log2(samples).
    """

    source: ClassVar[str] = "Giraldo et al. 2015; Wickstroem et al. 2019; width: Yu et al. 2021"
    cost: ClassVar[str] = "samples^3"
    costly: ClassVar[bool] = True

    name: Literal["renyi"] = "renyi"
    alpha: float = Field(1.01, gt=0, le=1000, description="order of the entropy, not 1")
    samples: int = Field(512, ge=2, le=65536, description="random samples taken")
    neighbours: int = Field(
        10, ge=1, le=65536, description="nearest neighbours that set the kernel width"
    )
    seed: int = Field(0, ge=0, lt=2**62, description="seed of the sample")

    @field_validator("alpha")
    @classmethod
    def _not_one(cls, alpha: float) -> float:
        if alpha == 1:
            raise ValueError("1.0 is a limit of the formula (set 1.01)")
        return alpha

    @property
    def needs_inputs(self) -> bool:
        return True

    def measure(self, layer: Layer) -> Information:
        import torch

        _ = layer.extremes  # raises where a value is not finite
        generator = torch.Generator().manual_seed(self.seed)
        chosen = torch.randperm(len(layer.labels), generator=generator)[: self.samples]
        chosen = chosen.to(layer.values.device)
        needed = MATRICES * 8 * len(chosen) ** 2
        if needed > layer.memory_bytes:
            raise MeasureError(
                f"{self.series[0]}: {len(chosen)} samples need {needed >> 20} MiB, more than the "
                f"{layer.memory_bytes >> 20} MiB allowed (set fewer samples)"
            )
        # In the order of the labels a kernel of their equality is ones in blocks on the diagonal.
        chosen = chosen[layer.labels[chosen].argsort(stable=True)]
        sizes = layer.labels[chosen].bincount()
        h_y_bits = self._of_spectrum(sizes.double() / len(chosen))
        bounds = [0, *sizes.cumsum(0).tolist()]
        of_inputs = self._kernel(layer.inputs[chosen])
        h_x_bits = self._entropy_bits(of_inputs)
        rows = []
        for values in layer.values:
            own = self._kernel(values[chosen])
            of_labels = [own[start:stop, start:stop] for start, stop in pairwise(bounds)]
            h_t_bits = self._entropy_bits(own)
            i_xt_bits = h_x_bits + h_t_bits - self._entropy_bits(own * of_inputs)
            i_ty_bits = h_y_bits + h_t_bits - self._entropy_bits(*of_labels)
            rows.append(torch.stack((i_xt_bits, i_ty_bits)))
        i_xt_bits, i_ty_bits = torch.stack(rows, dim=-1).cpu().numpy()
        return Information(i_xt_bits[None], i_ty_bits[None])

    def _kernel(self, points: Float[Tensor, "sample unit"]) -> Float64[Tensor, "sample sample"]:
        """The kernel of points (sample, unit): ones on the diagonal, float64."""
        import torch

        own = torch.unique(points, dim=0, return_inverse=True)[1]
        equal = own[:, None] == own
        points = points.double()
        squares = points.square().sum(1)
        # The rounding of a matrix product would set equal points apart.
        far = torch.addmm(squares[:, None] + squares, points, points.T, alpha=-2)
        far = far.clamp_(min=0).masked_fill_(equal, 0).sqrt_()
        width = self._width(far)
        if not products_suffice(squares, width**2):
            far = direct_distances(points, points)
            width = self._width(far)
        gaussian = (far / width).square_().div_(-2).exp_()
        return torch.where(width > 0, gaussian, equal.double())

    def _width(self, far: Float64[Tensor, "sample sample"]) -> Float64[Tensor, ""]:
        """The mean distance to the nearest neighbours, of distances (sample, sample)."""
        nearest = min(self.neighbours, len(far) - 1)
        return far.topk(nearest + 1, dim=1, largest=False).values[:, 1:].mean()

    def _entropy_bits(self, *blocks: Float64[Tensor, "_ _"]) -> Float64[Tensor, ""]:
        """The entropy of a kernel that is zero but for `blocks` on its diagonal."""
        import torch

        samples = sum(len(block) for block in blocks)
        spectra = [torch.linalg.eigvalsh(block / samples) for block in blocks if len(block)]
        # A kernel matrix has no negative eigenvalue; what is below 0 is rounding.
        return self._of_spectrum(torch.cat(spectra).clamp(min=0))

    def _of_spectrum(self, eigenvalues: Float64[Tensor, " eigenvalue"]) -> Float64[Tensor, ""]:
        return eigenvalues.pow(self.alpha).sum().log2() / (1 - self.alpha)
