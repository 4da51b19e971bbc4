"""Themes of the app's own: colours that all lie in the 256 that most terminals over SSH have."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="ibtui-dark",
    dark=True,
    primary="#5f87af",
    secondary="#87afd7",
    accent="#ffaf5f",
    foreground="#d0d0d0",
    background="#121212",
    surface="#1c1c1c",
    panel="#303030",
    success="#5faf87",
    warning="#d7af5f",
    error="#d75f5f",
    variables={"footer-key-foreground": "#ffaf5f", "input-selection-background": "#5f87af 40%"},
)
LIGHT = Theme(
    name="ibtui-light",
    dark=False,
    primary="#005f87",
    secondary="#0087af",
    accent="#af5f00",
    foreground="#262626",
    background="#ffffff",
    surface="#eeeeee",
    panel="#dadada",
    success="#005f5f",
    warning="#875f00",
    error="#af0000",
    variables={"footer-key-foreground": "#af5f00"},
)
