"""The worker: the only holder of Twilio's REST credentials and of the identifiers of calls and recordings."""
