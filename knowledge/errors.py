"""What can go wrong in the domain, on one page. Every kind has a stable ``code``."""

from typing import ClassVar


class AmendsError(Exception):
    """Base of every error Amends raises on purpose. Its text is fit for a user's eyes."""

    code: ClassVar[str] = "error"


class InvalidInput(AmendsError):
    """A value that is not what it should be; names the place (a JSON path, or file and line)."""

    code = "invalid_input"

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(f"{place}: {problem}")
        self.place = place
        self.problem = problem


class Misconfigured(AmendsError):
    """A setting that cannot work; names the setting and what mends it."""

    code = "misconfigured"

    def __init__(self, setting: str, problem: str, mend: str) -> None:
        super().__init__(f"{setting}: {problem} {mend}")
        self.setting = setting
        self.problem = problem
        self.mend = mend


class CatalogueMissing(AmendsError):
    """No catalogue of phrases, cues or wording for a language."""

    code = "catalogue_missing"

    def __init__(self, locale: str, catalogue: str) -> None:
        super().__init__(f"There is no {catalogue} for {locale}.")
        self.locale = locale
        self.catalogue = catalogue


class IndexMismatch(AmendsError):
    """The index was built with another encoder; names the command that mends it."""

    code = "index_mismatch"

    def __init__(self, built_with: str, configured: str) -> None:
        super().__init__(
            f"The index was built with the encoder {built_with}, but {configured} is configured. Run: amends reindex"
        )
        self.built_with = built_with
        self.configured = configured


class EncoderUnavailable(AmendsError):
    """The configured encoder cannot be loaded; says what to install or set."""

    code = "encoder_unavailable"


class TooLittleToLearn(AmendsError):
    """Too few solved complaints share an issue or a resolution to tune an encoder on."""

    code = "too_little_to_learn"

    def __init__(self, found: int, needed: int) -> None:
        super().__init__(
            f"Only {found} of your solved complaints share an issue or a resolution with another; {needed} are needed. "
            "Bring more in with: amends import FILE"
        )
        self.found = found
        self.needed = needed
