import pytest
from hypothesis import given
from hypothesis import strategies as st

from netops.profiles.expression import Expression, ExpressionError, Template

ROW = {
    "volts": 2305,
    "text": "Rev 3.2.1, SN: AB12",
    "index": (1, 65, 66),
    "none": None,
    "octets": b"\x80\x01",
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("volts / 10", 230.5),
        ("volts * 10 ** (3 * (9 - 9) - 1)", 230.5),
        ("volts // 100 % 7", 2),
        ("-volts", -2305),
        ("volts & 1 | 8", 9),
        ("volts >> 4", 144),
        ("volts if volts < 3000 else None", 2305),
        ("volts in (1, 2305) and not none", True),
        ("none is None", True),
        ("index[0]", 1),
        ("index[1:]", (65, 66)),
        ("chars(index[1:])", "AB"),
        ("bits(octets)", (0, 15)),
        ("search('SN: (\\S+)', text)", "AB12"),
        ("search('SN:', text)", "SN:"),
        ("search('(?i)rev ([0-9.]+)', text)", "3.2.1"),
        ("search('missing (x)', text)", None),
        ("matches('^Rev', text)", True),
        ("replace('\\d', '#', text)", "Rev #.#.#, SN: AB##"),
        ("first(none, '', text)", "Rev 3.2.1, SN: AB12"),
        ("fmt('{} / {}', volts, text)", "2305 / Rev 3.2.1, SN: AB12"),
        ("fmt('{} / {}', volts, none)", None),
        ("number('about 23,5 C')", 23.5),
        ("number('-4')", -4),
        ("number('none')", None),
        ("choose(volts, {2305: 'much'}, 'other')", "much"),
        ("choose(none, {2305: 'much'}, 'other')", "other"),
        ("split('a-b-c', '-', -1)", "c"),
        ("split('a-b-c', '-', 3)", None),
        ("dbm(0.5)", pytest.approx(-3.0103, abs=1e-4)),
        ("dbm(0)", None),
        ("milliwatts(10)", 10.0),
        ("celsius(212)", 100.0),
        ("signed(65535, 16)", -1),
        ("signed(32767, 16)", 32767),
        ("big_endian(octets)", 0x8001),
        ("float32(hex_number('0'))", 0.0),
        ("hex_text(octets)", "8001"),
        ("bits_of(5)", (0, 2)),
        ("flags('0101')", (2, 4)),
        ("seconds_of('1 day 02:03:04')", 93784),
        ("seconds_of('2:05')", 125),
        ("seconds_of('never')", None),
        ("known(volts, none)", False),
        ("[volts, 1][1]", 1),
    ],
)
def test_expression_gives_its_value(text, value):
    assert Expression(text)(ROW) == value


@pytest.mark.parametrize(
    "text",
    [
        "none + 1",
        "text * volts",
        "volts / 0",
        "missing + 1",
        "10 ** volts",
        "2 ** 65",
        "'%999999999d' % volts",
        "text * 2000000000",
        "index[9]",
        "octets + text",
        "int('x')",
        "float32('ab')",
        "hex_number('zz')",
        "max(none, 1)",
        "1e308 * 10 ** 64 ** 64",
    ],
)
def test_what_cannot_be_worked_out_is_none(text):
    """A device may send anything; neither an error nor a year of computing may come of it."""
    assert Expression(text)(ROW) is None


@pytest.mark.parametrize(
    "text",
    [
        "().__class__",
        "text.upper()",
        "__import__('os')",
        "open('/etc/passwd')",
        "lambda: 1",
        "[x for x in index]",
        "(yield)",
        "f'{volts}'",
        "volts := 3",
        "eval('1')",
        "fmt('{}', *index)",
        "round(number=1)",
        "b'octets'",
        "volts if",
        "1 +",
        "",
        "x" * 2001,
        "~volts",
        "volts << 40",
        "...",
        "(" * 300 + ")" * 300,
    ],
)
def test_what_expressions_do_not_have_is_refused_at_load(text):
    with pytest.raises(ExpressionError):
        Expression(text)


def test_names_are_the_variables_without_functions():
    assert Expression("max(a, index[0]) + interface(b) * pow").names == {
        "a",
        "index",
        "interface",
        "b",
        "pow",
    }
    assert Expression("1 + 2").is_constant


def test_a_bound_function_comes_from_the_row():
    assert Expression("interface(3)")({"interface": {3: "Gi0/3"}.get}) == "Gi0/3"
    assert Expression("interface(4)")({"interface": {3: "Gi0/3"}.get}) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Fan {index[0]}: {text}", "Fan 1: Rev 3.2.1, SN: AB12"),
        ("  Fan   {none}  ", "Fan"),
        ("plain", "plain"),
        ("{volts}{volts}", "23052305"),
    ],
)
def test_template_is_filled_in_and_its_spaces_folded(text, value):
    assert Template(text)(ROW) == value


@pytest.mark.parametrize("text", ["Fan {index", "Fan index}", "{}", "{1 +}", "a } b {index}"])
def test_template_with_broken_braces_is_refused(text):
    with pytest.raises(ExpressionError):
        Template(text)


@given(
    st.one_of(st.none(), st.integers(), st.floats(), st.text(), st.binary()),
    st.one_of(st.none(), st.integers(), st.floats(), st.text(), st.binary()),
)
def test_no_value_of_a_device_makes_an_expression_raise(first, second):
    row = {"a": first, "b": second, "index": (1,)}
    for text in ("a * 10 ** (b - 9)", "a / b % 7", "float32(a)", "bits(a)", "flags(a)", "number(a)", "dbm(a)",
                 "signed(a, b)", "seconds_of(a)", "chars(a)", "choose(a, {1: 2})", "search('(.)', a)",
                 "hex_text(a)", "milliwatts(a)", "split(a, b, 0)", "celsius(a) > b", "bits_of(a)", "round(a, b)",
                 "big_endian(a) & b", "replace('a', 'b', a)", "a >> b"):  # fmt: skip
        Expression(text)(row)
        Template("{" + text + "}")(row)
