"""What the panes read off a recording at the cursor, and how they look at it."""
