"""netops itself: is it polling in time, writing what it sees, deciding alerts, keeping history and backups."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from grafana.source.frame import DEVICE_LINK, Panels, begin, finish
from grafana.source.panels import HALF, QUARTER, SIXTH, THIRD, graph, number
from grafana.source.queries import DEVICE, Ask
from grafana.source.tables import Column, rows


def make_itself() -> Dashboard:
    """Make it."""
    board = begin(
        "netops-itself",
        "netops / netops itself",
        "Is netops polling in time, writing what it sees, deciding alerts, keeping history and backups.",
    )
    return finish(
        board,
        ("", _now()),
        ("Polling", _polling()),
        ("Database and history", _store()),
        ("Alerts, backups and notifications", _duties()),
        ("The process", _process()),
    )


def _rate(metric: str) -> str:
    return f"rate({metric}[$__rate_interval])"


def _now() -> Panels:
    return [
        number(
            "Running for",
            "Since the latest start of netops.",
            "s",
            Ask("max(time() - process_start_time_seconds and on (instance) netops_build_info)"),
            width=SIXTH,
        ),
        number(
            "Settings in force",
            "Whether the settings last read, and the rule files last read, are in force.",
            "none",
            Ask(
                "min(netops_settings_last_reload_successful) * min(netops_alert_rules_last_reload_successful)"
            ),
            words={0: ("no", "red"), 1: ("yes", "green")},
            width=SIXTH,
        ),
        number(
            "Polls begin late by",
            "One poll in a hundred begins this late or later.",
            "s",
            Ask(f"histogram_quantile(0.99, sum by (le) ({_rate('netops_poll_lag_seconds_bucket')}))"),
            levels={1: "yellow", 5: "red"},
            width=SIXTH,
        ),
        number(
            "Polls missed",
            "Left out or not begun in time, over the time shown.",
            "none",
            Ask(
                "sum(increase(netops_poll_overruns_total[$__range]))"
                " + sum(increase(netops_poll_misfires_total[$__range]))"
            ),
            levels={1: "red"},
            width=SIXTH,
            decimals=0,
        ),
        number(
            "Writes lost",
            "Refused or failed, over the time shown; what they held is not stored.",
            "none",
            Ask(
                "sum(increase(netops_writer_rejected_total[$__range]))"
                " + sum(increase(netops_writer_failed_total[$__range]))"
            ),
            levels={1: "red"},
            width=SIXTH,
            decimals=0,
        ),
        number(
            "Rules failing",
            "Alert rules without an answer when last evaluated.",
            "none",
            Ask("sum(netops_alert_rules_failing)"),
            levels={1: "red"},
            width=SIXTH,
        ),
    ]


def _polling() -> Panels:
    quantile = "histogram_quantile({share}, sum by (le) (" + _rate("netops_poll_{what}_seconds_bucket") + "))"
    return [
        graph(
            "Polls",
            "Finished a second, by result.",
            "ops",
            Ask(f"sum by (result) ({_rate('netops_polls_total')})", "{{result}}"),
            stacked=True,
            width=THIRD,
        ),
        graph(
            "Duration and lateness of polls",
            "Median and 99th percentile of how long polls take, and of how late they begin.",
            "s",
            *(
                Ask(quantile.format(share=share, what=what), f"{word} p{round(100 * share)}")
                for what, word in (("duration", "duration"), ("lag", "late by"))
                for share in (0.5, 0.99)
            ),
            width=THIRD,
        ),
        graph(
            "Polls that failed",
            "Without an answer, and subjects that could not be read, a second, by reason.",
            "ops",
            Ask(f"sum by (kind) ({_rate('netops_poll_timeouts_total')})", "{{kind}}"),
            Ask(f"sum by (kind) ({_rate('netops_poll_errors_total')})", "{{kind}}"),
            width=THIRD,
        ),
        graph(
            "Devices",
            "By state.",
            "none",
            Ask("sum by (state) (netops_devices)", "{{state}}"),
            stacked=True,
            width=THIRD,
        ),
        graph(
            "SNMP",
            "Requests sent a second, those sent again after silence, and replies that were not believed.",
            "ops",
            Ask(f"sum({_rate('netops_snmp_requests_total')})", "requests"),
            Ask(f"sum({_rate('netops_snmp_retries_total')})", "sent again"),
            Ask(f"sum({_rate('netops_snmp_discarded_replies_total')}) or vector(0)", "replies not believed"),
            width=THIRD,
        ),
        graph(
            "Answers to Prometheus",
            "Mean time to answer a scrape, by page.",
            "s",
            Ask(
                f"sum by (endpoint) ({_rate('netops_scrape_duration_seconds_sum')})"
                f" / (sum by (endpoint) ({_rate('netops_scrape_duration_seconds_count')}) > 0)",
                "{{endpoint}}",
            ),
            width=THIRD,
        ),
    ]


def _store() -> Panels:
    return [
        graph(
            "Writes that wait",
            "For the database.",
            "none",
            Ask("sum(netops_writer_queue_depth)", "waiting"),
            width=QUARTER,
        ),
        graph(
            "Oldest write that waits",
            "Its age.",
            "s",
            Ask("max(netops_writer_lag_seconds)", "oldest"),
            width=QUARTER,
        ),
        graph(
            "Upkeep of the history",
            "Duration of the latest round of rolling up, packing and purging, and the longest "
            "that it held the writer.",
            "s",
            Ask("max(netops_history_upkeep_seconds)", "latest round"),
            Ask("max(netops_history_upkeep_longest_write_seconds)", "longest write"),
            width=QUARTER,
        ),
        graph(
            "remote_write",
            "Size of what the other store has not taken yet. Empty where history.remote_write is not set.",
            "bytes",
            Ask("sum(netops_remote_write_queue_bytes)", "waiting"),
            width=QUARTER,
        ),
    ]


def _duties() -> Panels:
    return [
        graph(
            "Alerts",
            "Pending and firing, by severity.",
            "none",
            Ask("sum by (state, severity) (netops_alerts)", "{{severity}} {{state}}"),
            stacked=True,
            width=THIRD,
        ),
        graph(
            "Evaluation of rules",
            "Duration of the latest evaluation.",
            "s",
            Ask("max(netops_alert_evaluation_duration_seconds)", "duration"),
            width=THIRD,
        ),
        rows(
            "Oldest backups",
            "Devices by the age of their last good configuration backup. Empty where no device has a "
            "platform.",
            {"device": "Device"},
            [
                Column(
                    "Age",
                    "s",
                    f"topk(20, max by (device) (netops_backup_age_seconds{{{DEVICE}}}))",
                    levels={129_600: "yellow", 259_200: "red"},
                )
            ],
            sort="Age",
            links=[DEVICE_LINK],
            width=THIRD,
        ),
    ]


def _process() -> Panels:
    daemon = "and on (instance) netops_build_info"
    return [
        graph(
            "Processor",
            "Cores in use; a process of Python runs its own code on one.",
            "none",
            Ask(f"{_rate('process_cpu_seconds_total')} {daemon}", "{{instance}}"),
            width=HALF,
        ),
        graph(
            "Memory",
            "Resident.",
            "bytes",
            Ask(f"process_resident_memory_bytes {daemon}", "{{instance}}"),
            width=HALF,
        ),
    ]
