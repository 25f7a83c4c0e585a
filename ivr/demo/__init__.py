"""The whole line on one machine: sets itself up, plays a call, shows the report, stays up for people to try."""
