"""The user's own arrays: what is read, and what is said of what cannot be read."""

from pathlib import Path

import numpy as np
import pytest

from ibtui.data.labels import label_of_each
from ibtui.data.own import Npz
from ibtui.data.table import Csv
from ibtui.errors import DataError

X = np.arange(12, dtype=np.float64).reshape(6, 2) / 7
Y = np.array([3, 10, 3, 10, 7, 7])


@pytest.fixture
def npz(tmp_path):
    def save(**arrays):
        np.savez(tmp_path / "own.npz", **arrays)
        return str(tmp_path / "own.npz")

    return save


def test_npz_arrays_are_read(npz):
    data = Npz(path=npz(x=X, y=Y), many_labels=True).load(None)
    assert np.array_equal(data.inputs, X.astype(np.float32))
    assert data.labels.tolist() == [0, 2, 0, 2, 1, 1]
    assert data.label_names == ("3", "7", "10")
    assert data.shape == (2,)
    assert len(data.train) == 4


@pytest.mark.parametrize(
    ("labels", "numbers", "names"),
    [
        (["b", "a", "b", "c"], [1, 0, 1, 2], ("a", "b", "c")),
        (np.array([b"b", b"a", b"b", b"b"]), [1, 0, 1, 1], ("a", "b")),
        ([True, False, False, True], [1, 0, 0, 1], ("False", "True")),
        ([2.0, -1.0, 2.0, 2.0], [1, 0, 1, 1], ("-1", "2")),
        (np.array([200, 3, 3, 3], np.uint8), [1, 0, 0, 0], ("3", "200")),
    ],
)
def test_npz_labels_are_numbered_in_sorted_order(npz, labels, numbers, names):
    data = Npz(path=npz(inputs=X[:4], t=labels), x="inputs", y="t", many_labels=True).load(None)
    assert data.labels.tolist() == numbers
    assert data.label_names == names


@pytest.mark.parametrize(
    ("shape", "sample"), [((6, 3, 4, 5), (3, 4, 5)), ((6, 4, 5), (1, 4, 5)), ((6,), (1,))]
)
def test_npz_images_keep_their_shape(npz, shape, sample):
    x = np.arange(np.prod(shape)).reshape(shape)
    data = Npz(path=npz(x=x, y=Y), many_labels=True).load(None)
    assert data.shape == sample
    assert np.array_equal(data.inputs.reshape(6, *sample).ravel(), x.ravel())


@pytest.mark.parametrize(
    ("arrays", "reason"),
    [
        (
            {"x": X, "kinds": Y},
            "has no labels: none of its arrays (x, kinds) is called y, Y, labels or targets (set "
            "data.y to the one that holds them)",
        ),
        ({"pixels": X, "y": Y}, "has no inputs: none of its arrays (pixels, y) is called x, X or"),
        ({"x": X, "X": X, "y": Y}, "x and X mean the same (say by data.x which it is)"),
        ({"x": X, "y": np.eye(6) + 1}, "y has the shape (6, 6), not one label a sample"),
        ({"x": X, "y": np.eye(6)[:, :5]}, "y has the shape (6, 5), not one label a sample"),
        ({"x": X, "y": np.where(Y == 3, 1e300, Y)}, "y: 1e+300 is no label, in row 0"),
        ({"x": X, "y": np.where(Y == 3, np.inf, Y)}, "y: inf is no label"),
        ({"x": X, "y": np.array(["a", "b", "NaN", "b", "a", "a"])}, "y: 'NaN' is no label, in"),
        ({"x": X, "y": np.array(["ü".encode("latin-1")] * 6)}, "y: holds text that is no UTF-8"),
        ({"x": X, "y": Y + 0.5}, "y: 3.5 is no label"),
        ({"x": X, "y": np.where(Y == 3, np.nan, Y)}, "y: nan is no label"),
        ({"x": X, "y": Y + 1j}, "y: complex128 values are no labels"),
        ({"x": X.astype(str), "y": Y}, "not an array of numbers"),
        ({"x": np.float64(1), "y": Y}, "not an array of numbers"),
        ({"x": X * 1j, "y": Y}, "x is complex128"),
        ({"x": X[:5], "y": Y}, "5 inputs but 6 labels"),
        ({"x": X[:0], "y": Y[:0]}, "0 samples are too few"),
        ({"x": X[:, :0], "y": Y}, "inputs have the shape (6, 0)"),
        ({"x": X, "y": Y * 0}, "every label is '0'"),
        ({"x": X * 1e39, "y": Y}, "x[1, 1] is 4.28"),
        ({"x": np.where(X > 1.2, np.nan, X), "y": Y}, "x[4, 1] is nan, no finite 32-bit number"),
    ],
)
def test_npz_files_that_cannot_be_learnt_from(npz, arrays, reason):
    path = npz(**arrays)
    with pytest.raises(DataError) as raised:
        Npz(path=path, many_labels=True).load(None)
    assert str(raised.value).startswith(f"{path}: ")
    assert reason in str(raised.value)


def test_npz_files_of_pickled_objects_are_refused(npz):
    path = npz(x=np.array([[1, "a"], [None, 2]], dtype=object), y=Y)
    with pytest.raises(DataError, match=r"own\.npz: array 'x' holds Python objects \(pickled\)"):
        Npz(path=path, many_labels=True).load(None)


@pytest.mark.parametrize("kind", ["text", "empty", "cut short", "npy"])
def test_files_that_are_no_npz(npz, tmp_path, kind):
    path = Path(npz(x=X, y=Y))
    np.save(tmp_path / "one.npy", X)
    one = (tmp_path / "one.npy").read_bytes()
    half = path.read_bytes()[:200]
    path.write_bytes({"text": b"x,y\n", "empty": b"", "cut short": half, "npy": one}[kind])
    reason = r"is cut short or no NPZ file \(numpy\.savez makes one"
    if kind == "npy":
        reason = r"is one array without a name; put inputs and labels into one file: numpy\.savez"
    with pytest.raises(DataError, match=rf"own\.npz: {reason}"):
        Npz(path=str(path)).load(None)


def test_a_damaged_npz_file_is_refused(npz):
    path = Path(npz(x=X, y=Y))
    content = bytearray(path.read_bytes())
    content[content.index(X.tobytes()) + 5] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"array 'x' is damaged: its checksum is wrong"):
        Npz(path=str(path), many_labels=True).load(None)


@pytest.mark.parametrize("source", [Npz, Csv])
def test_a_missing_file_names_where_it_was_looked_for(source, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IBTUI_DATA", "/some/where")
    with pytest.raises(DataError) as raised:
        source(path="sub/gone.dat").load(tmp_path / "data")
    message = str(raised.value)
    assert message.startswith("sub/gone.dat: no such file in ")
    for place in (tmp_path, tmp_path / "data", "/some/where"):
        assert f"{place}/sub" in message


def test_own_files_are_found_in_the_data_folder(npz, tmp_path, monkeypatch):
    npz(x=X, y=Y)
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    assert len(Npz(path="own.npz", many_labels=True).load(tmp_path).labels) == 6


def test_labels_in_half_precision_are_labels():
    assert label_of_each(np.arange(3, dtype=np.float16), "y").tolist() == [0, 1, 2]
