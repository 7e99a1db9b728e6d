"""The link to the MQTT broker: it carries messages and says what happens to it.

It decides nothing: what is told stands in ``consumers/mirror``, what is asked
in ``controls/remote``, and when to try again is its owner's business. Nothing
here imports paho before a link is opened.
"""

from wkmp_pi.mqtt.words import (
    Broker,
    Delivered,
    Denied,
    Down,
    Happening,
    Incoming,
    Link,
    LinkError,
    Outgoing,
    Tls,
    Up,
)

__all__ = [
    "Broker",
    "Tls",
    "Link",
    "LinkError",
    "Outgoing",
    "Incoming",
    "Up",
    "Down",
    "Delivered",
    "Denied",
    "Happening",
]
