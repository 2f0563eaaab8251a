"""The schema's history, a file per revision. ``python -m netops.store.migrations WORDS`` drafts the next one."""
