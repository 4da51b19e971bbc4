"""Experiment: what two profiles share that differ in nothing but words about it."""

from typing import Any

from ibtui.options import Options
from ibtui.profile.model import to_table

WORDS = "title", "expect"  # for people alone


def experiment(profile: Options) -> dict[str, Any]:
    """The table of a profile without what is said about it."""
    return {key: value for key, value in to_table(profile).items() if key not in WORDS}
