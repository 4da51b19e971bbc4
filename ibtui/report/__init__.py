"""Words and numbers for people: tables, facts, CSV and JSON, comparisons, the catalogue."""
