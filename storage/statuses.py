"""What a caller may hear of how their report stands; one word of them is on its row."""

from __future__ import annotations

RECEIVED, ASSESSING, PASSED_ON, CLOSED, OUTSIDE_REMIT = "received", "assessing", "passed_on", "closed", "outside_remit"
STATUSES = (RECEIVED, ASSESSING, PASSED_ON, CLOSED, OUTSIDE_REMIT)
