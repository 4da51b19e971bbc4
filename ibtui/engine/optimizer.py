"""Optimizer: one update of the parameters of all replicates, in place."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from ibtui.engine.train_state import TorchState
from ibtui.profile import Training

BETA1, BETA2 = 0.9, 0.999  # Kingma & Ba 2015, section 2


def update(
    state: TorchState,
    gradient: Float[Tensor, "parameter replicate"],
    training: Training,
    rate: float | Float[Tensor, ""],
) -> None:
    """SGD with momentum, Adam or AdamW at learning rate `rate`.

    `gradient` is (parameter, replicate). Weight decay takes in all parameters, biases too: an L2
    penalty whose gradient joins the loss's, or for AdamW a decay beside the step (Loshchilov &
    Hutter 2019, algorithm 2), as torch's optimizers have it.
    """
    decay = training.decay
    state.steps.add_(1)
    if decay and training.optimizer == "adamw":
        state.parameters.mul_(1 - rate * decay)
    elif decay:
        gradient = gradient + decay * state.parameters
    if training.optimizer == "sgd":
        state.first_moment.mul_(training.momentum).add_(gradient)
        state.parameters.sub_(rate * state.first_moment)
        return
    state.first_moment.mul_(BETA1).add_(gradient, alpha=1 - BETA1)
    state.second_moment.mul_(BETA2).addcmul_(gradient, gradient, value=1 - BETA2)
    of_mean, of_variance = 1 - BETA1**state.steps, 1 - BETA2**state.steps
    if training.epsilon_added == "before-correction":
        # Kingma & Ba 2015, end of section 2; Keras's form, and so the published code's.
        step = rate * of_variance.sqrt() / of_mean
        state.parameters.sub_(
            step * state.first_moment / (state.second_moment.sqrt() + training.epsilon)
        )
        return
    mean, variance = state.first_moment / of_mean, state.second_moment / of_variance
    state.parameters.sub_(rate * mean / (variance.sqrt() + training.epsilon))
