"""What the tab key offers in a shell: names of runs, profiles, estimators, keys and the like.

Where nothing fits, shells offer files. Nothing here loads torch.
"""

import os
from collections.abc import Iterable

import typer


def runs(ctx: typer.Context, incomplete: str) -> list[str]:
    """Runs in the folder of runs, and those that come along."""
    from ibtui.store import shipped

    given = ctx.params.get("runs") or ctx.params.get("out")
    folder = str(given or os.environ.get("IBTUI_RUNS") or "runs")
    return _beginning(incomplete, [*_runs_in(folder), *shipped.names()])


def profiles(incomplete: str) -> list[str]:
    """Profiles that come along."""
    from ibtui.profile import shipped

    return _beginning(incomplete, shipped.names())


def experiments(incomplete: str) -> list[str]:
    """Experiments that can be reproduced."""
    from ibtui.claims import EXPERIMENTS

    return _beginning(incomplete, EXPERIMENTS)


def estimators(incomplete: str) -> list[str]:
    """Estimators; after the colon their options, each with `=`."""
    from ibtui.information import PLUGINS

    name, colon, options = incomplete.partition(":")
    kind = PLUGINS.here(name)
    if not colon or kind is None:
        return _beginning(incomplete, PLUGINS.names())
    before = incomplete[: len(incomplete) - len(options.rpartition(",")[2])]
    known = (f"{before}{option}=" for option in kind.model_fields if option != "name")
    return _beginning(incomplete, known)


def data_sets(incomplete: str) -> list[str]:
    """Data sets that can be fetched."""
    from ibtui.data import SOURCES

    return _beginning(incomplete, (name for name, one in SOURCES.items() if one.published))


def keys(incomplete: str) -> list[str]:
    """Keys of a profile."""
    return _beginning(incomplete, _keys())


def assignments(incomplete: str) -> list[str]:
    """`KEY=` for `--set`, and after it the words that may be its value.

    Keys of an estimator have its place, `estimator.0.bins=`.
    """
    from ibtui.profile import Profile
    from ibtui.profile.keys import keys as keys_of
    from ibtui.profile.keys import without_index

    key, equals, _ = incomplete.partition("=")
    if equals:
        path = without_index(key)
        words = (w for one in keys_of(Profile) if one.path == path for w in one.choices)
        return _beginning(incomplete, (f"{key}={word}" for word in words))
    place = "estimator.0."
    if key.startswith("estimator.") and key[10:11].isdigit():
        place = ".".join(key.split(".")[:2]) + "."
    return _beginning(incomplete, (f"{path.replace('estimator.', place, 1)}=" for path in _keys()))


def topics(incomplete: str) -> list[str]:
    """Topics of the manual."""
    from ibtui.report.manual import topics as all_topics

    return _beginning(incomplete, all_topics())


def examples(ctx: typer.Context, incomplete: str) -> list[str]:
    """Examples, after the topic of that name."""
    from ibtui.report.examples import examples as all_examples

    return _beginning(incomplete, all_examples() if ctx.params.get("topic") == "examples" else ())


def _beginning(incomplete: str, names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(name for name in names if name.startswith(incomplete)))


def _runs_in(folder: str) -> list[str]:
    """Folders that hold the file which every run has; none of a folder that cannot be read."""
    try:
        found = sorted(os.listdir(folder))
    except OSError:
        return []
    return [name for name in found if os.path.isfile(os.path.join(folder, name, "run.toml"))]


def _keys() -> Iterable[str]:
    from ibtui.profile import Profile
    from ibtui.profile.keys import keys as keys_of

    return (key.path for key in keys_of(Profile))
