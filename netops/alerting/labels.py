"""Labels: the identity of a series."""

from collections.abc import Hashable, Iterable, Iterator, Mapping

METRIC_NAME = "__name__"


class Labels:
    """Names with values, sorted by name; an empty value is no label. Never changed after it is made.

    What queries make of it (without the name, only some names) is kept beside it: series live for weeks,
    and every evaluation asks the same of them.
    """

    __slots__ = ("_derived", "_hash", "_values")

    def __init__(self, values: Mapping[str, str] | Iterable[tuple[str, str]] = ()) -> None:
        pairs = values.items() if isinstance(values, Mapping) else values
        self._values = dict(sorted((name, value) for name, value in pairs if value))
        self._hash: int | None = None
        self._derived: dict[Hashable, Labels] | None = None

    def get(self, name: str) -> str:
        """Give a label's value, empty for a label that is not there."""
        return self._values.get(name, "")

    @property
    def name(self) -> str:
        """The metric's name; empty without one."""
        return self._values.get(METRIC_NAME, "")

    def items(self) -> Iterable[tuple[str, str]]:
        """Give names and values, sorted by name."""
        return self._values.items()

    def as_dict(self) -> dict[str, str]:
        """Give a copy as a dict, sorted by name."""
        return dict(self._values)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def __hash__(self) -> int:
        known = self._hash
        if known is None:
            known = self._hash = hash(tuple(self._values.items()))
        return known

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Labels) and self._values == other._values

    def __lt__(self, other: "Labels") -> bool:
        return tuple(self._values.items()) < tuple(other._values.items())

    def __repr__(self) -> str:
        return f"Labels({str(self)!r})"

    def __str__(self) -> str:
        """Write them as PromQL does: ``netops_device_up{device="core-1"}``."""
        inner = ", ".join(
            f"{name}={quote(value)}" for name, value in self._values.items() if name != METRIC_NAME
        )
        return self.name + (f"{{{inner}}}" if inner or not self.name else "")

    def keep(self, names: frozenset[str]) -> "Labels":
        """Give only the labels of these names."""
        return self._derive((True, names))

    def drop(self, names: frozenset[str]) -> "Labels":
        """Give all labels but those of these names."""
        return self._derive((False, names))

    def without_name(self) -> "Labels":
        """Give all labels but the metric's name."""
        return self._derive(_NAMELESS)

    def merged(self, changes: Mapping[str, str]) -> "Labels":
        """Give the labels with some set anew; an empty value removes one."""
        return Labels({**self._values, **changes})

    def _derive(self, way: tuple[bool, frozenset[str]]) -> "Labels":
        derived = self._derived
        if derived is None:
            derived = self._derived = {}
        else:
            known = derived.get(way)
            if known is not None:
                return known
        is_kept, names = way
        made = Labels(pair for pair in self._values.items() if (pair[0] in names) is is_kept)
        if len(made) == len(self):
            made = self
        derived[way] = made
        return made


_NAMELESS = (False, frozenset((METRIC_NAME,)))
NO_LABELS = Labels()


def quote(value: str) -> str:
    """Put a label's value in double quotes as PromQL reads it back."""
    plain = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{plain}"'
