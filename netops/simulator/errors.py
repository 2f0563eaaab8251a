"""What can be wrong with a wish to the simulator."""

from netops.errors import NetopsError


class SimulatorError(NetopsError):
    """The simulator cannot do what was asked; the message is one line for the person who asked."""
