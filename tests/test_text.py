"""Text of others on its way out: no control characters, no formulas, no paths, no floods."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table

from ibtui import text
from ibtui.report.screen import Screen, say

TITLE = "\x1b]0;owned\x07\x1b[2J\x9b31m"


@given(st.text())
def test_what_is_printable_holds_no_control_character_and_stays_as_it_is(found):
    plain = text.printable(found)
    assert not text.CONTROL.search(plain)
    assert text.printable(plain) == plain
    plain.encode()


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Cf", "Zl", "Zp"])))
def test_ordinary_text_is_not_touched(found):
    assert text.printable(found) == found


def test_codes_are_written_out_or_left_out():
    assert text.printable("a\x1b[31mb\tc\n") == "a\\x1b[31mb\tc\n"
    assert text.printable("\u202egpj.exe\u2066", "") == "gpj.exe"
    assert text.printable("\ud800") == "\\ud800"


@pytest.mark.parametrize(
    "found", ["x" * 10**6, 10**5000, {"a": "\x1b" * 1000}], ids=["text", "number", "table"]
)
def test_a_value_is_shown_in_80_characters(found):
    shown = text.value(found)
    assert len(shown) <= 80
    assert text.printable(shown) == shown


@pytest.mark.parametrize("found", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", " =1", "\t=1"])
def test_a_cell_is_no_formula(found):
    assert text.cell(found) == f"'{text.printable(found)}"


@pytest.mark.parametrize("found", ["-0.25", "+1", "-1e-05", "-inf", "tanh", "", 3, None])
def test_numbers_and_words_stay_cells(found):
    assert text.cell(found) == found


@given(st.text())
def test_a_part_of_a_name_stays_in_its_folder(found):
    part = text.file_part(found)
    assert part
    assert not {"/", "\0", "\n", "\x1b"} & {*part}
    assert part[0] not in ".-~"
    assert len(part.encode()) <= 4 * text.MOST_IN_NAME


def test_a_screen_takes_markup_emoji_and_codes_as_text():
    out = io.StringIO()
    screen = Screen(file=out, width=120, force_terminal=True, color_system=None)
    hostile = f"[/x] [link=file:///etc/passwd]y[/link] :smile: {TITLE}"
    table = Table(title=hostile)
    table.add_column(hostile)
    table.add_row(hostile)
    screen.print(table)
    screen.print(hostile)
    say(screen, hostile)
    shown = out.getvalue()
    assert "\x1b]" not in shown
    assert "\x07" not in shown
    assert "\x9b" not in shown
    assert shown.count("[/link] :smile:") == 5


def test_a_quoted_cell_is_read_back(tmp_path):
    out = io.StringIO()
    csv.writer(out).writerow(map(text.cell, ["=HYPERLINK(1)", "-0.5"]))
    assert next(csv.reader(io.StringIO(out.getvalue()))) == ["'=HYPERLINK(1)", "-0.5"]
