"""An invented caller whose words stand nowhere else, for tests that look for them on disk."""

from __future__ import annotations

from ivr.canary import Canary

NUMBER = Canary("number", "+447700900738")
NAME = Canary("name", "Wilhelmina Quirke")
CITY = Canary("city", "Zzyzxbury")
PHRASE = Canary("phrase", "the sergeant keeps seven herons in evidence room nine")
REFERENCE = Canary("reference", "4071592638490172")
DIGITS = Canary("digits", "60419753")
CALL_SID = Canary("call_sid", "CA7c1e5b90d3f84a62a9d0e1b27f3c6a58")
RECORDING_SID = Canary("recording_sid", "RE0b9d4f17c2a3485e96d1f0a7b8c3e264")
CALL_TOKEN = Canary("call_token", "%7B%22parentCallInfoToken%22%3A%22eyJhbGciOiJFUzI1NiJ9.invented.token%22%7D")
CONTROL = Canary("control", "hotline control 5e0c7d1f")

ALL = (NUMBER, NAME, CITY, PHRASE, REFERENCE, DIGITS, CALL_SID, RECORDING_SID, CALL_TOKEN)
