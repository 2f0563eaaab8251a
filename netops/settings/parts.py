"""What every piece of a settings file has in common: strict keys, plain words, and no input in any error."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, NamedTuple, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    StrictBool,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import InitErrorDetails, PydanticCustomError

from netops.i18n import _

OUR_ERROR = "netops"
"""The pydantic error type of mistakes that we have already put into words."""


def refuse(message: str, suggestion: str = "", *, at_key: bool = False) -> PydanticCustomError:
    """Make the error that a validator raises, at the value or at its key. Both texts are translated, without secrets."""
    context = {"message": message, "suggestion": suggestion, "at_key": at_key}
    return PydanticCustomError(OUR_ERROR, "{message}", context)


def did_you_mean(
    word: str, known: Iterable[str], *, aliases: Mapping[str, str] | None = None, or_all: bool = True
) -> str:
    """Suggest the nearest known word, or name them all when they are few; empty for neither."""
    known = list(known)
    plain = {name.lower().replace("-", "").replace("_", ""): name for name in known}
    bare = word.lower().replace("-", "").replace("_", "")
    near = (aliases or {}).get(bare) or plain.get(bare)
    if near is None:
        match = get_close_matches(bare, plain, n=1, cutoff=0.6)
        near = plain[match[0]] if match else None
    if near is not None:
        return _('did you mean "%(word)s"?') % {"word": near}
    if or_all and 0 < len(known) <= 10:
        return _("known: %(words)s") % {"words": ", ".join(sorted(known))}
    return ""


def as_text(value: Any) -> Any:
    """Read a number as the text it was written as; the loader keeps only numbers that survive this."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and ("${env:" in value or "${file:" in value):
        raise refuse(
            _("cannot be a reference"), _("only secrets and storage.url may use ${env:…} and ${file:…}")
        )
    return value


TEXT_SCHEMA = {"type": ["string", "integer"]}
Text = Annotated[
    str,
    BeforeValidator(as_text),
    StringConstraints(min_length=1, max_length=1000),
    WithJsonSchema(TEXT_SCHEMA),
]


def _refuse_nul(path: Path) -> Path:
    if "\0" in str(path):
        raise refuse(_("holds a NUL character"))
    return path


FilePath = Annotated[
    Path,
    BeforeValidator(as_text),
    AfterValidator(_refuse_nul),
    WithJsonSchema({**TEXT_SCHEMA, "x-values": "path"}),
]
Switch = StrictBool
"""Only ``true`` and ``false``; ``yes``, ``on`` and their like stay text, as YAML 1.2 has it."""
Port = Annotated[int, Field(strict=True, ge=1, le=65_535)]


def _refuse_empty(value: Any) -> Any:
    if not value:
        raise refuse(_("is empty"))
    return value


NOT_EMPTY = AfterValidator(_refuse_empty)
"""Of a list; pydantic's own min_length would also call one empty whose items are wrong."""


class Conflict(NamedTuple):
    """Keys of one mapping that do not go together; ``place`` leads from the mapping to the value at fault."""

    place: tuple[str | int, ...]
    message: str
    suggestion: str = ""
    at_key: bool = False


class Frozen(BaseModel):
    """A value that never changes, and whose errors never repeat what was put in."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Part(Frozen):
    """A mapping in a settings file. Unknown keys, empty values and wrong values are all told at once."""

    @classmethod
    def find_conflicts(cls, given: Mapping[str, Any]) -> Iterator[Conflict]:  # noqa: ARG003 - for subclasses
        """Look at the raw mapping as a whole: what is wrong with keys that are right one by one."""
        yield from ()

    @classmethod
    def explain_unknown(cls, key: str) -> str:
        """Suggest what was meant by an unknown key."""
        return did_you_mean(key, cls._fields_by_key())

    @classmethod
    def _fields_by_key(cls) -> dict[str, FieldInfo]:
        """Give the fields as a file spells them: a word that Python keeps for itself, such as class, is an alias."""
        return {field.alias or name: field for name, field in cls.model_fields.items()}

    @classmethod
    def _find_strangers(cls, given: Mapping[str, Any]) -> Iterator[Conflict]:
        fields = cls._fields_by_key()
        for key in given.keys() - fields.keys():
            yield Conflict((key,), _("unknown key"), cls.explain_unknown(key), at_key=True)
        for key, value in given.items():
            field = fields.get(key)
            # A section with nothing below it is an empty section; a required key is told of by its type.
            if value is None and field and not field.is_required() and field.default_factory is None:
                yield Conflict((key,), _("has no value"), _("remove the key or give one"))

    @model_validator(mode="wrap")
    @classmethod
    def _check_as_a_whole(cls, given: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        # pydantic stops at wrong fields before it would look at the whole; people want both lists at once.
        if not isinstance(given, dict):
            return handler(given)
        conflicts = [*cls._find_strangers(given), *cls.find_conflicts(given)]
        fields = cls._fields_by_key()
        kept = {
            key: value
            for key, value in given.items()
            if key in fields and (value is not None or fields[key].is_required())
        }
        found: list[InitErrorDetails] = []
        try:
            part = handler(kept)
        except ValidationError as error:
            found = [_again(details) for details in error.errors(include_url=False)]
        found += [
            InitErrorDetails(type=refuse(text, hint, at_key=at_key), loc=place, input=None)
            for place, text, hint, at_key in conflicts
        ]
        if found:
            raise ValidationError.from_exception_data(cls.__name__, found, hide_input=True)
        return part


def _again(details: Any) -> InitErrorDetails:
    """Turn an error that pydantic reported back into one that can be raised."""
    # Always as a custom error of the same name: pydantic refuses to raise some of its own (path_type) anew.
    context = {"message": "", "suggestion": "", **details.get("ctx", {})}
    kind = PydanticCustomError(details["type"], "{message}", context)
    return InitErrorDetails(type=kind, loc=details["loc"], input=details["input"])


def check_known(
    names: Any, known: Sequence[str] | Iterable[str], place: tuple[str | int, ...], message: str
) -> Iterator[Conflict]:
    """Check a raw list of names against those that are defined; ``message`` has a ``%(name)s``."""
    if not isinstance(names, list | tuple):
        return
    known = list(known)
    for number, name in enumerate(names):
        text = str(name)
        if isinstance(name, str | int) and text not in known:
            yield Conflict((*place, number), message % {"name": text}, did_you_mean(text, known))
