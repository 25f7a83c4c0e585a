"""The API of a team's own system: shapes, their document, problems, bounds, and the application that answers."""
