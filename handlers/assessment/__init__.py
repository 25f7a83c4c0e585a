"""The assessment application: where a team reads what was released to it, and answers."""
