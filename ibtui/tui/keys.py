"""Keys: all bindings, in groups: the footer, the help and the palette are made from these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.binding import Binding

Keys = Mapping[str, Sequence[Binding]]  # a screen's, by group


def key(key: str, name: str, action: str, description: str, *, footer: str = "") -> Binding:
    """A binding; `name` is what settings call it, `footer` its short word in the footer."""
    return Binding(
        key,
        action,
        footer or description,
        show=bool(footer),
        tooltip=description,
        id=name,
    )


APP = (
    key("question_mark", "help", "app.help", "this help", footer="help"),
    key("q", "quit", "app.leave", "leave this screen, or quit", footer="quit"),
    key("ctrl+z", "suspend", "app.suspend_process", "to the shell; `fg` comes back"),
)
RUN = (
    key("r", "run", "app.run", "train the profile of the form, or queue it", footer="run"),
    key("A", "sweep", "app.run_sweep", "train all runs of the form's sweep, or queue them"),
    key("Q", "queue", "app.queue", "the queue: what trains and what waits"),
    key("space", "pause", "app.pause", "pause, go on; in a saved run play, hold", footer="pause"),
    key("x", "stop", "app.stop", "stop and save, so that the run can be resumed", footer="stop"),
    key("c", "resume", "app.resume", "resume a stopped run; a finished one for more epochs"),
    key("T", "own", "app.own", "back to the run that trains here"),
)
PANES = (
    key("1", "setup", "pane('setup')", "setup on or off"),
    key("2", "planes", "pane('planes')", "show the planes"),
    key("3", "curves", "pane('curves')", "show the curves"),
    key("4", "table", "pane('table')", "show the layer table"),
    key("5", "log", "pane('log')", "show the log"),
    key("6", "claims", "pane('claims')", "show the claims of the paper's experiment"),
    key(
        "m", "maximise", "maximise_pane", "this pane over the whole screen, and back", footer="max"
    ),
    key("escape", "plain", "plain", "leave a field, the crosshair, or what covers the screen"),
)
VIEW = (
    key(
        "plus,equals_sign",
        "zoom_in",
        "zoom(1.5)",
        "zoom into the plane, or the curves' y axis after 3",
    ),
    key("minus", "zoom_out", "zoom(0.6667)", "zoom out"),
    key("0", "zoom_whole", "zoom(0)", "the whole plane, the whole range of the curves"),
    key("C", "crowd", "crowd", "where layers crowd, magnified, and the whole plane again"),
    key("h,shift+left", "pan_left", "pan(-0.2, 0)", "move the view to the left"),
    key("l,shift+right", "pan_right", "pan(0.2, 0)", "move the view to the right"),
    key("k,shift+up", "pan_up", "pan(0, 0.2)", "move the view up"),
    key("j,shift+down", "pan_down", "pan(0, -0.2)", "move the view down"),
    key("v", "path", "view('path')", "mean, one replicate, the median one, all", footer="view"),
    key("right_square_bracket", "next_replicate", "view('next_replicate')", "next replicate"),
    key("left_square_bracket", "last_replicate", "view('last_replicate')", "replicate before"),
    key("n", "series", "view('series')", "next estimator", footer="series"),
    key("N", "second", "view('second')", "second plane: corner, another estimator, none"),
    key("L", "layer", "view('layer')", "one layer after the other, and all"),
    key("left", "read_back", "point(-1, 0)", "crosshair: the frame before, its values read off"),
    key("right", "read_on", "point(1, 0)", "crosshair: the next frame"),
    key("up", "read_up", "point(0, -1)", "crosshair: the layer before"),
    key("down", "read_down", "point(0, 1)", "crosshair: the next layer"),
    key("b", "spread", "view('spread')", "deviation of the replicates"),
    key("i", "limit", "view('limit')", "the information bottleneck's limit"),
    key("J", "joined", "view('joined')", "lines that join the layers of one epoch"),
    key("o", "scale", "view('scale')", "epochs on a linear or a logarithmic scale"),
    key("u", "unit", "view('unit')", "bits or nats"),
    key("w", "curve", "next_curves", "other curves: information, loss, range, weights"),
    key("S", "smoothing", "view('smoothing')", "curves as running means of 5, 25 frames"),
    key("Y", "fitted", "view('fitted')", "curves in the range of their values"),
)
TIME = (
    key("comma", "step_back", "step(-1)", "one frame back"),
    key("full_stop", "step_on", "step(1)", "one frame on"),
    key("less_than_sign", "slower", "speed(0.5)", "play slower"),
    key("greater_than_sign", "faster", "speed(2)", "play faster"),
    key("g", "first", "ends('first')", "first frame"),
    key("G", "last", "ends('last')", "last frame"),
    key("colon", "go_to", "go_to", "go to an epoch"),
    key("f", "follow", "follow", "follow the newest frame", footer="follow"),
)
FILES = (
    key(
        "O",
        "browse",
        "app.browse",
        "all runs: open, compare, filter, note, rename, delete",
        footer="runs",
    ),
    key("D", "fetch", "app.fetch", "fetch the files of the form's data set"),
    key("P", "profiles", "profiles", "load a profile into the form"),
    key("t", "take", "take", "take the profile of the run on the screen into the form"),
    key("z", "undo", "undo(-1)", "undo the last change of the form"),
    key("Z", "redo", "undo(1)", "do again what was undone in the form"),
    key("W", "save_profile", "save_profile", "save the form as a profile"),
    key("s", "picture", "app.picture", "save the screen as a picture (SVG)"),
    key("e", "export", "export", "save the plane's points as CSV"),
    key("y", "copy", "copy", "copy the profile to the terminal's clipboard"),
)
RUN_LIST = (
    key("enter", "open_listed", "screen.open", "open the run in the laboratory", footer="open"),
    key("space", "mark", "screen.mark", "mark the run: marked ones are drawn", footer="mark"),
    key("a", "mark_all", "screen.mark_all", "mark all runs that are listed, or none"),
    key("up,k", "row_up", "screen.row(-1)", "the run above"),
    key("down,j", "row_down", "screen.row(1)", "the run below"),
    key("pageup", "page_up", "screen.page(-1)", "a page up"),
    key("pagedown", "page_down", "screen.page(1)", "a page down"),
    key("home,g", "top", "screen.edge('first')", "the first run"),
    key("end,G", "bottom", "screen.edge('last')", "the last run"),
)
RUNS = (
    key("slash", "filter", "filter", "only some: bits=4 and tanh and tags=paper", footer="filter"),
    key("B", "sort", "sort", "sort by a column, or by any key", footer="sort"),
    key("p", "pin", "pin", "pin the run: it lies above the others, differences are to it"),
    key("E", "note", "note", "write a note on the run"),
    key("number_sign", "tags", "tags", "give the marked runs tags, or take them"),
    key("R", "rename", "rename", "give the run another name"),
    key("d,delete", "delete", "delete", "delete the marked runs, or this one", footer="delete"),
    key("tab", "other", "other", "from the list to the planes, and back", footer="list/planes"),
    key("1", "list", "pane('runs')", "show the list"),
    key("2", "laid_planes", "pane('planes')", "show the planes"),
    key("3", "laid_curves", "pane('curves')", "show the curves"),
    key("4", "numbers", "pane('numbers')", "show numbers, verdicts, and how the profiles differ"),
    key("q,escape", "back", "back", "back to the laboratory", footer="back"),
)
GROUPS: Keys = {
    "App": APP,
    "Run": RUN,
    "Files": FILES,
    "Panes": PANES,
    "View": VIEW,
    "Time": TIME,
}
BY_ID = {
    str(binding.id): binding for group in (*GROUPS.values(), RUN_LIST, RUNS) for binding in group
}
BINDING_IDS = frozenset(BY_ID)


def shared(*names: str) -> list[Binding]:
    """The bindings that settings call by these names, for another screen with such actions."""
    return [BY_ID[name] for name in names]
