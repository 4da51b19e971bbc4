"""The user's own samples: what is read, and what is said of what cannot be read."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.data.own import Csv, Npz
from ibtui.errors import DataError

X = np.arange(12, dtype=np.float64).reshape(6, 2) / 7
Y = np.array([3, 10, 3, 10, 7, 7])


@pytest.fixture
def npz(tmp_path):
    def save(**arrays):
        np.savez(tmp_path / "own.npz", **arrays)
        return str(tmp_path / "own.npz")

    return save


@pytest.fixture
def table(tmp_path):
    def save(text, encoding="utf-8"):
        path = tmp_path / "own.csv"
        path.write_text(text, encoding=encoding, newline="")
        return str(path)

    return save


def test_npz_arrays_are_read(npz):
    data = Npz(path=npz(x=X, y=Y)).load(None)
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
    data = Npz(path=npz(inputs=X[:4], t=labels), x="inputs", y="t").load(None)
    assert data.labels.tolist() == numbers
    assert data.label_names == names


@pytest.mark.parametrize(
    ("shape", "sample"), [((6, 3, 4, 5), (3, 4, 5)), ((6, 4, 5), (1, 4, 5)), ((6,), (1,))]
)
def test_npz_images_keep_their_shape(npz, shape, sample):
    x = np.arange(np.prod(shape)).reshape(shape)
    data = Npz(path=npz(x=x, y=Y)).load(None)
    assert data.shape == sample
    assert np.array_equal(data.inputs.reshape(6, *sample).ravel(), x.ravel())


@pytest.mark.parametrize(
    ("arrays", "reason"),
    [
        ({"x": X, "labels": Y}, "holds no array 'y' (known: labels, x) (set data.x and data.y"),
        ({"X": X, "y": Y}, "holds no array 'x' (known: X, y) (set data.x"),
        ({"x": X, "y": np.eye(6)}, "y has the shape (6, 6), not one label a sample"),
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
        ({"x": X * 1e39, "y": Y}, "row 1, column 1 of the inputs (from 0) is inf"),
        ({"x": np.where(X > 1.2, np.nan, X), "y": Y}, "row 4, column 1 of the inputs"),
    ],
)
def test_npz_files_that_cannot_be_learnt_from(npz, arrays, reason):
    path = npz(**arrays)
    with pytest.raises(DataError) as raised:
        Npz(path=path).load(None)
    assert str(raised.value).startswith(f"{path}: ")
    assert reason in str(raised.value)


def test_npz_files_of_pickled_objects_are_refused(npz):
    path = npz(x=np.array([[1, "a"], [None, 2]], dtype=object), y=Y)
    with pytest.raises(
        DataError, match=r"own\.npz: no readable .npz file of plain arrays: holds pickled"
    ):
        Npz(path=path).load(None)


@pytest.mark.parametrize("kind", ["text", "empty", "cut short", "npy"])
def test_files_that_are_no_npz(npz, tmp_path, kind):
    path = Path(npz(x=X, y=Y))
    np.save(tmp_path / "one.npy", X)
    one = (tmp_path / "one.npy").read_bytes()
    half = path.read_bytes()[:200]
    path.write_bytes({"text": b"x,y\n", "empty": b"", "cut short": half, "npy": one}[kind])
    with pytest.raises(DataError, match=r"own\.npz: no \.npz file \(write one with"):
        Npz(path=str(path)).load(None)


def test_a_damaged_npz_file_is_refused(npz):
    path = Path(npz(x=X, y=Y))
    content = bytearray(path.read_bytes())
    content[content.index(X.tobytes()) + 5] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"no readable \.npz file of plain arrays: Bad CRC-32"):
        Npz(path=str(path)).load(None)


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
    assert len(Npz(path="own.npz").load(tmp_path).labels) == 6


FLOWERS = "5.1,3.5,setosa\n4.9,3.0,virginica\n6.2,3.4,setosa\n"


@pytest.mark.parametrize(
    ("text", "options"),
    [
        (FLOWERS, {}),
        ("length,width,species\n" + FLOWERS, {}),
        ("length,width,species\n" + FLOWERS, {"label": "species"}),
        ("1,2,species\n" + FLOWERS, {"header": True}),
        ("1,2,species\n" + FLOWERS, {"label": "species"}),
        ("\ufeff" + FLOWERS.replace("\n", "\r\n\r\n"), {}),
        (FLOWERS.replace(",", ";"), {"delimiter": ";"}),
        (FLOWERS.replace("5.1", ' "5.1"').replace("setosa", ' setosa "').replace('"', ""), {}),
        ("species,length,width\nsetosa,5.1,3.5\nvirginica,4.9,3\nsetosa,6.2,3.4", {"label": 0}),
        ("5.1,setosa,3.5\n4.9,virginica,3\n6.2,setosa,3.4", {"label": -2}),
        (
            'length,"the ""species""",width\n5.1,setosa,3.5\n4.9,virginica,3\n6.2,setosa,3.4',
            {"label": 'the "species"'},
        ),
    ],
)
def test_tables_are_read(table, text, options):
    data = Csv(path=table(text), **options).load(None)
    assert np.array_equal(data.inputs, np.array([[5.1, 3.5], [4.9, 3.0], [6.2, 3.4]], np.float32))
    assert data.labels.tolist() == [0, 1, 0]
    assert data.label_names == ("setosa", "virginica")


