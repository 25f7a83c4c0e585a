"""The assessment application: where a force's specialist team reads what was released to it, and answers."""
