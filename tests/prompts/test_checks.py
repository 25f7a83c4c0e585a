"""Each rule of the checks finds what it is for in a copy that was spoiled, and nothing before."""

from __future__ import annotations

import wave
from collections.abc import Iterable
from pathlib import Path

import pytest

from prompts.checks import Finding, Requirement, check_all, without_voice
from prompts.scripts import seconds_of
from prompts.sounds import Sound, hash_of, note_sounds
from tests.prompts.files import Copy

LONG = "And so on, and so on, and so on. "


def prompts_with(findings: Iterable[Finding], what: str) -> set[tuple[str, str]]:
    return {(finding.language, finding.prompt) for finding in findings if what in finding.what}


def test_the_copy_is_whole_before_it_is_spoiled(copy: Copy) -> None:
    assert copy.findings() == []


@pytest.mark.parametrize(
    ("name", "before", "after", "prompt", "what"),
    [
        ("en.toml", 'kept = "', 'kapt = "', "kept", "nothing is said here"),
        ("en.toml", 'kept = "', 'kapt = "', "kapt", "no call ever says it"),
        ("en.toml", "[questions.weapon]", "[questions.weapons]", "weapon", "nothing is said here"),
        ("en.toml", "To leave a report now, press {key_2}.", "", "main_menu", "it does not say what 2 does"),
        ("en.toml", "press {key_2} or {key_hash}", "press {key_2}", "story_more", "it does not say what # does"),
        ("en.toml", "If you are not sure, {key_3}.", "If not sure, {key_4}.", "urgent", "it names {key_4}, which does"),
        ("en.toml", "To agree, press any key.", "To agree, press {key_1}.", "fallback_consent", "it names a key"),
        ("en.toml", "run by {operator}", "run by {charity}", "greeting", "{charity} stands for nothing"),
        ("en.toml", "run by {operator}", "run by {operator", "greeting", "a brace stands alone"),
        ("en.toml", "the sixteen digits", "the 16 digits", "return_reference", "a figure or sign stands in it"),
        ("en.toml", "then press {key_hash}. If you do not", "then press #. If you do not", "who_digits", "a figure or"),
        ("en.toml", "That key does nothing here.", "That key is invalid.", "urgent.wrong_key", "'invalid'"),
        ("en.toml", "our line is not working fully", "our line has an error", "apology", "'error'"),
        ("pl.toml", "Tu działają inne klawisze.", "Nieprawidłowy klawisz.", "urgent.wrong_key", "'nieprawidłow'"),
        ("en.toml", "{doors} For", "{doors} " + LONG * 100 + "For", "doors", "Twilio does not say"),
        ("pl.toml", "{doors} Aby", "{doors} " + "Gżegżółka śpi. " * 160 + "Aby", "doors", "Twilio does not say"),
        ("en.toml", "{doors} For", "{doors} " + LONG * 14 + "For", "doors", "s to say"),
        ("en.toml", "What comes closest?", LONG * 12 + "What comes closest?", "other_what", "s to say"),
        ("en.toml", "Is somebody likely", "If you think of all that you saw, is somebody likely", "urgent", "words"),
        ("en.toml", "What is their job?", "Who are they? What is their job?", "role", "it asks two questions"),
        ("en.toml", "For yes, press {key_1}. For no, press {key_2}.", "Press {key_1} or {key_2} now. You choose.",
         "questions_back", "it does not end with the key"),
        ("en.toml", 'silence = "Please key its last', 'silence = "To check, please do key all of its very last',
         "reference_tail.silence", "it is longer than"),
        ("en.toml", 'silence = "Speak after the tone, or press {key_hash}."', "", "add_story.silence", "nothing is"),
        ("pl.toml", 'more = "Mów dalej po sygnale, a na koniec naciśnij {key_hash}."', "", "story.more", "nothing is"),
        ("en.toml", "It is free and anonymous.", "It is free. " + LONG * 6, "greeting", "until a person is offered"),
        ("example.toml", 'hate = "racism', 'hatred = "racism', "category_hate", "has no words for it"),
        ("example.toml", 'hate = "racism', 'hatred = "racism', "category_hatred", "no choice of the question means it"),
    ],
)  # fmt: skip
def test_a_rule_finds_what_it_is_for(copy: Copy, name: str, before: str, after: str, prompt: str, what: str) -> None:
    copy.change(name, before, after)
    language = name.removesuffix(".toml").replace("example", "en")
    assert (language, prompt) in prompts_with(copy.findings(), what)


def test_the_same_words_after_a_silence_are_found(copy: Copy) -> None:
    copy.change("en.toml", 'silence2 = "More: {key_1}. Next question: {key_2} or {key_hash}."',
                'silence2 = "To say more, press {key_1}. For the next question, {key_2} or {key_hash}."')  # fmt: skip
    assert prompts_with(copy.findings(), "it says the same again") == {("en", "story_more")}


