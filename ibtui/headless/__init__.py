"""Runs without the app: batch, its progress and signals, and the papers' experiments."""
