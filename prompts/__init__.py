"""What callers are asked and told: lines, questions, wording by language, and the checks of all three."""
