"""The people who answer: their rules, and the doors they work behind."""
