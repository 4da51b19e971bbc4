"""The widgets of a run: planes, curves, layer table, transport, heading, tabs."""
