import pytest

from alerting.templates.cases import expand
from netops.alerting.errors import TemplateFailed, TemplateRefused
from netops.alerting.templates.template import MOST_OUTPUT, Template, TemplateData


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("plain }} text", "plain }} text"),
        ("{{ $value }} on {{ $labels.device }}", "1 on core-1"),
        ("{{ $labels.nothing }}", ""),
        ('{{ printf "%.1f °C" $value }}', "1.0 °C"),
        (
            '{{ range $i, $s := query "sort(up)" }}{{ if eq $i 1 }}{{ break }}{{ end }}{{ $s.Value }}{{ end }}',
            "1",
        ),
        (
            '{{ range query "sort(up)" }}{{ if gt .Value 2.0 }}{{ continue }}{{ end }}{{ .Labels.device }}{{ end }}',
            "b",
        ),
        ('{{ range query "nothing" }}x{{ else }}none{{ end }}', "none"),
        ('{{ with query "nothing" }}x{{ else with $labels.device }}{{ . }}{{ end }}', "core-1"),
        ("{{- /* only a comment */ -}}  a", "a"),
        ("{{ 5 }}{{ 0x10 }}{{ 1_000 }}", "5161000"),
        ('{{ "a\\tb\\u00b0\\x41\\101\\"" }}', 'a\tb°AA"'),
    ],
)
def test_a_template_gives(template, text):
    assert expand(template) == text


@pytest.mark.parametrize(
    ("template", "told", "suggestion"),
    [
        ("{{ humanise $value }}", 'unknown function "humanise"', 'did you mean "humanize"?'),
        ("{{ $value | nope }}", 'unknown function "nope"', ""),
        ("{{ $valeu }}", "unknown variable $valeu", 'did you mean "$value"?'),
        ("{{ $x = 1 }}", "unknown variable $x", ""),
        ("{{ if true }}{{ $x := 1 }}{{ end }}{{ $x }}", "unknown variable $x", ""),
        ("{{ if true }}", '"if" has no end', "close it with {{ end }}"),
        ("{{ end }}", '"end" without a beginning', ""),
        ("{{ else }}", '"else" without a beginning', ""),
        ("{{ break }}", '"break" outside of a range', ""),
        ('{{ define "x" }}{{ end }}', '"define" is not supported', ""),
        ('{{ template "x" }}', '"template" is not supported', ""),
        ("{{ }}", "a value is missing", ""),
        ("{{ ( 1 }}", "a bracket is not closed", ""),
        ('{{ "open }}', "is not closed", ""),
        ("{{ $value", "is not closed", ""),
        ("{{ 1 | 2 }}", "only a function can stand behind |", ""),
        ("{{ $value 3 }}", "only a function can have arguments", ""),
        ("{{ ^ }}", 'cannot read "{{ ^ }}"', ""),
        ('{{ "\\q" }}', "a wrong escape in", ""),
        ('{{ query "rate(up)" }}', "query: no valid PromQL", ""),
        ('{{ query "mad_over_time(up[5m])" }}', "query: mad_over_time() is an experimental", ""),
        ("{{ if true }}" * 60 + "{{ end }}" * 60, "nested too deeply", ""),
        ("x" * 33_000 + "{{ 1 }}", "longer than", ""),
    ],
)
def test_what_cannot_be_read_is_refused_at_load(template, told, suggestion):
    with pytest.raises(TemplateRefused) as refused:
        Template(template)
    assert told in str(refused.value)
    assert suggestion in refused.value.suggestion


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("{{ if gt $value 5 }}x{{ end }}", "different kinds"),
        ('{{ query "nothing" | first }}', "first() of nothing"),
        ("{{ $value.Labels }}", "has no field"),
        ('{{ humanize "abc" }}', "is no number"),
        ("{{ humanize }}", "cannot take 0 arguments"),
        ('{{ index $labels "device" 99 }}', "nothing stands at"),
        ("{{ toUpper 3 }}", "is no text"),
        ("{{ range $value }}x{{ end }}", "cannot range over"),
        ('{{ match "(" "a" }}', "regular expression"),
        ("{{ len 3 }}", "has no length"),
    ],
)
def test_values_that_do_not_fit_are_told_when_it_is_filled_in(template, told):
    with pytest.raises(TemplateFailed) as failed:
        expand(template)
    assert told in str(failed.value)


def test_a_text_without_end_is_cut_off():
    text = "{{ range 65000 }}" + "x" * 100 + "{{ end }}"
    with pytest.raises(TemplateFailed, match=f"longer than {MOST_OUTPUT}"):
        Template(text).expand(TemplateData({}, 0.0, lambda _text: []))


def test_what_queries_read_is_known_at_load():
    text = (
        '{{ query "up" }}{{ with printf "down{device=%q,x=\'%s\'}[5m]" $labels.device "x" | printf "%s" }}{{ end }}'
        '{{ with printf "info{device=%q}" $labels.device | query }}{{ query (printf "sum(rest[%dm])" 5) }}{{ end }}'
    )
    with pytest.raises(TemplateRefused):
        Template(text)  # sum() of a range
    needs = Template(text.replace("sum(rest", "rate(rest")).needs
    assert [need.selection.metric for need in needs] == ["up", "info", "rest"]
