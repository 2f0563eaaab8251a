"""Who is on call: schedules, rotations, overrides, escalation. Pure: values in, values out, the clock passed in."""
