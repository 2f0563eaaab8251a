"""Numbers that other parts of the daemon keep, and that its metrics follow; docs/metrics.md lists them from here."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Followed:
    """A family whose number another part of the daemon keeps."""

    name: str
    type: Literal["counter", "gauge"]
    help: str
    labels: tuple[str, ...] = ()


POLL_OVERRUNS = Followed(
    "netops_poll_overruns_total", "counter", "Polls left out because the one before still ran."
)
POLL_MISFIRES = Followed(
    "netops_poll_misfires_total", "counter", "Polls that could not start in time because netops was too busy."
)
SNMP_REQUESTS = Followed("netops_snmp_requests_total", "counter", "SNMP requests sent, retries included.")
SNMP_RETRIES = Followed("netops_snmp_retries_total", "counter", "SNMP requests sent again after silence.")
SNMP_DISCARDED = Followed(
    "netops_snmp_discarded_replies_total",
    "counter",
    "Datagrams that were not believed, by reason.",
    ("reason",),
)
WRITER_QUEUE_DEPTH = Followed("netops_writer_queue_depth", "gauge", "Writes that wait for the database.")
WRITER_LAG = Followed(
    "netops_writer_lag_seconds", "gauge", "Age of the oldest write that waits for the database, in seconds."
)
WRITER_REJECTED = Followed(
    "netops_writer_rejected_total",
    "counter",
    "Writes refused because the queue was full; their data is lost.",
)
WRITER_FAILED = Followed(
    "netops_writer_failed_total", "counter", "Writes that the database refused; their data is lost."
)
NOTIFICATIONS_RECEIVED = Followed(
    "netops_notifications_received_total",
    "counter",
    "SNMP traps and informs let in, by version.",
    ("version",),
)
NOTIFICATIONS_REJECTED = Followed(
    "netops_notifications_rejected_total",
    "counter",
    "Datagrams at the notification port that were not let in, by reason.",
    ("reason",),
)
SYSLOG_RECEIVED = Followed(
    "netops_syslog_received_total", "counter", "Syslog messages received, by transport.", ("transport",)
)
SYSLOG_REJECTED = Followed(
    "netops_syslog_rejected_total",
    "counter",
    "Syslog messages or connections that were not taken, by reason; their content is lost, but for streams.",
    ("reason",),
)
SYSLOG_CUT = Followed(
    "netops_syslog_cut_total", "counter", "Syslog messages of which only the first 8 KiB were read."
)
SYSLOG_STRANGERS = Followed(
    "netops_syslog_strangers_total", "counter", "Syslog messages from addresses of no device."
)
SYSLOG_CONNECTIONS = Followed("netops_syslog_connections", "gauge", "Open connections of syslog senders.")
CONFIG_CHANGES_TOLD = Followed(
    "netops_backup_changes_told_total",
    "counter",
    "Messages of devices that told of a change to their configuration, by way: syslog or trap.",
    ("way",),
)
CONFIG_CHANGE_TOLD_AT = Followed(
    "netops_backup_change_told_timestamp_seconds",
    "gauge",
    "When a device last told of a change to its configuration, in seconds since 1970; from the daemon's start on.",
    ("device",),
)
CONFIG_CHANGES_PENDING = Followed(
    "netops_backup_changes_pending", "gauge", "Devices that told of a change and are not visited yet."
)
HISTORY_PACKED_DAYS = Followed(
    "netops_history_packed_days_total", "counter", "Days of a device packed into compressed columns."
)
HISTORY_UPKEEP_FAILURES = Followed(
    "netops_history_upkeep_failures_total",
    "counter",
    "Times the history of a device could not be rolled up, packed or purged; it is tried again.",
)
HISTORY_UPKEEP_SECONDS = Followed(
    "netops_history_upkeep_seconds", "gauge", "Duration of the latest upkeep of the history, in seconds."
)
HISTORY_UPKEEP_LONGEST_WRITE = Followed(
    "netops_history_upkeep_longest_write_seconds",
    "gauge",
    "Longest time that one transaction of the upkeep held the writer since the start, in seconds.",
)
REMOTE_WRITE_SENT = Followed(
    "netops_remote_write_sent_samples_total", "counter", "Samples that the remote_write store took."
)
REMOTE_WRITE_DROPPED = Followed(
    "netops_remote_write_dropped_samples_total",
    "counter",
    "Samples that the remote_write store will never get, by reason: overflow of the queue, refused, disk.",
    ("reason",),
)
REMOTE_WRITE_FAILURES = Followed(
    "netops_remote_write_failures_total", "counter", "Messages that were not taken and are sent again."
)
REMOTE_WRITE_QUEUE = Followed(
    "netops_remote_write_queue_bytes", "gauge", "Size of what the remote_write store has not taken yet."
)
REMOTE_WRITE_FAILING = Followed(
    "netops_remote_write_failing_seconds",
    "gauge",
    "For how long the remote_write store has taken nothing, in seconds; 0 while it takes what it is sent.",
)
BACKUP_AGE = Followed(
    "netops_backup_age_seconds",
    "gauge",
    "Age of a device's last good configuration backup, in seconds.",
    ("device",),
)
BACKUP_DURATION = Followed(
    "netops_backup_duration_seconds",
    "gauge",
    "Duration of a device's last good backup, in seconds.",
    ("device",),
)
BACKUP_MISSING = Followed(
    "netops_backup_missing",
    "gauge",
    "1 for a device that should be backed up and never was; 0 for the others.",
    ("device",),
)
BACKUP_FAILING = Followed(
    "netops_backup_failing",
    "gauge",
    "1 for a device whose last backup failed, by reason; there is none for a device whose last backup is good.",
    ("device", "reason"),
)
BACKUP_CHANGED_AT = Followed(
    "netops_backup_changed_timestamp_seconds",
    "gauge",
    "When a changed configuration of a device was last stored, in seconds since 1970.",
    ("device",),
)
BACKUP_UNSAVED = Followed(
    "netops_backup_unsaved_changes",
    "gauge",
    "1 for a device that ran with changes that were not saved when it was last backed up; 0 for one without.",
    ("device",),
)
BACKUP_DRIFT = Followed(
    "netops_backup_drift_lines",
    "gauge",
    "Lines that the members of a declared pair do not share, beside those that may differ.",
    ("pair",),
)
BACKUPS_FAILED = Followed(
    "netops_backups_failed_total", "counter", "Backups that failed, by reason.", ("reason",)
)
BACKUP_REVISIONS = Followed("netops_backup_revisions_total", "counter", "Changed configurations stored.")
BACKUP_PUSH_LAG = Followed(
    "netops_backup_push_lag_seconds",
    "gauge",
    "Since how long a remote copy of the archive lacks something, in seconds; 0 when it has all.",
    ("remote",),
)
COMPLIANCE_FAILING = Followed(
    "netops_compliance_failing_rules",
    "gauge",
    "Compliance rules that a device fails, by severity; 0 where it keeps all that hold for it.",
    ("device", "severity"),
)
COMPLIANCE_RULES = Followed("netops_compliance_rules", "gauge", "Compliance rules that are in force.")
COMPLIANCE_CHECK_AGE = Followed(
    "netops_compliance_check_age_seconds",
    "gauge",
    "Since when the configurations of all devices were last held against the rules, in seconds.",
)
DEVICES = Followed("netops_devices", "gauge", "Devices by state.", ("state",))
ALERTS = Followed(
    "netops_alerts",
    "gauge",
    "Alerts that are pending or firing, by state and severity.",
    ("state", "severity"),
)
ALERTS_FIRING = Followed(
    "netops_alerts_firing",
    "gauge",
    "Alerts that fire, by rule, severity and device; device is empty for what is no device's, and for all when "
    "more than a thousand rules of devices fire.",
    ("alertname", "severity", "device"),
)
ALERT_RULES = Followed("netops_alert_rules", "gauge", "Rules that are evaluated, recording rules included.")
ALERT_RULES_FAILING = Followed(
    "netops_alert_rules_failing", "gauge", "Rules that had no answer when they were last evaluated."
)
ALERT_RULES_SUCCESSFUL = Followed(
    "netops_alert_rules_last_reload_successful",
    "gauge",
    "1 when all rule files last read are in force; 0 when there was a mistake in one.",
)
ALERT_EVALUATIONS = Followed("netops_alert_evaluations_total", "counter", "Evaluations of alert rules.")
ALERT_EVALUATION_SECONDS = Followed(
    "netops_alert_evaluation_duration_seconds",
    "gauge",
    "Duration of the latest evaluation of alert rules, in seconds.",
)
ALERT_WRITE_FAILURES = Followed(
    "netops_alert_write_failures_total",
    "counter",
    "Times that changes of alerts could not be stored; they are decided and stored again.",
)
ALERT_HEAD_SERIES = Followed("netops_alert_head_series", "gauge", "Series that alert rules hold in memory.")
ALERT_HEAD_SAMPLES = Followed(
    "netops_alert_head_samples", "gauge", "Samples that alert rules hold in memory, 16 bytes each."
)
ALERT_HEAD_REFUSED = Followed(
    "netops_alert_head_refused_total",
    "counter",
    "Samples that alert rules do not see, because they came too late or memory for them was full.",
)
DELIVERIES = Followed(
    "netops_deliveries_total",
    "counter",
    "Attempts to hand over a message, by channel and outcome; unknown ones are made again.",
    ("channel", "outcome"),
)
DELIVERIES_GIVEN_UP = Followed(
    "netops_deliveries_given_up_total",
    "counter",
    "Messages given up, by channel: refused for good, or not taken for hours.",
    ("channel",),
)
PAGES = Followed(
    "netops_pages_total",
    "counter",
    "Messages about alerts that were handed over, by person; empty for group chats.",
    ("person",),
)
ALERTS_FIRED = Followed(
    "netops_alerts_fired_total", "counter", "Alerts that began to fire, by rule.", ("alertname",)
)
ALERTS_RESOLVED = Followed(
    "netops_alerts_resolved_total", "counter", "Alerts that ended, by rule.", ("alertname",)
)
ALERTS_RESOLVE_SECONDS = Followed(
    "netops_alerts_resolve_seconds_total",
    "counter",
    "Time from firing to their end of alerts that ended, by rule, in seconds.",
    ("alertname",),
)
ALERTS_ACKNOWLEDGED = Followed(
    "netops_alerts_acknowledged_total", "counter", "Alerts that somebody took, by rule.", ("alertname",)
)
ALERTS_ACKNOWLEDGE_SECONDS = Followed(
    "netops_alerts_acknowledge_seconds_total",
    "counter",
    "Time from firing until somebody took it of alerts that were taken, by rule, in seconds.",
    ("alertname",),
)
OUTBOX_WAITING = Followed("netops_outbox_messages", "gauge", "Messages neither handed over nor given up.")
OUTBOX_OLDEST = Followed(
    "netops_outbox_oldest_seconds",
    "gauge",
    "Age of the oldest message that is due and not handed over, in seconds.",
)
NOTICES_WAITING = Followed(
    "netops_notices_waiting", "gauge", "Changes of alerts that wait to be told together with others."
)
ONCALL_STEPS_EMPTY = Followed(
    "netops_oncall_empty_targets_total",
    "counter",
    "Parts of steps of escalation policies that found nobody when they were asked.",
)
ONCALL_UNTOLD = Followed(
    "netops_oncall_untold_total", "counter", "Times that no step of a policy found anybody to tell."
)
ONCALL_HOLDER = Followed(
    "netops_oncall_holder",
    "gauge",
    "Who is on call now, by schedule; always 1. The person is empty where nobody is.",
    ("schedule", "person"),
)
ONCALL_NEXT_GAP = Followed(
    "netops_oncall_next_gap_seconds",
    "gauge",
    "Time until nobody is on call, by schedule, in seconds; absent when there is no gap in two weeks.",
    ("schedule",),
)
ALERTS_RECEIVED = Followed(
    "netops_alerts_received_total", "counter", "Alerts that a Prometheus posted, repetitions included."
)
ALERTMANAGER_FAILURES = Followed(
    "netops_alertmanager_failures_total",
    "counter",
    "Times that an Alertmanager did not take our alerts; they are sent again.",
    ("target",),
)
HEARTBEAT_FAILURES = Followed(
    "netops_heartbeat_failures_total", "counter", "Signs of life that the dead man's switch did not take."
)
HEARTBEATS_WITHHELD = Followed(
    "netops_heartbeats_withheld_total", "counter", "Signs of life not given because alerts would not be told."
)
EVENT_RULES = Followed(
    "netops_event_rules", "gauge", "Rules about traps and syslog messages that are in force."
)
EVENT_RULES_SUCCESSFUL = Followed(
    "netops_event_rules_last_reload_successful",
    "gauge",
    "1 when the event rules last read are in force; 0 when some were refused.",
)
EVENT_MESSAGES = Followed(
    "netops_event_messages_total",
    "counter",
    "Traps and syslog messages by the event rule that took them and what came of it.",
    ("rule", "outcome"),
)
EVENTS_DROPPED = Followed(
    "netops_events_dropped_total",
    "counter",
    "Messages that raised or recorded nothing because a limit of their event rule was met.",
    ("rule", "limit"),
)
EVENT_ALERTS = Followed(
    "netops_event_alerts",
    "gauge",
    "Alerts that fire because of traps or syslog messages, by rule.",
    ("rule",),
)
EVENT_POLLS = Followed(
    "netops_event_polls_total", "counter", "Polls begun because a device told of something."
)
FOLLOWED = (
    ALERTS,
    ALERTS_FIRING,
    ALERT_RULES,
    ALERT_RULES_FAILING,
    ALERT_RULES_SUCCESSFUL,
    ALERT_EVALUATIONS,
    ALERT_EVALUATION_SECONDS,
    ALERT_WRITE_FAILURES,
    ALERT_HEAD_SERIES,
    ALERT_HEAD_SAMPLES,
    ALERT_HEAD_REFUSED,
    POLL_OVERRUNS,
    POLL_MISFIRES,
    SNMP_REQUESTS,
    SNMP_RETRIES,
    SNMP_DISCARDED,
    WRITER_QUEUE_DEPTH,
    WRITER_LAG,
    WRITER_REJECTED,
    WRITER_FAILED,
    NOTIFICATIONS_RECEIVED,
    NOTIFICATIONS_REJECTED,
    SYSLOG_RECEIVED,
    SYSLOG_REJECTED,
    SYSLOG_CUT,
    SYSLOG_STRANGERS,
    SYSLOG_CONNECTIONS,
    CONFIG_CHANGES_TOLD,
    CONFIG_CHANGE_TOLD_AT,
    CONFIG_CHANGES_PENDING,
    HISTORY_PACKED_DAYS,
    HISTORY_UPKEEP_FAILURES,
    HISTORY_UPKEEP_SECONDS,
    HISTORY_UPKEEP_LONGEST_WRITE,
    REMOTE_WRITE_SENT,
    REMOTE_WRITE_DROPPED,
    REMOTE_WRITE_FAILURES,
    REMOTE_WRITE_QUEUE,
    REMOTE_WRITE_FAILING,
    BACKUP_AGE,
    BACKUP_MISSING,
    BACKUP_FAILING,
    BACKUP_CHANGED_AT,
    BACKUP_UNSAVED,
    BACKUP_DRIFT,
    BACKUP_DURATION,
    BACKUPS_FAILED,
    BACKUP_REVISIONS,
    BACKUP_PUSH_LAG,
    DELIVERIES,
    DELIVERIES_GIVEN_UP,
    PAGES,
    ALERTS_FIRED,
    ALERTS_RESOLVED,
    ALERTS_RESOLVE_SECONDS,
    ALERTS_ACKNOWLEDGED,
    ALERTS_ACKNOWLEDGE_SECONDS,
    OUTBOX_WAITING,
    OUTBOX_OLDEST,
    NOTICES_WAITING,
    ONCALL_STEPS_EMPTY,
    ONCALL_UNTOLD,
    ONCALL_HOLDER,
    ONCALL_NEXT_GAP,
    EVENT_RULES,
    EVENT_RULES_SUCCESSFUL,
    EVENT_MESSAGES,
    EVENTS_DROPPED,
    EVENT_ALERTS,
    EVENT_POLLS,
    ALERTS_RECEIVED,
    ALERTMANAGER_FAILURES,
    HEARTBEAT_FAILURES,
    HEARTBEATS_WITHHELD,
    COMPLIANCE_FAILING,
    COMPLIANCE_RULES,
    COMPLIANCE_CHECK_AGE,
    DEVICES,
)
"""All that can be followed; docs/metrics.md lists them from here."""
