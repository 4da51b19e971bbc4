"""What a recording says: summaries, verdicts, disagreement, the limits of the bottleneck."""
