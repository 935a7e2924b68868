"""Names of the domain's values as agents read them; each is a whole message for translators."""

from collections.abc import Mapping
from gettext import NullTranslations


def N_(message: str) -> str:  # noqa: N802 - gettext's customary name
    """Mark a message for extraction; it is translated where it is shown."""
    return message


LABELS: Mapping[str, str] = {
    "angry": N_("Angry"),
    "frustrated": N_("Frustrated"),
    "disappointed": N_("Disappointed"),
    "worried": N_("Worried"),
    "calm": N_("Calm"),
    "refund": N_("a refund"),
    "replacement": N_("a replacement"),
    "repair": N_("a repair"),
    "compensation": N_("compensation"),
    "apology": N_("an apology"),
    "explanation": N_("an explanation"),
    "information": N_("information"),
    "none": N_("nothing in particular"),
    "high": N_("high"),
    "normal": N_("normal"),
    "low": N_("low"),
    "purpose.apology": N_("Apology"),
    "purpose.empathy": N_("Empathy"),
    "purpose.restatement": N_("In your own words"),
    "purpose.clarifying": N_("Asking for more"),
    "purpose.remedy_question": N_("Asking what would help"),
    "purpose.reassurance": N_("Reassurance"),
    "purpose.commitment": N_("A promise you can keep"),
    "purpose.delay": N_("Delay"),
    "purpose.transfer": N_("Handing over"),
    "purpose.thanks": N_("Thanks"),
    "purpose.closing": N_("Closing"),
    "data.email": N_("E-mail address"),
    "data.url": N_("Link"),
    "data.iban": N_("Bank account"),
    "data.card": N_("Card number"),
    "data.ip": N_("Network address"),
    "data.phone": N_("Telephone"),
    "data.reference": N_("Reference"),
    "data.name": N_("Name"),
}


def label(value: str, words: NullTranslations) -> str:
    """A value's name for the agent; the value itself where it has none."""
    message = LABELS.get(value)
    return words.gettext(message) if message else value