@pytest.mark.parametrize("header", ["", "a,b,kind\n", "1,2,kind\n"])
def test_whole_numbers_as_labels_keep_their_order(table, header):
    data = Csv(path=table(header + "1,2,10\n3,4,9\n5,6,10\n")).load(None)
    assert data.label_names == ("9", "10")
    assert data.labels.tolist() == [1, 0, 1]


@pytest.mark.parametrize(
    ("text", "options", "reason"),
    [
        ("", {}, "is empty"),
        ("\n\n", {}, "is empty"),
        ("a,b,c\n", {}, "holds no samples below its header"),
        (FLOWERS.replace("3.0", "3.x"), {}, "line 2, column 1: '3.x' is no finite number"),
        ("l,w,s\n" + FLOWERS.replace("3.4", ""), {}, "line 4, column w: '' is no finite number"),
        ("l,w,s\n\n" + FLOWERS.replace("6.2", "nan"), {}, "line 5, column l: 'nan' is no finite"),
        (FLOWERS.replace("6.2", "1e39"), {}, "line 3, column 0: '1e39' is no finite number"),
        (FLOWERS + "1,2,3,setosa\n", {}, "line 4 has 4 columns, not 3"),
        (FLOWERS + "1,setosa\n", {}, "line 4 has 2 columns, not 3"),
        (FLOWERS + "1,2, \n", {}, "line 4 has no label"),
        (FLOWERS, {"delimiter": ";"}, "line 1 has one column (is ';' right?)"),
        (FLOWERS, {"label": 3}, "has 3 columns, so none at 3"),
        (FLOWERS, {"label": -4}, "has 3 columns, so none at -4"),
        ("l,w,species\n" + FLOWERS, {"label": "specis"}, "(did you mean 'species'?)"),
        (FLOWERS, {"label": "species", "header": False}, "its line 1 is no header"),
        (FLOWERS.replace("virginica", "setosa"), {}, "every label is 'setosa'"),
        (FLOWERS[:15], {}, "1 samples are too few"),
        ('1,"2,setosa\n', {}, "no readable table of text: unexpected end of data"),
    ],
)
def test_tables_that_cannot_be_learnt_from(table, text, options, reason):
    path = table(text)
    with pytest.raises(DataError) as raised:
        Csv(path=path, **options).load(None)
    assert str(raised.value).startswith(f"{path}: ")
    assert reason in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_table_in_another_encoding_is_refused(table):
    path = table("1,2,Grün\n3,4,Rot\n", encoding="latin-1")
    with pytest.raises(DataError, match=r"own\.csv: no readable table of text: 'utf-8' codec"):
        Csv(path=path).load(None)


@given(
    st.lists(
        st.tuples(
            st.floats(width=32, allow_nan=False, allow_infinity=False),
            st.text("xyz", min_size=1, max_size=2),
        ),
        min_size=2,
        max_size=30,
    ).filter(lambda rows: len({label for _, label in rows}) > 1)
)
def test_a_written_table_is_read_back(tmp_path_factory, rows):
    text = io.StringIO()
    csv.writer(text).writerows((repr(number), label) for number, label in rows)
    path = tmp_path_factory.getbasetemp() / "round.csv"
    path.write_text(text.getvalue(), newline="")
    data = Csv(path=str(path), header=False, test_fraction=0.0).load(None)
    assert data.inputs[:, 0].tolist() == [number for number, _ in rows]
    assert [data.label_names[label] for label in data.labels] == [label for _, label in rows]


def test_long_tables_are_read_in_blocks(table):
    lines = [f"{i},{i + 0.5},{i % 3}" for i in range(10001)]
    data = Csv(path=table("\n".join(lines))).load(None)
    assert np.array_equal(data.inputs[:, 1], np.arange(10001, dtype=np.float32) + 0.5)
    assert np.array_equal(data.labels, np.arange(10001) % 3)
    lines[9000] = "oops,1,2"
    with pytest.raises(DataError, match="line 9001, column 0: 'oops'"):
        Csv(path=table("\n".join(lines))).load(None)
