"""Templates of every kind that alert texts use, and values to put into them."""

from netops.alerting.templates.functions import QuerySample
from netops.alerting.templates.template import Template, TemplateData

LABELS = {"device": "core-1", "site": "head office", "port": "10.0.0.1:161"}
EXTERNAL_LABELS = {"region": "north"}
VALUES = (
    *(0.0, 1.0, -1.0, 0.5, 3.0, 12.5, 95.0, 999.9, 1000.0, 1023.0, 1024.0, 59.0, 60.0, 3599.0, 86400.0),
    *(93784.25, 1e6, 1234567.891, 123456789.0, 1e15, 1e18, 1e-3, 1e-4, 1e-5, 1.25e-7, -0.0032),
    *(1699999999.75, float("inf"), float("-inf"), float("nan")),
)
TEMPLATES = (
    "plain text",
    "{{ $value }}|{{ .Value }}",
    "{{ $labels.device }}|{{ .Labels.site }}|{{ $labels.nothing }}|{{ $externalLabels.region }}",
    "{{ $value | humanize }}|{{ humanize1024 $value }}|{{ $value | humanizePercentage }}",
    "{{ $value | humanizeDuration }}",
    '{{ printf "%.2f|%5.1f|%-8.2f|%08.3f|%+.1f|%e|%g|%G" $value $value $value $value $value $value $value $value }}',
    '{{ printf "%v|%s|%q|%d|%5d|%05d|%x|%t|%%" $value "text" "quo\\"ted" 42 42 42 255 true }}',
    '{{ printf "%d" $value }}|{{ printf "%s" 3 }}|{{ printf "%.1f" "x" }}',
    '{{ printf "%v" }}|{{ printf "none" 1 }}',
    '{{ $labels.site | title }}|{{ $labels.site | toUpper }}|{{ toLower "ABC" }}',
    '{{ if match "^core" $labels.device }}yes{{ else }}no{{ end }}',
    '{{ reReplaceAll "([a-z]+)-([0-9]+)" "$2:${1}" $labels.device }}|{{ reReplaceAll "o" "0" $labels.site }}',
    '{{ stripPort $labels.port }}|{{ stripDomain "a.b.c" }}',
    "{{ if gt $value 10.0 }}large{{ else if lt $value 0.0 }}negative{{ else }}small{{ end }}",
    "{{ if and (ge $value 1.0) (le $value 1000.0) }}in{{ end }}{{ if or (eq $value 1.0) (ne $value 1.0) }}any{{ end }}",
    '{{ if not (eq $labels.device "x" "core-1") }}other{{ else }}listed{{ end }}',
    '{{ with query "up{device=\\"z\\"}" }}{{ . | first | value }}|{{ . | first | label "device" }}{{ end }}',
    '{{ range query "sort(up)" }}{{ .Labels.device }}={{ .Value }};{{ end }}',
    '{{ range $i, $s := query "sort(up)" }}{{ $i }}:{{ $s.Labels.device }} {{ end }}',
    '{{ with query "nothing" }}some{{ else }}none{{ end }}|{{ len (query "up") }}',
    '{{ range sortByLabel "device" (query "up") }}{{ .Labels.device }}{{ end }}',
    '{{ $x := "a" }}{{ $x }}{{ $x = "b" }}{{ $x }}{{ if true }}{{ $x = "c" }}{{ end }}{{ $x }}',
    '  {{- " trimmed " -}}  |{{/* a comment */}}|{{- /* another */ -}}|',
    '{{ print 1 2 "a" "b" 3 }}|{{ println 1 "a" }}',
    "{{ 1e6 }}|{{ 123456789.0 }}|{{ 0x1f }}|{{ -3 }}|{{ 1.50 }}|{{ true }}|{{ `raw` }}",
    '{{ index $labels "device" }}|{{ slice "abcdef" 1 3 }}|{{ len "abc" }}|{{ len $labels }}',
    "{{ .Labels }}|{{ $externalLabels }}",
    '{{ humanize "1500" }}|{{ humanizeDuration "90" }}|{{ humanize 1500.0 }}',
    '{{ (query "up{device=\\"z\\"}" | first).Value }}|{{ (index (query "sort(up)") 0).Labels.device }}',
    "{{ range $k, $v := $labels }}{{ $k }}={{ $v }},{{ end }}",
    '{{ html "<a>" }}|{{ urlquery "a b&c" }}|{{ safeHtml "<b>" }}',
    "{{ if $labels.nothing }}x{{ else }}empty{{ end }}|{{ with $labels.device }}{{ . }}{{ end }}",
    '{{ args "a" 1 }}',
)


def query(text: str) -> list[QuerySample]:
    """Stand for a Prometheus with two series."""
    z, b = (
        QuerySample({"__name__": "up", "device": "z"}, 3.5),
        QuerySample({"__name__": "up", "device": "b"}, 1.0),
    )
    return {'up{device="z"}': [z], "sort(up)": [b, z], "up": [b, z], "nothing": []}[text]


def expand(template: str, value: float = 1.0, metric: str = "up") -> str:
    labels = {"__name__": metric, **LABELS}
    return Template(template).expand(TemplateData(labels, value, query, EXTERNAL_LABELS))
