"""Verbs that explain: topics to read, keys of profiles, preferences."""

from typing import Annotated

import typer

from ibtui.errors import UsageError

EXAMPLES = "examples"


def show_help(
    topic: Annotated[str | None, typer.Argument(help="What to read about.")] = None,
    example: Annotated[
        str | None, typer.Argument(help="After examples: the one to copy into this folder.")
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
