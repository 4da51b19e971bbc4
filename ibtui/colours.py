"""Colours of the layers: one table for figures and for the app, so that T4 is the same in both."""

# Okabe & Ito (2008, jfly.uni-koeln.de/color), as rrggbb; yellow last because it is faint on white.
LAYERS = ("0072b2", "e69f00", "009e73", "d55e00", "cc79a7", "56b4e9", "000000", "f0e442")
