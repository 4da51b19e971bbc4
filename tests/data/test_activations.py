"""Files of activations: which arrays are layers, and the same words as for a data set's file."""

import numpy as np
import pytest

from ibtui.data.activations import Reading, read_activations
from ibtui.data.own import Npz
from ibtui.errors import DataError, UsageError

N = 20
Y = np.arange(N) % 2
T1 = np.arange(N * 3.0).reshape(N, 3)
T2 = np.arange(2 * N * 4.0).reshape(2, N, 4)


@pytest.fixture
def file(tmp_path):
    def save(**arrays):
        np.savez(tmp_path / "own.npz", **arrays)
        return tmp_path / "own.npz"

    return save


@pytest.mark.parametrize("x", ["x", "X", "inputs"])
@pytest.mark.parametrize("y", ["y", "Y", "labels", "targets"])
def test_inputs_and_labels_go_by_several_names(file, x, y):
    path = file(**{x: T1, y: Y, "T1": T1 + 1})
    found = read_activations(path)
    assert list(found.layers) == ["T1"]
    np.testing.assert_array_equal(found.inputs, T1)
    np.testing.assert_array_equal(found.labels, Y)
    assert found.found() == "20 samples, 3 inputs, 2 labels: 0 10, 1 10; layers T1"
    data = Npz(path=str(path)).load(None)
    assert (data.inputs.shape, data.labels.tolist()) == (T1.shape, Y.tolist())
    assert data.found() == "20 samples, 3 inputs, 2 labels: 0 10, 1 10"


@pytest.mark.parametrize(
    "labels", [Y[:, None], np.eye(2)[Y], np.eye(2, dtype=bool)[Y], Y.astype(float), Y.astype("U")]
)
def test_labels_in_any_form_are_the_same_in_both(file, labels):
    path = file(x=T1, y=labels, T=T1)
    for found in (read_activations(path), Npz(path=str(path)).load(None)):
        np.testing.assert_array_equal(found.labels, Y)


WRONG = {
    "fractional": {"y": Y + 0.5},
    "nan": {"y": np.where(Y == 1, np.nan, Y)},
    "scores": {"y": np.eye(2)[Y] * 2},
    "objects": {"y": np.array([{}] * N)},
    "constant": {"y": Y * 0},
    "few samples": {"x": T1[:-1]},
    "inputs of text": {"x": T1.astype(str)},
    "inputs with nan": {"x": np.where(T1 > 50, np.nan, T1)},
    "inputs beyond float32": {"x": T1 * 1e40},
    "two inputs": {"X": T1},
    "two labels": {"targets": Y},
    "many labels": {"y": np.arange(N)},
    "complex": {"y": Y + 1j},
}


@pytest.mark.parametrize("case", WRONG)
def test_both_refuse_the_same_in_the_same_words(file, case):
    path = file(**{"x": T1, "y": Y, "T": T1, **WRONG[case]})
    lines = []
    for read in (lambda: read_activations(path), lambda: Npz(path=str(path)).load(None)):
        with pytest.raises(DataError) as caught:
            read()
        line = str(caught.value)
        assert line.startswith(f"{path}: ")
        lines.append(line)
    # Only the remedy differs: an option of the command, or a key of the profile.
    keys = (("data.x", "--inputs"), ("data.y", "--labels"))
    for key, option in keys:
        lines[1] = lines[1].replace(key, option)
    many = "set data.many_labels = true if they", "--many-labels allows them if they"
    assert lines[0] == lines[1].replace(*many)


def test_images_are_flattened_and_replicates_kept(file):
    images = np.arange(N * 2 * 3 * 4.0).reshape(N, 2, 3, 4)
    several = np.arange(2 * N * 3 * 4.0).reshape(2, N, 3, 4)
    found = read_activations(file(x=images[:, 0], y=Y, conv=images, T2=T2, many=several))
    np.testing.assert_array_equal(found.layers["conv"], images.reshape(N, 24))
    np.testing.assert_array_equal(found.layers["T2"], T2)
    np.testing.assert_array_equal(found.layers["many"], several.reshape(2, N, 12))
    np.testing.assert_array_equal(found.inputs, images[:, 0].reshape(N, 12))


