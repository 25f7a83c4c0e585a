"""The call flow as pictures and pages: drawn here, without a program or a network that a reader would need."""
