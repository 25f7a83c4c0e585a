"""The ground: what is kept, how it is sealed, and when it goes."""
