"""Choice: a compact Select of words."""

from __future__ import annotations

from collections.abc import Sequence

from ibtui.tui.private import HastySelect


class Choice(HastySelect):
    """One of `words`, or `value` itself if it is not among them."""

    def __init__(self, words: Sequence[str], value: str) -> None:
        words = words if value in words else (*words, value)
        options = [(word, word) for word in words]
        super().__init__(options, value=value, allow_blank=False, compact=True)
