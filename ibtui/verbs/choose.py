"""Verbs that list what there is to choose from: profiles, estimators, data sets."""

from typing import Annotated

import typer

from ibtui.verbs import completion
from ibtui.verbs.options import DataDir


def profiles(
    name: Annotated[
        str | None, typer.Argument(help="Print this one.", autocompletion=completion.profiles)
    ] = None,
) -> None:
    """List the profiles that come with the program, or print one."""
    from ibtui.profile import shipped

    if name:
        print(shipped.find_profile(name).read_text(encoding="utf-8"), end="")
    else:
        from ibtui.report.catalogue import print_profiles

        print_profiles()


def estimators(
    name: Annotated[
        str | None,
        typer.Argument(help="Tell everything of this one.", autocompletion=completion.estimators),
    ] = None,
) -> None:
    """List the estimators of mutual information, with options, cost and source."""
    from ibtui.report.catalogue import print_estimator, print_estimators

    if name:
        print_estimator(name)
    else:
        print_estimators()


def list_data(data_dir: DataDir = None) -> None:
    """List the data sets, and where their files are."""
    from ibtui.report.catalogue import print_data

    print_data(data_dir)


def fetch_data(
    name: Annotated[
        str,
        typer.Argument(
            help="A data set, as ibtui data list names it.", autocompletion=completion.data_sets
        ),
    ],
    data_dir: DataDir = None,
) -> None:
    """Fetch a data set's files, resuming where an earlier fetch broke off."""
    from ibtui.headless.progress import show_fetch

    show_fetch(name, data_dir)
