"""Why something was changed in a clean text, or kept exact in it: codes that are kept, and what a person reads."""

from __future__ import annotations

from enum import StrEnum


class EditReason(StrEnum):
    """Why a supervisor changed a place. Codes stand in kept texts: never change the meaning of one."""

    ASKED = "asked"
    IDENTITY = "identity"
    CONTACT = "contact"
    RELATION = "relation"
    FIRST_PERSON = "first-person"
    HOW_KNOWN = "how-known"
    RARE = "rare"
    TIME = "time"
    PLACE = "place"
    THIRD_PERSON = "third-person"
    HEARSAY = "hearsay"
    CLARITY = "clarity"
    ADDED = "added"


class KeepReason(StrEnum):
    """Why a time or a place stays exact."""

    EVIDENCE = "evidence"
    DUTY = "duty"
    SAFETY = "safety"
    PUBLIC = "public"
    ACCUSED = "accused"


EDIT_WORDS: dict[EditReason, str] = {
    EditReason.ASKED: "The caller asked for it to be left out",
    EditReason.IDENTITY: "It says who the caller is: name, sex, age, language or origin",
    EditReason.CONTACT: "A number or an address of the caller",
    EditReason.RELATION: "How the caller is tied to somebody",
    EditReason.FIRST_PERSON: "The caller's own voice: first person or feelings",
    EditReason.HOW_KNOWN: "How the caller knows, or how few could",
    EditReason.RARE: "A detail that few people share or know",
    EditReason.TIME: "A time more exact than is needed",
    EditReason.PLACE: "A place more exact than is needed",
    EditReason.THIRD_PERSON: "Somebody who is neither accused nor needed to understand it",
    EditReason.HEARSAY: "A guess or an opinion that the assessor cannot use",
    EditReason.CLARITY: "The sentence had to be put otherwise to be understood",
    EditReason.ADDED: "Words of the supervisor that the assessor needs",
}

KEEP_WORDS: dict[KeepReason, str] = {
    KeepReason.EVIDENCE: "Evidence can only be found by it: a camera, a log, a custody record",
    KeepReason.DUTY: "Who was on duty can only be found by it",
    KeepReason.SAFETY: "Somebody in danger can only be found by it",
    KeepReason.PUBLIC: "It is publicly known: anybody could have told it",
    KeepReason.ACCUSED: "It is about the accused alone, and says nothing of the caller",
}
