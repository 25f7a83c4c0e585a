"""What may leak from a deployment: each check is a rule over facts that somebody else gathered.

What could not be known never counts as sound.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from sqlalchemy import make_url

from ivr.facts import Check, Facts, SoftphoneApp, Verdict, leaks, sound, unknown
from storage.reader import example_values, is_database
from storage.setting_names import BARE_SECRETS

DAY_SECONDS = 86_400
MAX_KEYRING_DAYS = 7  # while a keyring lives, what was deleted after it was written can still be opened
MAX_LIVE_KEY_DAYS = 2  # it is rotated every day
NOT_THE_OWNER, OTHERS = 0o077, 0o007  # a file of SQLite may be shared by the group of the line's processes
IN_MEMORY = ("tmpfs", "ramfs")
DROPPED_CORES = ("", "|/bin/false", "|/usr/bin/false", "|/bin/true", "|/usr/bin/true")
# What PostgreSQL's log must be told to leave out, and the values that do (PostgreSQL: Error Reporting and Logging).
POSTGRESQL_LOG: Mapping[str, tuple[str, ...]] = {
    "log_error_verbosity": ("terse",),
    "log_parameter_max_length_on_error": ("0",),
    "log_parameter_max_length": ("0",),
    "log_statement": ("none",),
    "log_min_duration_statement": ("-1",),
    "log_min_duration_sample": ("-1",),
    "log_duration": ("off",),
}


def diagnose(facts: Facts) -> list[Check]:
    """Return the outcome of every check."""
    return [check(facts) for check in CHECKS]


def exit_status(checks: list[Check]) -> int:
    """Return 1 when something leaks, 2 when nothing does but something could not be known, else 0."""
    verdicts = {check.verdict for check in checks}
    if Verdict.LEAKS in verdicts:
        return 1
    return 2 if Verdict.UNKNOWN in verdicts or not checks else 0


# ---- memory that reaches a disk -----------------------------------------------------------------------------------


def swap(facts: Facts) -> Check:
    """What is in memory must not reach a disk in clear."""
    name, mend = "Swap is encrypted or off", "turn swap off, or put it on dm-crypt with a random key at each start"
    if facts.swaps is None:
        return unknown(name, "the list of swap devices cannot be read", "run this on the machine itself")
    plain = [one.device for one in facts.swaps if one.encrypted is False]
    unclear = [one.device for one in facts.swaps if one.encrypted is None]
    if plain:
        return leaks(name, f"memory is written in clear to {', '.join(plain)}", mend)
    if unclear:
        return unknown(name, f"it cannot be seen whether {', '.join(unclear)} is encrypted", mend)
    return sound(name, "no memory reaches a disk in clear by swapping")


def hibernation(facts: Facts) -> Check:
    """Sleeping to disk writes all memory at once."""
    name = "The machine cannot hibernate"
    if facts.can_hibernate is None:
        return unknown(name, "the machine's ways of sleeping cannot be read", "run this on the machine itself")
    if facts.can_hibernate:
        return leaks(name, "hibernating writes all memory to a disk", "mask hibernate.target; boot with nohibernate")
    return sound(name, "memory is not written to a disk by sleeping")


def core_dumps(facts: Facts) -> Check:
    """A crash must not write memory down. A limit does not bind where cores go to a program (core(5))."""
    name = "A crash writes no memory down"
    mend = "set kernel.core_pattern=|/bin/false, and LimitCORE=0 for each service"
    if facts.core_pattern is None:
        return unknown(name, "kernel.core_pattern cannot be read", mend)
    if facts.core_pattern in DROPPED_CORES:
        return sound(name, "cores are dropped for every process")
    if facts.core_pattern.startswith("|"):
        return leaks(name, "cores go to a program that keeps them, whatever the limit says", mend)
    if facts.core_limit is None:
        return unknown(name, "the limit for cores cannot be read", mend)
    if facts.core_limit != 0:
        return leaks(name, "a crash writes memory into a file", mend)
    return unknown(name, "the limit is 0 here, but services have limits of their own", mend)


# ---- keys ---------------------------------------------------------------------------------------------------------


def secret_files(facts: Facts) -> Check:
    """A secret file belongs to one user alone."""
    name = "Secret files are their owner's alone"
    if not facts.secret_modes:
        return unknown(
            name, "no secret file was found", "set KEYS_DIR and RUNTIME_DIR, or name the folders of keys by --keys"
        )
    return _modes(name, facts.secret_modes, NOT_THE_OWNER)


def database_files(facts: Facts) -> Check:
    """The file of the database and its journals belong to the users of the line alone, with a group of their own."""
    name = "Strangers on the machine cannot read the database"
    if facts.settings.get("DATABASE_URL") and not facts.is_sqlite:
        return sound(name, "the database is no file of ours")
    if not facts.database_modes:
        return unknown(name, "the database's file was not found", "run this where DATABASE_URL leads to the file")
    return _modes(name, facts.database_modes, OTHERS)


def keys_apart(facts: Facts) -> Check:
    """One copied folder must not hold both what is sealed and what helps to open it."""
    name = "Keys lie apart from the database and its backups"
    if not facts.keys_dirs:
        return unknown(name, "no folder of keys is known here", "set KEYS_DIR, or name the folders by --keys")
    together = [
        place
        for place in (facts.database_dir, *facts.backup_dirs)
        if place and any(_share_a_folder(keys, place) for keys in facts.keys_dirs)
    ]
    if together:
        return leaks(
            name,
            f"whoever copies one folder takes the keys with {', '.join(together)}",
            "move keys to a folder of their own that no backup of the database takes along",
        )
    if facts.backups is None:
        return unknown(name, "where backups lie is not known here", "name their folders by --backups")
    return sound(name, "no folder of the database or of backups holds the keys")


def recovery_key(facts: Facts) -> Check:
    """The recovery key opens everything, so it is kept offline."""
    name = "The recovery key is not on this machine"
    if facts.recovery_here is None:
        return unknown(name, "the folders of keys cannot be looked into", "run this as root, and name them by --keys")
    if facts.recovery_here:
        return leaks(
            name, "a recovery key lies in or beside a folder of keys", "take it onto media kept offline; delete it here"
        )
    return sound(name, "none lies in or beside a folder of keys (elsewhere was not searched)")


def public_side(facts: Facts) -> Check:
    """With the worker's credential a taken-over public door lists every caller's number at Twilio."""
    name = "The public side cannot read the worker's secrets"
    mend = "run it as a user of its own, and name that user by --ivr-user"
    if facts.readable_by_public is None:
        return unknown(name, "which user runs the public side is not known here", mend)
    if facts.readable_by_public:
        return leaks(name, f"it can read {', '.join(facts.readable_by_public)}", mend)
    return sound(name, "its user can read none of them")


def live_state(facts: Facts) -> Check:
    """What a call remembers must be gone with the power."""
    name = "The live key is in memory only"
    if facts.runtime_filesystem is None:
        return unknown(name, "the file system of RUNTIME_DIR cannot be seen", "set RUNTIME_DIR, best /run/hotline")
    if facts.runtime_filesystem not in IN_MEMORY:
        return leaks(name, f"RUNTIME_DIR is on {facts.runtime_filesystem}", "put it on tmpfs, such as /run/hotline")
    return sound(name, f"RUNTIME_DIR is on {facts.runtime_filesystem}")


def live_key_age(facts: Facts) -> Check:
    """A copy of the live key must soon be worth nothing."""
    name = f"The live key is younger than {MAX_LIVE_KEY_DAYS} days"
    mend = "run `hotline keys rotate-live` every day by a timer"
    if facts.live_key_age_seconds is None:
        return unknown(name, "there is no live key here, or it cannot be seen", mend)
    if facts.live_key_age_seconds > MAX_LIVE_KEY_DAYS * DAY_SECONDS:
        return leaks(name, f"it is {facts.live_key_age_seconds // DAY_SECONDS} days old", mend)
    return sound(name, "a copy of an earlier one is worth nothing")


# ---- what others are told -----------------------------------------------------------------------------------------


def postgresql_log(facts: Facts) -> Check:
    """A server's log must not hold the values of a statement that failed or was slow."""
    name = "PostgreSQL logs no values"
    if facts.is_sqlite:
        return sound(name, "the database is SQLite, which has no log")
    if facts.postgresql is None:
        return unknown(name, "the server was not asked", "run this where DATABASE_URL can be reached")
    loud = [
        f"{key}={value}" for key, value in facts.postgresql.items() if value not in POSTGRESQL_LOG.get(key, (value,))
    ]
    if loud:
        right = ", ".join(f"{key}={values[0]}" for key, values in POSTGRESQL_LOG.items())
        return leaks(name, f"its log may hold values: {', '.join(loud)}", f"set {right}")
    if POSTGRESQL_LOG.keys() - facts.postgresql.keys():
        return unknown(name, "the server did not tell all of its settings", "ask it by SHOW ALL")
    return sound(name, "neither errors nor slow statements show values")


