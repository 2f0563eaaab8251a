"""What can be wrong with rules.

AlertingError
├── ExpressionRefused    no PromQL, or outside the subset; found when rules are loaded
├── EvaluationFailed     the data does not allow an answer, such as two series where one is asked for
├── TemplateRefused      no template, or one that calls an unknown function; found when rules are loaded
├── TemplateFailed       a template that could not be filled in with the values at hand
├── NotationWrong        a series of a test file that cannot be read
├── SilenceRefused       conditions that are none, or that would silence everything
└── HeadTooSmall         the rules need more samples than the head may hold
"""

from netops.errors import NetopsError


class AlertingError(NetopsError):
    """A rule that cannot be loaded or evaluated."""

    def __init__(self, message: str, suggestion: str = "") -> None:
        super().__init__(message)
        self.suggestion = suggestion
        """What to do about it; empty when the message says it all."""


class ExpressionRefused(AlertingError):
    """An expression that is no PromQL, or lies outside the subset."""


class EvaluationFailed(AlertingError):
    """An expression that has no answer over the series at hand."""


class TemplateRefused(AlertingError):
    """A text that is no template."""


class TemplateFailed(AlertingError):
    """A template that cannot be filled in."""


class NotationWrong(AlertingError):
    """Series or values of a test file that cannot be read."""


class HeadTooSmall(AlertingError):
    """The head may not hold what the rules need."""


class SilenceRefused(AlertingError):
    """Conditions of a silence that cannot be read, or that would silence everything."""
