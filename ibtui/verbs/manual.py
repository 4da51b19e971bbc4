"""Verbs that explain: topics to read, keys of profiles, preferences."""

from typing import Annotated

import typer

from ibtui.errors import UsageError
from ibtui.verbs import completion

EXAMPLES = "examples"


def show_help(
    topic: Annotated[
        str | None,
        typer.Argument(help="What to read about.", autocompletion=completion.topics),
    ] = None,
    example: Annotated[
        str | None,
        typer.Argument(
            help="After examples: the one to copy into this folder.",
            autocompletion=completion.examples,
        ),
    ] = None,
) -> None:
    """Explain a topic; all of them are listed where none is named."""
    from ibtui.report.manual import print_topic, print_topics

    if topic is None:
        print_topics()
    elif example is not None:
        from ibtui.report.examples import copy_example

        if topic != EXAMPLES:
            raise UsageError(f"{example}: a topic is one word (ibtui help lists them)")
        print(copy_example(example))
    else:
        print_topic(topic)
        if topic == EXAMPLES:
            from ibtui.report.examples import print_examples

            print()
            print_examples()


def list_keys(
    prefix: Annotated[
        str,
        typer.Argument(
            metavar="PREFIX",
            help="Only these: training, estimator.b, ...",
            autocompletion=completion.keys,
        ),
    ] = "",
) -> None:
    """List the keys of a profile, with defaults and meanings."""
    from ibtui.report.keys import print_profile_keys

    print_profile_keys(prefix)


def show_config(
    part: Annotated[
        str | None, typer.Argument(metavar="[keys]", help="The app's actions and their keys.")
    ] = None,
) -> None:
    """Show where your preferences are, every one with its value, and what it means."""
    from ibtui.profile.keys import keys, value_at
    from ibtui.report.keys import print_actions, print_settings
    from ibtui.tui.keys import BY_ID
    from ibtui.tui.settings import Settings, load_settings, settings_file

    if part not in (None, "keys"):
        raise UsageError(f"{part}: is nothing to show (ibtui config, ibtui config keys)")
    settings = load_settings()
    if part:
        named = BY_ID.items()
        print_actions(
            (name, settings.keys.get(name, bound.key), bound.tooltip or "") for name, bound in named
        )
        return
    found = list(keys(Settings))
    values = {key.path: value_at(settings, key.path) for key in found}
    path = settings_file()
    print_settings(path, found, values, there=path.is_file())
