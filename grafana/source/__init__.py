"""The dashboards, made with grafana-foundation-sdk: ``python -m grafana.source`` writes them as JSON."""
