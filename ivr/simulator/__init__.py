"""A stand-in for Twilio on your own desk; it imports nothing of ours and meets the service only over HTTP."""