def test_what_the_second_axis_is_is_asked_and_never_guessed(file):
    tokens = np.arange(N * 5 * 3.0).reshape(N, 5, 3)
    path = file(y=Y, T=tokens)
    with pytest.raises(
        DataError, match=r"T: has shape \(20, 5, 3\), samples first: say --axes tok"
    ):
        read_activations(path)
    flat = read_activations(path, Reading(axes="tokens")).layers["T"]
    np.testing.assert_array_equal(flat, tokens.reshape(N, 15))
    replicates = read_activations(path, Reading(axes="replicates")).layers["T"]
    np.testing.assert_array_equal(replicates, tokens.swapaxes(0, 1))
    square = np.arange(N * N * 3.0).reshape(N, N, 3)
    path = file(y=Y, T=square)
    with pytest.raises(
        DataError, match=r"which may be \(replicate, sample, unit\) or \(sample, tok"
    ):
        read_activations(path)
    assert read_activations(path, Reading(axes="tokens")).layers["T"].shape == (N, 3 * N)
    found = read_activations(path, Reading(axes="replicates")).layers["T"]
    np.testing.assert_array_equal(found, square)


def test_other_arrays_do_no_harm_and_are_told(file):
    others = {
        "epoch": np.array(3),
        "names": np.array(["a", "b"]),
        "meta": np.array([{}]),
        "loss": np.ones(N),
        "x_test": np.ones((7, 3)),
        "empty": np.ones((N, 0)),
    }
    path = file(y=Y, T1=T1, **others)
    found = read_activations(path)
    assert list(found.layers) == ["T1"]
    assert len(found.left_out) == len(others)
    for line in (
        "x_test: has shape (7, 3), but there are 20 labels",
        "meta: holds Python objects (pickled), which are never loaded",
        "epoch: has shape (), not (sample, unit)",
    ):
        assert line in found.left_out
        assert line in found.found()
    for name in others:
        with pytest.raises(DataError, match=f"own.npz: {name}: "):
            read_activations(path, Reading(only=(name,)))


def test_layers_are_chosen_in_their_order(file):
    path = file(y=Y, T1=T1, x=T1, T2=T1 + 1)
    assert list(read_activations(path, Reading(only=("T2", "T1"))).layers) == ["T2", "T1"]
    assert list(read_activations(path, Reading(skip=("T1",))).layers) == ["T2"]
    found = read_activations(path, Reading(skip=("x",)))
    assert (found.inputs, list(found.layers)) == (None, ["T1", "T2"])
    # An array is a layer where it is asked for, whatever it is called.
    assert list(read_activations(path, Reading(only=("x",))).layers) == ["x"]
    found = read_activations(path, Reading(inputs="T1", labels="y"))
    assert list(found.layers) == ["x", "T2"]
    with pytest.raises(UsageError, match="holds no array 'T3' "):
        read_activations(path, Reading(skip=("T3",)))
    path = file(y=Y, labels=Y[::-1], T1=T1)
    np.testing.assert_array_equal(read_activations(path, Reading(skip=("y",))).labels, Y[::-1])


def test_a_layer_with_nan_is_refused_with_its_place(file):
    with pytest.raises(DataError, match=r"own.npz: T\[1, 2, 0\] is nan, no finite 32-bit number"):
        read_activations(file(y=Y, T=np.where(T2[1, 2, 0] == T2, np.nan, T2)))


def test_files_that_lack_something(tmp_path, file):
    with pytest.raises(DataError, match=r"none.npz: there is no such file"):
        read_activations(tmp_path / "none.npz")
    with pytest.raises(
        DataError, match=r"own.npz: has no labels: none of its arrays \(T1\) is cal"
    ):
        read_activations(file(T1=T1))
    with pytest.raises(DataError, match=r"has no array that is a layer of 20 samples \(T1: has sh"):
        read_activations(file(T1=T1[:3], y=Y))
    with pytest.raises(DataError, match="y and labels mean the same "):
        read_activations(file(T1=T1, y=Y, labels=Y))
    np.save(tmp_path / "b.npy", T1)
    with pytest.raises(DataError, match=r"b.npy: is one array without a name; put inputs and lab"):
        read_activations(tmp_path / "b.npy")


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04broken"])
def test_files_that_are_no_archives(tmp_path, content):
    path = tmp_path / "activations.npz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"activations.npz: is cut short or no NPZ file"):
        read_activations(path)
