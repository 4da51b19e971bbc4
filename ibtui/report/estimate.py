"""What the estimators say of the user's own activations, for people."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from ibtui.analysis.summary import PLANE
from ibtui.estimation import Estimate, rows
from ibtui.report.screen import console, say
from ibtui.report.words import number

MARKS = {  # of the shares in a row of an estimate
    "saturated": "saturated",
    "above_hx": "above H(X)",
    "above_hy": "above H(Y)",
    "breaks_dpi": "violates the DPI",
}


def print_estimate(made: Estimate) -> None:
    """What the estimators say of the user's activations."""
    table = Table(box=None, pad_edge=False)
    for name in ("layer", "series"):
        table.add_column(name, no_wrap=True)
    header = made.recording.header
    named = MARKS | {"above_hy": f"above {header.ceiling_name}"}
    found, lines = rows(made), {}
    chosen = ["cells"] if any(row["cells"] is not None for row in found) else []
    for name in ("units", "I(X;T) bits", "I(T;Y) bits", "output lost", *chosen):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("marks")
    for row in found:
        cells = [row["layer"], row["series"], str(row["units"])]
        for name in ("i_xt", "i_ty"):
            mean, deviation = row[f"{name}_bits"], row[f"{name}_deviation"]
            cell = "-" if mean is None else number(mean, 3)
            cells.append(cell if deviation is None else f"{cell} ({number(deviation, 3)})")
        lost = row["output_loss_bits"]
        cells.append("" if lost is None else number(lost, 3))
        cells += ["" if row[name] is None else f"{row[name]:.4g}" for name in chosen]
        marks = [f"{mark} in {row[name]:.0%}" for name, mark in named.items() if row[name]]
        table.add_row(*map(Text, (*cells, ", ".join(marks))))
    screen = console()
    screen.print(table)
    say(
        screen,
        f"{header.samples} samples: H(X) = {header.input_bits:.3f} bits, "
        f"H(Y) = {header.label_bits:.3f} bits",
    )
    if header.replicates > 1:
        say(screen, f"means over {header.replicates} replicates (standard deviation)")
    for row in found:
        why = [row["reasons"][name] for name in PLANE if name in row["reasons"]]
        for line in dict.fromkeys([*row["notes"], *why]):
            lines.setdefault((row["layer"], line), []).append(row["series"])
    for (layer, line), series in lines.items():
        say(screen, f"{layer}, {', '.join(series)}: {line}")
