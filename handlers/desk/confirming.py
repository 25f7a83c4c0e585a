"""A person's words in place of the voice: confirming a transcript destroys its sound, with a receipt."""

from __future__ import annotations

from flask import abort, flash, request
from flask.typing import ResponseReturnValue

from handlers.desk.claiming import stay_yours
from handlers.desk.doubts import Doubt, doubts_about
from handlers.desk.ground import Desk
from handlers.desk.reading import Attempt, audited, opened_record, show, sound_opens
from handlers.desk.record import Clip
from handlers.desk.sessions import Signed
from handlers.desk.typed import typed_in
from handlers.permissions import Action
from storage import intake, on_disk
from storage.contents import Transcript
from storage.sealing import SealedItem, seal_item

MAX_CHARACTERS = 20_000
NOTHING_TYPED = "Write down what is said in this clip. If nothing can be heard, write: nothing to hear"
TOO_LONG = f"Shorten the transcript to {MAX_CHARACTERS:,} characters or fewer"
CONFLICT = "Somebody else confirmed this clip while you were writing. Their words stand below, yours here, to compare."
STILL_ARRIVING = "This clip is still being fetched. Wait a minute, then confirm it again."


def confirm(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Confirm the one clip whose button was pressed; what was typed to the others stays on the page."""
    clip_id = request.form.get("clip", "")
    form = typed_in(request.form)
    typed, note = form.clips, form.note
    words = typed.get(clip_id, "").strip()
    if clip_id not in typed:
        abort(400)
    mistake = NOTHING_TYPED if not words else TOO_LONG if len(words) > MAX_CHARACTERS else ""
    if mistake:
        return show(desk, signed, report_id, Attempt(typed, clip_id, mistake, note=note), 422)
    clip = _clip(desk, signed, report_id, clip_id)
    doubts = _doubts(desk, signed, report_id, clip, words)
    answered = request.form.get(f"sure-{clip_id}", "").split()
    if any(doubt.name not in answered for doubt in doubts):
        return show(desk, signed, report_id, Attempt(typed, clip_id, doubts=doubts, note=note))
    try:
        had_sound = _replace(desk, signed, report_id, _sealed(desk, signed, report_id, clip, words), clip_id)
    except intake.ClipAlreadyConfirmed:
        return show(desk, signed, report_id, Attempt(typed, clip_id, conflict=CONFLICT, note=note), 409)
    except intake.StillArriving:
        return show(desk, signed, report_id, Attempt(typed, clip_id, STILL_ARRIVING, note=note), 409)
    flash(f"The transcript is confirmed{' and its sound destroyed' if had_sound else '. Its sound was gone before'}.")
    rest = {name: words for name, words in typed.items() if name != clip_id}
    return show(desk, signed, report_id, Attempt(rest, note=note))


def finish(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Mark a report as confirmed in which no clip waits any more, such as one that was keyed only."""
    with desk.database.write() as connection:
        stay_yours(signed, connection, Action.CONFIRM, report_id)
        done = intake.confirm_when_done(connection, report_id, now=desk.clock.now())
        if done:
            audited(desk, signed, connection, "report-confirmed", report_id)
    flash("The report is confirmed." if done else "It cannot be confirmed yet: the call or a clip is still waiting.")
    return show(desk, signed, report_id, Attempt({}), 200 if done else 409)


def _clip(desk: Desk, signed: Signed, report_id: str, clip_id: str) -> Clip:
    with desk.database.write() as connection:
        audited(desk, signed, connection, "clip-confirming", clip_id, f"report {report_id}")
    found = next((clip for clip in opened_record(desk, signed, report_id).clips if clip.item_id == clip_id), None)
    if found is None:
        abort(404)
    return found


def _doubts(desk: Desk, signed: Signed, report_id: str, clip: Clip, words: str) -> tuple[Doubt, ...]:
    """Return what speaks against confirming yet: the voice goes for good, so this much is asked once more."""
    with desk.database.read() as connection:
        played = intake.has_played(connection, clip.item_id, signed.person_id, since=signed.open_session.began_at)
    opens = clip.has_sound and sound_opens(desk, signed, report_id, clip.item_id)
    return doubts_about(clip, words, played=played, opens=opens)


def _sealed(desk: Desk, signed: Signed, report_id: str, clip: Clip, words: str) -> SealedItem:
    # The clip's own time is kept, so that transcripts stand in the order in which the caller spoke.
    transcript = Transcript(clip.item_id, clip.question, clip.place, clip.language, words, signed.person_id, clip.at)
    audiences = (desk.keys.desk,)  # the recovery key is a member of its group
    return seal_item(transcript.packed(), report_id=report_id, kind="transcript", audiences=audiences)


def _replace(desk: Desk, signed: Signed, report_id: str, transcript: SealedItem, clip_id: str) -> bool:
    with desk.database.write() as connection:
        stay_yours(signed, connection, Action.CONFIRM, report_id)
        had_sound = intake.replace_clip(connection, clip_id, transcript)
        audited(desk, signed, connection, "transcript-confirmed", transcript.item_id, f"report {report_id}")
        if had_sound:
            audited(desk, signed, connection, "sound-destroyed", clip_id, f"report {report_id}")
        if intake.confirm_when_done(connection, report_id, now=desk.clock.now()):
            audited(desk, signed, connection, "report-confirmed", report_id)
    on_disk.forget_on_disk(desk.database)
    return had_sound
