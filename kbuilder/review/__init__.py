"""What editors decide: what waits for them, what verdicts make, what has changed under their articles."""
