"""The side that faces the carrier: it may seal, and never opens."""
