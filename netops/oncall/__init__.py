"""Who is told, and when: schedules, rotations, overrides, quiet hours and escalation. Decides without I/O."""
