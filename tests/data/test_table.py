"""Tables of text: how they are laid out, and what is asked or refused with line and column."""

import csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.data.table import Csv
from ibtui.errors import DataError
from ibtui.profile import parse_profile


@pytest.fixture
def table(tmp_path):
    def save(text, encoding="utf-8"):
        path = tmp_path / "own.csv"
        path.write_text(text, encoding=encoding, newline="")
        return str(path)

    return save


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
    data = Csv(path=str(path), header=False, many_labels=True, skip=(), test_fraction=0.0).load(
        None
    )
    assert data.inputs[:, 0].tolist() == [number for number, _ in rows]
    assert [data.label_names[label] for label in data.labels] == [label for _, label in rows]


def test_long_tables_are_read_in_blocks(table):
    lines = [f"{i},{i + 0.5},{i % 3}" for i in range(10001)]
    data = Csv(path=table("\n".join(lines)), skip=()).load(None)
    assert np.array_equal(data.inputs[:, 1], np.arange(10001, dtype=np.float32) + 0.5)
    assert np.array_equal(data.labels, np.arange(10001) % 3)
    lines[9000] = "oops,1,2"
    with pytest.raises(DataError, match="line 9001, column 0: 'oops'"):
        Csv(path=table("\n".join(lines))).load(None)


BODY = [(5.1, 3.5, "setosa"), (4.9, 3.0, "virginica"), (6.2, 3.4, "setosa"), (5, 3, "virginica")]


def lines(rows, separator=",", *, before=(), after=""):
    text = [separator.join(map(str, before))] * bool(before)
    return "".join(
        f"{line}{after}\n" for line in [*text, *(separator.join(map(str, r)) for r in rows)]
    )


def numbered(rows, start=0):
    return [(n + start, *row) for n, row in enumerate(rows)]


