"""Counting what a rank sends."""

from dataclasses import dataclass

__all__ = ["Traffic"]


@dataclass
class Traffic:
    """What one rank sent to other ranks; what it keeps for itself is not counted.

    Attributes:
        sent: bytes of payload so far.
        messages: sends, or parts of a collective, so far.

    Examples:
        >>> traffic = Traffic()
        >>> traffic.add(100, messages=3)
        >>> traffic
        Traffic(sent=100, messages=3)
    """

    sent: int = 0
    messages: int = 0

    def add(self, sent: int, messages: int = 1) -> None:
        """Count `sent` bytes in so many messages."""
        self.sent += sent
        self.messages += messages
