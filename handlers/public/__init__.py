"""The public page of a line: figures, and what is and is not promised, as static files."""
