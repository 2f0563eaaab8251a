"""How grave an alert is."""

from enum import StrEnum


class Severity(StrEnum):
    """The gravest first (X.733 without its "indeterminate"); ``info`` is for what nobody need be told at once."""

    CRITICAL = "critical"
    MAJOR = "major"
    MINOR = "minor"
    WARNING = "warning"
    INFO = "info"

    @classmethod
    def read(cls, label: str) -> "Severity":
        """Read the label of a rule; one that is missing or unknown counts as a warning, so that it is told."""
        return next((one for one in cls if one == label), cls.WARNING)

    @property
    def rank(self) -> int:
        """The place among all, the gravest 0."""
        return list(type(self)).index(self)

    def is_at_least(self, other: "Severity") -> bool:
        """Say whether it is as grave as another, or graver."""
        return self.rank <= other.rank
