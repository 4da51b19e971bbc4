"""Networks of others: factories of torch modules that plug-ins have, picked by `network.name`.

The network that a profile lays out itself, of dense layers, convolutions and pooling, has no name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pydantic import ConfigDict, Field

from ibtui.options import Options
from ibtui.plugins import Plugins

if TYPE_CHECKING:
    from torch import nn


class Factory(Options):
    """Makes a network as a torch module; its options are the keys of `[network]`.

    The module takes inputs (sample, ...) float32 in the shape of the data's samples, and gives one
    logit a label, (sample, label). All that changes in it has to be in its parameters (float32) and
    buffers, and all its random numbers have to be torch's: then a resumed run goes on bit for bit.
    """

    name: str = Field(max_length=200)

    def build(self, shape: tuple[int, ...], classes: int) -> nn.Module:
        """A new module for samples of `shape` and so many labels, its parameters drawn anew."""
        raise NotImplementedError

    def layers(self) -> Sequence[str] | Mapping[str, str]:
        """The paths of the modules that are measured, from the input to the output, or by names."""
        raise NotImplementedError

    def pool(self) -> str | Mapping[str, str]:
        """The rule that makes units of channels or tokens, of all layers or by their names."""
        return "flatten"


class Absent(Factory):
    """What a run says of a network that some plug-in has, whatever its options are."""

    model_config = ConfigDict(extra="allow")


PLUGINS: Plugins[Factory] = Plugins("ibtui.networks", Factory, Absent, ())
