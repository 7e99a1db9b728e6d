"""What comes from the broker → what is asked of the box. Pure.

Whatever a stranger publishes, the outcome is a command, a refusal, or nothing:
never an exception, never more than 20 a second of a kind. What the broker
kept from earlier is never done. Who may ask for what is decided by the topic
that the broker lets somebody write, so no payload can claim a right.
"""

from wkmp_pi.controls.remote.remote import Order, Refused, Remote, Taken

__all__ = ["Remote", "Taken", "Order", "Refused"]
