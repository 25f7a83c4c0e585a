"""The names of all settings, so that a typing mistake in the file is told instead of passed over."""

from __future__ import annotations

from difflib import get_close_matches

# A test compares them with config.example.env, which explains each one.
SETTINGS = (
    "DEMO", "DATABASE_URL", "LINE_FILE", "KEYS_DIR", "KEYS_FINGERPRINT", "TWILIO_ACCOUNT_SID",
    "PUBLIC_BASE", "IVR_LISTEN", "IVR_PROCESSES", "MAX_CALLS", "RUNTIME_DIR", "DIGITS_DIR", "PROMPTS_AUDIO_DIR",
    "TWILIO_SHARED_KEYS_FILE", "TWILIO_AUTH_TOKENS_FILE",
    "TWILIO_API_KEY", "TWILIO_API_SECRET_FILE", "TWILIO_API_BASE", "TWILIO_APP_SID",
    "RECORDING_ENCRYPTION",
    "TRANSCRIBER", "WHISPER_MODEL_DIR",
    "SMTP_HOST", "SMTP_PORT", "SMTP_TLS", "SMTP_USER", "SMTP_PASSWORD_FILE", "ALERT_FROM", "ALERT_TO",
    "CALL_CLOSE_AFTER_SECONDS", "BACKLOG_ALARM_MINUTES", "SOUND_DAYS", "DAILY_MINUTES_ALARM", "WAIT_ALARM_SECONDS",
    "ESCALATE_MINUTES",
    "RETAIN_CONFIRMED_WEEKS", "RETAIN_DISMISSED_WEEKS", "RETAIN_RAW_WEEKS", "RETAIN_RELEASED_WEEKS",
    "RETAIN_TEAM_WEEKS",
    "OPEN_ALARM_WEEKS", "AUDIT_HEAD_DIR", "AUDIT_HEAD_TO",
    "METRICS_LISTEN",
    "DESK_BASE", "DESK_LISTEN", "SESSIONS_URL", "PASSWORD_LIST_FILE",
    "SOFTPHONE", "SOFTPHONE_ADDRESS", "TWILIO_EDGE",
    "ASSESSMENT_DATABASE_URL", "ASSESSMENT_BASE", "ASSESSMENT_LISTEN", "ASSESSMENT_SESSIONS_URL",
)  # fmt: skip
# Secrets that people put where only a file's name belongs: each is refused with a sentence of its own.
BARE_SECRETS = {
    bare: name
    for name in SETTINGS
    if name.endswith("_FILE") and name not in ("LINE_FILE", "PASSWORD_LIST_FILE")
    for bare in (name.removesuffix("_FILE"), name.removesuffix("S_FILE"))
    if bare != name
}


def nearest(name: str) -> str:
    """Return the setting that was probably meant, or nothing."""
    return next(iter(get_close_matches(name.upper(), SETTINGS, n=1, cutoff=0.75)), "")