def desk_key(facts: Facts) -> Check:
    """Whoever left must not open with a copy of the desk's key what is sealed now, nor what was sealed before."""
    name, state = "The desk's key is held by those who read", facts.desk_key
    if state is None:
        mend = "run this with KEYS_DIR, KEYS_FINGERPRINT and DATABASE_URL, as the tables' owner"
        return unknown(name, "the database was not asked, or the public keys are not the pinned ones", mend)
    if state.leavers:
        why = f"{state.leavers} who held the key of epoch {state.epoch} left"
        return leaks(name, why, "hotline keys new-epoch --reason leaver")
    if state.left:
        told = ", ".join(f"{count} under epoch {epoch}" for epoch, count in state.left.items())
        return leaks(name, f"keys of items are still wrapped for earlier epochs: {told}", "hotline keys rewrap")
    if state.over:
        epochs = ", ".join(map(str, state.over))
        return leaks(name, f"people still hold the key of epoch {epochs}", f"hotline keys retire-epoch {state.over[0]}")
    return sound(name, f"all is wrapped for epoch {state.epoch}, and nobody left who held it")


def postgresql_way(facts: Facts) -> Check:
    """Rows on their way to another machine are encrypted, and the machine is the right one."""
    name = "The way to the database is private"
    if not facts.settings.get("DATABASE_URL"):
        return unknown(name, "DATABASE_URL is not set", "set it")
    if not is_database(facts.settings["DATABASE_URL"]):
        return unknown(name, "DATABASE_URL is no address of a database that is known here", "mend it")
    url = make_url(facts.settings["DATABASE_URL"])
    named = url.query.get("host", ())
    hosts = [url.host, *((named,) if isinstance(named, str) else named)]
    if facts.is_sqlite or all(not host or host.startswith("/") or _is_loopback(host) for host in hosts):
        return sound(name, "it stays on this machine")
    if url.query.get("sslmode") == "verify-full":
        return sound(name, "it is encrypted, and the server shows who it is")
    return leaks(
        name, "another host may read along or stand in for the server", "add ?sslmode=verify-full to the address"
    )


