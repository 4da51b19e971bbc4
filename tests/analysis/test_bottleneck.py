"""The limit against closed forms: deterministic labels, symmetric and erasure channels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from ibtui.analysis.bottleneck import deterministic_limit, information_limit, joint_of_groups


def entropy_bits(p):
    p = np.asarray(p, float).ravel()
    return float(-(p[p > 0] * np.log2(p[p > 0])).sum())


def information_bits(joint):
    return entropy_bits(joint.sum(0)) + entropy_bits(joint.sum(1)) - entropy_bits(joint)


def binary_entropy(p):
    return entropy_bits([p, 1 - p])


def symmetric_limit(i_xt_bits, flip):
    """Mrs. Gerber's lemma: T is X through a symmetric channel, 1 - h(a) = I(X;T)."""
    low, high = 0.0, 0.5
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if 1 - binary_entropy(middle) > i_xt_bits else (low, middle)
    return 1 - binary_entropy(low * (1 - flip) + (1 - low) * flip)


def random_joint(inputs, labels, seed):
    joint = np.random.default_rng(seed).dirichlet(np.full(labels, 0.3), inputs)
    return joint / inputs


def test_the_closed_form_is_the_smaller_of_the_two():
    limit = deterministic_limit(0.9)
    assert limit.at(np.array([0.0, 0.25, 0.9, 3.0])).tolist() == [0.0, 0.25, 0.9, 0.9]


@pytest.mark.parametrize("counts", [(4, 4), (1, 2, 5), (1, 1, 1, 13)])
def test_deterministic_labels_give_the_closed_form(counts):
    """Whatever the distribution over the inputs: here the i-th has the weight i + 1."""
    labels = np.repeat(np.arange(len(counts)), counts)
    weights = np.arange(len(labels)) + 1.0
    joint = np.zeros((len(labels), len(counts)))
    joint[np.arange(len(labels)), labels] = weights / weights.sum()
    label_bits = entropy_bits(joint.sum(0))
    grid = np.linspace(0, 4, 41)
    found = information_limit(joint).at(grid)
    np.testing.assert_allclose(found, np.minimum(grid, label_bits), atol=1e-6)


@pytest.mark.parametrize("flip", [0.02, 0.1, 0.3])
def test_a_symmetric_channel_gives_mrs_gerbers_lemma(flip):
    joint = np.array([[1 - flip, flip], [flip, 1 - flip]]) / 2
    limit = information_limit(joint)
    assert len(limit.i_xt_bits) > 10
    expected = [symmetric_limit(bits, flip) for bits in limit.i_xt_bits]
    np.testing.assert_allclose(limit.i_ty_bits, expected, atol=1e-6)
    grid = np.linspace(0, 1, 21)
    on_grid = [symmetric_limit(bits, flip) for bits in grid]
    np.testing.assert_allclose(limit.at(grid), on_grid, atol=2e-3)


def test_copies_of_an_input_change_nothing():
    joint = np.array([[0.45, 0.05], [0.05, 0.45]])
    copies = np.concatenate([joint[[0]] / 3] * 3 + [joint[[1]], np.zeros((2, 2))])
    padded = np.concatenate([copies, np.zeros((6, 1))], axis=1)
    alone, among = information_limit(joint), information_limit(padded)
    grid = np.linspace(0, 2, 9)
    np.testing.assert_allclose(among.at(grid), alone.at(grid), atol=1e-9)


def test_an_erasure_channel_gives_a_line():
    joint = np.array([[0.7, 0.3, 0.0], [0.0, 0.3, 0.7]]) / 2
    grid = np.linspace(0, 1, 11)
    np.testing.assert_allclose(information_limit(joint).at(grid), 0.7 * grid, atol=1e-6)


