"""What each vendor's devices expose, as data: profiles, how they are matched, loaded and compiled."""