def addresses(facts: Facts) -> Check:
    """Callers' keys and staff's pages travel over TLS only."""
    name = "All addresses are https"
    bases = {key: facts.settings.get(key, "") for key in ("PUBLIC_BASE", "DESK_BASE")}
    bases["TWILIO_API_BASE"] = facts.settings.get("TWILIO_API_BASE", "") or "https://api.twilio.com"
    plain = [key for key, base in bases.items() if base and not base.startswith("https://")]
    missing = [key for key, base in bases.items() if not base]
    if plain:
        return leaks(name, f"in clear: {', '.join(plain)}", "give them https addresses, with a TLS proxy in front")
    if missing:
        return unknown(name, f"not set: {', '.join(missing)}", "give every process the same settings file")
    return sound(name, "no address is http")


def recordings(facts: Facts) -> Check:
    """A recording that waits at Twilio should be readable by the worker alone."""
    name = "Recordings are encrypted at Twilio"
    if facts.settings.get("RECORDING_ENCRYPTION", "required") == "off":
        return leaks(
            name,
            "a recording waits at Twilio in clear until it is collected",
            "buy Twilio's recording encryption, upload KEYS_DIR/recording-public.pem, and set it to required",
        )
    return sound(name, "one that is not encrypted raises an alarm")


def alerts(facts: Facts) -> Check:
    """Alerts hold no content, but their times tell when somebody rang."""
    name = "Alerts travel over TLS"
    host = facts.settings.get("SMTP_HOST", "")
    if not host:
        return unknown(name, "SMTP_HOST is not set", "give this command the worker's settings")
    if facts.settings.get("SMTP_TLS", "starttls") == "none" and not _is_loopback(host):
        return leaks(name, "the mail host is reached in clear", "set SMTP_TLS to starttls or tls")
    return sound(name, "the way to the mail host is private")