@settings(max_examples=8, deadline=None)
@given(inputs=st.integers(2, 7), labels=st.integers(2, 4), seed=st.integers(0, 99))
def test_the_limit_is_concave_below_both_informations_and_above_what_chance_finds(
    inputs, labels, seed
):
    joint = random_joint(inputs, labels, seed)
    limit = information_limit(joint, iterations=300)
    x, y = limit.i_xt_bits, limit.i_ty_bits
    assert (x[0], y[0]) == (0, 0)
    slopes = np.diff(y) / np.diff(x)
    assert (np.diff(slopes) <= 1e-9).all()
    assert (y <= x + 1e-9).all()
    assert y[-1] == pytest.approx(information_bits(joint), abs=1e-9)
    rng = np.random.default_rng(seed)
    for concentration in (0.05, 0.3, 1.0):
        p_t_x = rng.dirichlet(np.full(5, concentration), inputs)
        with_x = p_t_x * joint.sum(1, keepdims=True)
        i_xt, i_ty = information_bits(with_x), information_bits(p_t_x.T @ joint)
        assert i_ty <= limit.at(np.array(i_xt)) + 2e-3


def posteriors(inputs: int, steps: int) -> np.ndarray:
    """All distributions over the inputs in multiples of 1 / steps."""
    counts = np.array(
        [c for c in np.ndindex(*(steps + 1,) * (inputs - 1)) if sum(c) <= steps], dtype=float
    )
    return np.column_stack([counts, steps - counts.sum(1)]) / steps


@pytest.mark.parametrize(
    ("joint", "steps"),
    [
        (np.array([[0.55, 0.05], [0.1, 0.3]]), 2000),
        (np.array([[0.08, 0.02, 0.0], [0.2, 0.3, 0.4]]), 2000),
        (np.array([[0.5, 0.02], [0.13, 0.1], [0.05, 0.2]]), 90),
        (np.array([[0.3, 0.1, 0.02], [0.0, 0.2, 0.08], [0.05, 0.05, 0.2]]), 90),
    ],
)
def test_no_mixture_of_posteriors_beats_the_limit(joint, steps):
    """A linear program over the weights of a grid of p(x|t): the Lagrangian's true optimum.

    H(X|T) - beta H(Y|T) is linear in p(t), and p(t) must give p(x) back.
    """
    limit = information_limit(joint)
    p_x, p_y_x = joint.sum(1), joint / joint.sum(1, keepdims=True)
    grid = posteriors(len(p_x), steps)
    of_y = grid @ p_y_x
    h_x, h_y = (np.array([entropy_bits(row) for row in rows]) for rows in (grid, of_y))
    for beta in (1.3, 1.7, 2.5, 4.0, 8.0, 20.0):
        best = optimize.linprog(
            beta * h_y - h_x,
            A_eq=np.vstack([grid.T, np.ones(len(grid))]),
            b_eq=np.append(p_x, 1.0),
        )
        true = beta * entropy_bits(joint.sum(0)) - entropy_bits(p_x) - best.fun
        found = (beta * limit.i_ty_bits - limit.i_xt_bits).max()
        assert true - 5e-4 <= found <= true + 0.4 / steps  # what the grid misses


def test_hard_clusterings_of_seven_inputs_never_beat_the_limit():
    joint = random_joint(7, 3, seed=5)
    limit = information_limit(joint)
    for code in range(3**7):
        labels = code // 3 ** np.arange(7) % 3
        p_t_x = np.eye(3)[labels]
        i_xt = information_bits(p_t_x * joint.sum(1, keepdims=True))
        assert information_bits(p_t_x.T @ joint) <= limit.at(np.array(i_xt)) + 1e-3


def test_groups_of_inputs_keep_nearly_all_of_the_information():
    """Failure probabilities of a steep sigmoid, in 64 groups and in 16."""
    p = 1 / (1 + np.exp(-np.random.default_rng(1).normal(0, 5, 1001)))
    whole = information_bits(np.stack([1 - p, p], axis=1) / len(p))
    losses = [whole - information_bits(joint_of_groups(p, groups)) for groups in (16, 64)]
    assert 0 <= losses[1] < losses[0] < 0.01
    assert joint_of_groups(p, 64).shape == (64, 2)
    np.testing.assert_allclose(joint_of_groups(p, 64).sum(0), [1 - p.mean(), p.mean()])


@pytest.mark.parametrize("joint", [np.ones((2, 2)), np.array([0.5, 0.5]), np.array([[1.5, -0.5]])])
def test_what_is_no_distribution_is_refused(joint):
    with pytest.raises(ValueError, match="probabilities"):
        information_limit(joint)
