"""The inside web application for handlers, supervisors, administrators and auditors."""