def wording(facts: Facts) -> Check:
    """A promise that was translated wrongly is a wrong promise."""
    name = "A native reviewer signed every language"
    mend = "let one read it and run `hotline prompts sign LANGUAGE --reviewer NAME`, or take the language out"
    if facts.unsigned is None:
        return unknown(name, "the line's wording cannot be read", "set LINE_FILE, and run `hotline prompts check`")
    if facts.unsigned:
        return leaks(name, f"nobody vouches for what is promised in: {', '.join(facts.unsigned)}", mend)
    return sound(name, "what is promised is what was read and signed")


def demo(facts: Facts) -> Check:
    """The demo allows what a real line must not."""
    name = "This is not the demo"
    if facts.settings.get("DEMO", "0") != "0":
        return leaks(name, "DEMO lets one user hold all secrets and unsigned wording be spoken", "set DEMO=0")
    return sound(name, "DEMO is off")


def secrets_in_settings(facts: Facts) -> Check:
    """A secret in the environment shows in /proc and in crash reports."""
    name = "No secret stands in the settings"
    there = [key for key in BARE_SECRETS if facts.settings.get(key)]
    if there:
        return leaks(name, f"in the settings: {', '.join(there)}", "put each into a file and name it by ..._FILE")
    return sound(name, "settings name files")


def settings_file(facts: Facts) -> Check:
    """A setting that nobody reads protects nobody."""
    name = "Every line of the settings file is understood"
    if facts.file_mistakes is None:
        return unknown(name, "the settings did not come from a file", "name it by --settings")
    if facts.file_mistakes:
        return leaks(name, "; ".join(facts.file_mistakes), "mend those lines: what they should say is not done")
    return sound(name, "each name is one that some process reads")


def examples(facts: Facts) -> Check:
    """Alerts to an example reach nobody, and an example account checks nobody's calls."""
    name = "No example value is left"
    if not facts.settings.get("TWILIO_ACCOUNT_SID"):
        return unknown(name, "TWILIO_ACCOUNT_SID is not set", "give this command the settings of all processes")
    if left := example_values(facts.settings):
        return leaks(name, f"as in the example: {', '.join(left)}", "set each to your own")
    return sound(name, "accounts, hosts and addresses are the line's own")


def backups(facts: Facts) -> Check:
    """Deletion must hold in backups too."""
    name = f"No backup keeps keys longer than {MAX_KEYRING_DAYS} days"
    if facts.backups is None:
        return unknown(name, "where backups lie is not known here", "name their folders by --backups")
    if not any(one.is_keyring for one in facts.backups):
        return unknown(name, "no keyring was found where backups should lie", "name their folders by --backups")
    old = [one.path for one in facts.backups if one.is_keyring and one.age_seconds > MAX_KEYRING_DAYS * DAY_SECONDS]
    if old:
        return leaks(name, f"what was deleted can still be opened from {', '.join(old)}", "delete them, by a timer")
    if (facts.postgresql or {}).get("archive_mode", "off") != "off":
        return unknown(
            name, "PostgreSQL archives its changes, and how long is not known here", "keep archives 7 days at most"
        )
    return sound(name, "every keyring that was found is young enough")


