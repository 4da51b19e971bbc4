"""The terminal and the machine around the app, and its themes."""
