"""Sends messages: one sender per kind of channel, and the texts they send."""