def softphones(facts: Facts) -> Check:
    """A softphone rings whatever the App says: an address of somebody else's would hear every call that is answered."""
    name = "Softphones ring this line and nothing else"
    mend = "set it as docs/operations.md says under Live calls"
    if not facts.settings.get("TWILIO_ACCOUNT_SID"):
        return unknown(name, "TWILIO_ACCOUNT_SID is not set", "give this command the settings of all processes")
    if not facts.settings.get("TWILIO_APP_SID"):
        return sound(name, "there is no TWILIO_APP_SID: nobody answers live")
    if facts.softphone_app is None:
        return unknown(name, "the carrier did not tell of the App", "run this as root, where the carrier is reached")
    wrong = _wrong_in(facts.softphone_app, facts.settings.get("PUBLIC_BASE", "").rstrip("/"))
    if wrong:
        return leaks(name, f"of the TwiML App {'; '.join(wrong)}", mend)
    return sound(name, "the App names our own addresses, and takes nothing else")


def _wrong_in(app: SoftphoneApp, base: str) -> list[str]:
    if not app.is_there:
        return ["there is none with this SID"]
    told = {
        "its voice address is not PUBLIC_BASE/softphone": app.voice_url.partition("#")[0] != f"{base}/softphone",
        "its voice address is asked by GET": app.voice_method != "POST",
        "its status callback is not PUBLIC_BASE/ended": app.status_callback.partition("#")[0] != f"{base}/ended",
        "other accounts may ring it": app.is_open_to_others,
        "it takes messages": app.takes_messages,
    }
    return [why for why, is_wrong in told.items() if is_wrong]


def assessment_apart(facts: Facts) -> Check:
    """The assessment application shares neither a database of people, nor a role, nor a host with the desk."""
    name = "The assessment application stands apart from the desk"
    own, base = (facts.settings.get(f"ASSESSMENT_{one}", "").strip() for one in ("DATABASE_URL", "BASE"))
    if not own and not facts.settings:
        return unknown(name, "no settings are known", "name the settings file by --settings")
    if not own:
        return sound(name, "none is set up here")
    mend = "give it a database, a role and a host name of its own (docs/assessment.md)"
    line, desk = facts.settings.get("DATABASE_URL", "").strip(), facts.settings.get("DESK_BASE", "").strip()
    if not is_database(own) or (line and not is_database(line)):
        return unknown(name, "an address of a database cannot be read", "write sqlite:///FILE or postgresql://...")
    if _place(own) == _place(line):
        return leaks(name, "its people would stand in the line's own database", mend)
    if make_url(own).username == "hotline_desk":
        return leaks(name, "it would come to its people under the desk's role", mend)
    if base and urlsplit(base).hostname == urlsplit(desk).hostname:
        return leaks(name, "a page of one host could act as the other's people: cookies do not tell ports apart", mend)
    if base and urlsplit(base).scheme != "https" and facts.settings.get("DEMO", "").strip() != "1":
        return leaks(name, "over http its cookies are not bound to its host", "put TLS in front of it")
    return sound(name, "its people, its role and its host are its own")


def _place(url: str) -> tuple[str | None, ...]:
    parsed = make_url(url) if url else None
    return (parsed.host, str(parsed.port), parsed.database, str(parsed.query.get("host"))) if parsed else ()


CHECKS: tuple[Callable[[Facts], Check], ...] = (
    swap, hibernation, core_dumps, secret_files, database_files, keys_apart, recovery_key, public_side, live_state,
    live_key_age, desk_key, postgresql_log, postgresql_way, addresses, recordings, alerts, wording, demo,
    secrets_in_settings, settings_file, examples, backups, softphones, assessment_apart,
)  # fmt: skip


def _modes(name: str, modes: Mapping[str, int | None], refused: int) -> Check:
    open_to_others = [path for path, mode in modes.items() if mode is not None and mode & refused]
    unseen = [path for path, mode in modes.items() if mode is None]
    if open_to_others:
        mend = f"chmod {'go' if refused == NOT_THE_OWNER else 'o'}= {' '.join(open_to_others)}"
        return leaks(name, f"others may read or change {', '.join(open_to_others)}", mend)
    if unseen:
        return unknown(
            name, f"cannot be seen: {', '.join(unseen)}", "run this as root, or once for each process's user"
        )
    return sound(name, f"{len(modes)} files were looked at")


def _share_a_folder(keys: str, other: str) -> bool:
    keys, other = keys.rstrip("/") + "/", other.rstrip("/") + "/"
    return keys.startswith(other) or other.startswith(keys)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
