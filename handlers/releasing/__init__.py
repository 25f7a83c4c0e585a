"""What leaves the line: how a report is classified, who may get it, its exact bytes, and the package around them."""
