"""Runs in a notebook: opened as arrays, tables and figures, and trained under a live plane."""