def test_a_question_without_other_words_for_a_silence_is_found(copy: Copy) -> None:
    copy.change("en.toml", 'silence = "Still going on? Yes, {key_1}. No, {key_2}. Not sure, {key_3}."', "")
    assert ("en", "ongoing") in prompts_with(copy.findings(), "no other words for a silence")


def test_what_only_the_lines_own_language_says_is_found(copy: Copy) -> None:
    copy.change("pl.toml", 'silence2 = "Wpisz wszystkie szesnaście cyfr lub zaczekaj na menu główne."', "")
    assert ("pl", "return_reference.silence2") in prompts_with(copy.findings(), "this one does not")


def test_a_recording_that_belongs_to_nothing_or_cannot_be_played_is_found(copy: Copy) -> None:
    folder = copy.folder / "audio" / "example" / "en"
    folder.mkdir(parents=True)
    write_sound(folder / "kept.wav", seconds=2)
    write_sound(folder / "keptt.wav", seconds=2)
    write_sound(folder / "doors.wav", seconds=50)
    (folder / "thank_you.wav").write_bytes(b"no sound")
    note(copy, folder, "kept", "doors", "thank_you")
    findings = copy.findings()
    assert prompts_with(findings, "belongs to no prompt") == {("en", "keptt")}
    assert prompts_with(findings, "is no sound") == {("en", "thank_you")}
    assert prompts_with(findings, "lasts 50 s") == {("en", "doors")}
    assert len(findings) == 3


def test_a_recording_of_words_that_have_changed_since_is_found(copy: Copy) -> None:
    folder = copy.folder / "audio" / "example" / "en"
    folder.mkdir(parents=True)
    write_sound(folder / "kept.wav", seconds=2)
    note(copy, folder, "kept")
    assert copy.findings() == []
    copy.change("en.toml", "Thank you. That is kept.", "Thank you. It is kept.")
    assert prompts_with(copy.findings(), "the text has changed since kept.wav was recorded") == {("en", "kept")}


def test_a_recording_of_which_nothing_tells_what_it_says_is_found(copy: Copy) -> None:
    folder = copy.folder / "audio" / "example" / "en"
    folder.mkdir(parents=True)
    write_sound(folder / "kept.wav", seconds=2)
    assert prompts_with(copy.findings(), "nothing tells what kept.wav says") == {("en", "kept")}


def test_a_language_without_a_voice_is_fit_when_every_sentence_has_a_sound(copy: Copy) -> None:
    assert without_voice(copy.wording()) == {}
    copy.change("pl.toml", 'voice = "Polly.Ola-Neural"', 'voice = ""')
    assert copy.findings() == []  # what is not spoken is no mistake of the wording: it is refused like unsigned words
    prompts = tuple(copy.wording().texts["pl"])
    assert without_voice(copy.wording())["pl"].missing == prompts
    folder = copy.folder / "audio" / "example" / "pl"
    folder.mkdir(parents=True)
    for prompt in prompts:
        write_sound(folder / f"{prompt}.wav", seconds=2)
    spoken = without_voice(copy.wording())["pl"]
    assert (spoken.is_fit, spoken.told()) == (True, "all recorded")
    (folder / "kept.wav").unlink()
    spoken = without_voice(copy.wording())["pl"]
    assert (spoken.is_fit, spoken.missing, spoken.told()) == (False, ("kept",), "1 without a sound")


def test_the_opening_counts_every_language_that_is_offered_at_once(copy: Copy) -> None:
    copy.change(
        "pl.toml", 'language_offer = "Po polsku', 'language_offer = "' + "Halo, to długo trwa. " * 9 + "Po polsku"
    )
    assert prompts_with(copy.findings(), "until a person is offered") == {("en", "greeting")}


def test_each_finding_says_how_to_mend_it(copy: Copy) -> None:
    copy.change("en.toml", 'kept = "', 'kapt = "')
    assert all(finding.mend for finding in copy.findings())


def test_what_the_flow_says_and_no_file_holds_is_found(copy: Copy) -> None:
    findings = check_all(copy.line(), copy.wording(), [Requirement("brand_new", ("1",), heard=True)])
    assert prompts_with(findings, "nothing is said here") == {("en", "brand_new"), ("pl", "brand_new")}


def test_longer_words_take_longer() -> None:
    assert seconds_of("Thank you.") < 2
    assert 9 < seconds_of("a" * 150) < 12
    assert seconds_of("One. Two.") > seconds_of("One, two.")


def note(copy: Copy, folder: Path, *prompts: str) -> None:
    """Write down that sounds say what the texts say now."""
    wording = copy.wording()
    noted = {prompt: Sound(folder / f"{prompt}.wav", hash_of(wording.say(folder.name, prompt))) for prompt in prompts}
    note_sounds(folder, noted)


def write_sound(path: Path, *, seconds: int) -> None:
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\0\0" * 8000 * seconds)