LAYOUTS = {
    "a data frame's index": (lines(numbered(BODY), before=("", "l", "w", "kind")), {}),
    "a shuffled index": (
        lines([(7 * n % 4, *r) for n, r in enumerate(BODY)], before=["", *"lws"]),
        {},
    ),
    "an index read as a column": (lines(numbered(BODY), before=("Unnamed: 0", "l", "w", "k")), {}),
    "numbered columns and index": (lines(numbered(BODY), before=("", 0, 1, 2)), {}),
    "numbered columns": (
        lines(
            [
                (5.1, 3.5, "setosa"),
                (4.9, 3.0, "virginica"),
                (6.2, 3.4, "setosa"),
                (5.0, 3.0, "virginica"),
            ],
            before=(0, 1, 2),
        ),
        {},
    ),
    "names of rows": (
        lines([(f"f{n}", *r) for n, r in enumerate(BODY)], before=("l", "w", "s")),
        {},
    ),
    "a trailing comma": (lines(BODY, before="lws", after=","), {}),
    "a trailing comma but in the header": ("l,w,s\n" + lines(BODY, after=","), {}),
    "a trailing comma and no header": (lines(BODY, after=","), {}),
    "decimal commas without a header": (
        lines(BODY, ";").replace(".", ","),
        {"decimal": ","},
    ),
    "semicolons": (lines(BODY, ";", before="lws"), {}),
    "tabulators": (lines(BODY, "\t"), {}),
    "bars": (lines(BODY, "|", before="lws"), {}),
    "blanks": (lines(BODY, " "), {}),
    "aligned blanks": (lines(BODY, "   "), {}),
    "blanks after commas": (lines(BODY, ", "), {}),
    "quoted": (
        lines([[f'"{cell}"' for cell in row] for row in BODY], before=('"l"', '"w"', '"s"')),
        {},
    ),
    "decimal commas": (lines(BODY, ";", before="lws").replace(".", ","), {"decimal": ","}),
    "comments": ("# made by hand\n#\n" + lines(BODY, before="lws"), {}),
    "empty rows of a spreadsheet": (lines(BODY, before="lws") + ",,\n,,\n", {}),
    "the label first, by its name": (
        lines([r[::-1] for r in BODY], before=("Label", "w", "l")),
        {"columns": (2, 1)},
    ),
    "columns by name": (
        lines([(r[1], 9, *r) for r in BODY], before=("v", "x", "l", "w", "s")),
        {"columns": ("l", "w")},
    ),
    "columns left out": (
        lines([(r[0], "red", *r[1:]) for r in BODY], before=("l", "c", "w", "s")),
        {"skip": ("c",)},
    ),
    "columns left out by place": (lines([(r[0], "red", *r[1:]) for r in BODY]), {"skip": (1,)}),
    "a byte order mark": ("\ufeff" + lines(BODY, before="lws"), {}),
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_table_is_the_same_however_it_is_written(table, layout, encoding):
    text, options = LAYOUTS[layout]
    data = Csv(path=table(text, encoding=encoding), **options).load(None)
    assert data.inputs.tolist() == np.array([r[:2] for r in BODY], np.float32).tolist()
    assert [data.label_names[label] for label in data.labels] == [r[2] for r in BODY]


def test_what_is_found_is_told(table):
    path = table(LAYOUTS["a data frame's index"][0])
    assert Csv(path=path).load(None).found() == (
        "4 samples, 2 inputs, 2 labels: setosa 2, virginica 2 (left out: the index in column 0)"
    )


MANY = [(n / 7, 1, n % 2) for n in range(40)]

ASKED = {
    "numbered columns or a sample": (
        lines([(3, 1, 1), (4, 2, 0), (5, 2, 1), (6, 1, 0)], before=(0, 1, 2)),
        "line 1 (0, 1, 2) may number the columns or be a sample (set data.header = true or false)",
    ),
    "a header of numbers": (
        lines([(n % 3, n % 2) for n in range(40)], before=(400, 410)),
        "the label '410' is in line 1 alone: that may be a header, or a sample (set data.header",
    ),
    "a header with a number above texts": (
        lines([(n % 3, "ab"[n % 2]) for n in range(40)], before=(400, "species")),
        "the label 'species' is in line 1 alone",
    ),
    "text above numbers": (
        lines([(5.5, 1, "a"), (3.5, 2, "b"), (5.5, 2, "a")], before=("5.x", 3, "a")),
        "line 1 has '5.x' above numbers: it may be a header, or a sample that is wrong (set data.h",
    ),
    "a column that counts": (
        lines(numbered(MANY, 1), before=("id", "a", "b", "y")),
        "column 'id' only counts the samples: leave it out by data.skip = ['id'], or keep it by",
    ),
    "two delimiters": ("1;a,2\n3;b,4\n", "its columns may be parted by"),
    "a decimal comma": (
        lines(BODY, ";").replace(".", ","),
        "line 1, column 0: '5,1' is no finite number (set data.decimal = \",\")",
    ),
    "a column of text": (
        lines([(r[0], "red", *r[1:]) for r in BODY], before=("l", "c", "w", "s")),
        "line 2, column c: 'red' is no finite number (mend it, drop the line, or leave the column",
    ),
    "two columns of one name": (
        lines(BODY, before=("a", "a", "y")),
        "has 2 columns 'a' (set data.",
    ),
    "fractions": (
        lines([(1, n / 8) for n in range(40)]),
        "0.125 is no label, in line 2 (give whole",
    ),
    "NaN among numbers": (lines([(1, 0), (2, 1), (3, "NaN")] * 9), "nan is no label, in line 3"),
    "infinity": (lines([(1, 0), (2, 1), (3, "inf")] * 9), "inf is no label, in line 3"),
    "missing": (lines([(1, "a"), (2, "b"), (3, "N/A")] * 9), "'N/A' is no label, in line 3"),
    "no label": (lines([(1, 0), (2, 1), (3, "")] * 9), "line 3 has no label"),
    "one label each": (
        lines([(1, 7 * n) for n in range(40)]),
        "has 40 different labels in 40 samples (0, 7, 14, …), more than a tenth: these look like "
        "measurements, not classes (set data.many_labels = true if they are classes)",
    ),
    "ages": (
        lines([(1, 18 + n % 60) for n in range(900)]),
        "has 60 labels from 18 to 77, which look like measurements, not classes (set data.many",
    ),
    "huge": (lines([(1, n % 2 * 10**30) for n in range(40)]), "1e+30 is no label"),
    "a spreadsheet": ("PK\x03\x04\0\0", "is no text (save the table as CSV)"),
    "a longer line behind a trailing comma": (
        lines(BODY * 50, after=",") + "1,2,setosa,4\n",
        "line 201 goes on where the lines before it end",
    ),
    "only the label": (lines([("a",), ("b",)]), "line 1 has one column (is ',' right?)"),
}


@pytest.mark.parametrize("case", ASKED)
def test_what_may_be_this_or_that_is_asked_about(table, case):
    text, reason = ASKED[case]
    path = table(text)
    options = {"columns": ("a",)} if case == "two columns of one name" else {}
    with pytest.raises(DataError) as raised:
        Csv(path=path, **options).load(None)
    assert str(raised.value).startswith(f"{path}: {reason}")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("case", "options", "shape", "labels"),
    [
        ("numbered columns or a sample", {"header": True}, (4, 2), 2),
        ("numbered columns or a sample", {"header": False, "many_labels": True}, (5, 2), 3),
        ("a header of numbers", {"header": True}, (40, 1), 2),
        ("a header of numbers", {"header": False}, (41, 1), 3),
        ("a column that counts", {"skip": ("id",)}, (40, 2), 2),
        ("a column that counts", {"skip": ()}, (40, 3), 2),
        ("two delimiters", {"delimiter": ",", "label": 0}, (2, 1), 2),
        ("one label each", {"many_labels": True}, (40, 1), 40),
        ("ages", {"many_labels": True}, (900, 1), 60),
    ],
)
def test_the_answer_is_believed(table, case, options, shape, labels):
    data = Csv(path=table(ASKED[case][0]), **options).load(None)
    assert data.inputs.shape == shape
    assert len(data.label_names) == labels


@pytest.mark.parametrize("count", [2, 10, 11])
def test_a_tenth_of_the_samples_may_be_labels(table, count):
    text = lines([(n % 7, n % count) for n in range(100)])
    if count < 11:
        assert len(Csv(path=table(text)).load(None).label_names) == count
    else:
        with pytest.raises(DataError, match="more than a tenth"):
            Csv(path=table(text)).load(None)


def test_a_profile_names_columns_in_arrays():
    text = (
        'name = "own"\ndata = {name = "csv", path = "a.csv", columns = [0, "b"], skip = ["id"]}\n'
    )
    data = parse_profile(text, "x.toml").data
    assert isinstance(data, Csv)
    assert (data.columns, data.skip) == ((0, "b"), ("id",))
