"""The table ``[mqtt]``: what it takes, and what it refuses with a hint."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from wkmp_pi.config.mqtt import RULES, Mqtt, check, chosen
from wkmp_pi.config.rules import RefusedError
from wkmp_pi.errors import ConfigError


def test_every_key_of_the_table_is_a_field_and_every_field_a_key() -> None:
    assert set(RULES) - {"password"} == set(Mqtt.__dataclass_fields__)


def test_without_a_host_there_is_no_mqtt() -> None:
    assert Mqtt().host == ""


@pytest.mark.parametrize(
    ("more", "port"),
    [({}, 1883), ({"tls": True}, 8883), ({"port": 1234}, 1234), ({"port": 1, "tls": True}, 1)],
)
def test_the_port_follows_the_encryption_unless_it_is_named(more: Any, port: int) -> None:
    assert Mqtt(**more).reach == port


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("host", "192.168.1.5", "192.168.1.5"),
        ("host", "fe80::1%eth0", "fe80::1%eth0"),
        ("host", "none", ""),
        ("box", "kitchen", "kitchen"),
        ("box", "auto", ""),
        ("name", "Küche", "Küche"),
        ("name", "auto", ""),
        ("groups", ["all", "upstairs"], ("all", "upstairs")),
        ("keys", ["volume"], ("volume",)),
        ("keep_events", 0, 0),
        ("password_file", "/etc/secret", Path("/etc/secret")),
        ("protocol", "3.1.1", "3.1.1"),
    ],
)
def test_good_values_are_taken(key: str, value: Any, expected: Any) -> None:
    assert RULES[key](value) == expected


@pytest.mark.parametrize(
    ("key", "value", "why"),
    [
        ("host", "mqtt://broker", "write the port with the key port, and no mqtt://"),
        ("host", "a b", "expected the name or address"),
        ("host", 5, "expected a name"),
        ("port", 70_000, "expected 0 or a whole number from 1 to 65535"),
        ("port", True, "found true"),
        ("protocol", 5, "expected one of 5, 3.1.1"),
        ("box", "Kitchen", "1 to 32 of a-z, 0-9, _ and -"),
        ("box", "group", "not group"),
        ("box", "a/b", "rename it"),
        ("box", "a" * 33, "1 to 32"),
        ("user", "", "expected a name"),
        ("password", "hunter2", "found a secret; expected none in this file"),
        ("groups", "all", "expected a list"),
        ("groups", ["a", "a"], "the same value twice"),
        ("groups", ["+"], "1 to 32 of"),
        ("groups", [str(n) for n in range(17)], "at most 16"),
        ("keys", ["valume"], "expected one of album"),
        ("keep_events", 1001, "from 0 to 1000 events"),
        ("keep_events", -1, "from 0 to 1000 events"),
        ("tls", "yes", "true or false"),
        ("ca_file", "certs/ca.crt", "begins with /"),
        ("discovery_prefix", "home/assistant", "1 to 32 of"),
    ],
)
def test_bad_values_are_refused_with_a_remedy(key: str, value: Any, why: str) -> None:
    with pytest.raises(RefusedError) as refused:
        RULES[key](value)
    assert why in str(refused.value)


def test_a_secret_in_the_file_is_not_repeated_in_the_message() -> None:
    with pytest.raises(RefusedError) as refused:
        RULES["password"]("hunter2")
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("values", "keys"),
    [
        ({}, []),
        ({"tls": True, "ca_file": Path("/ca")}, []),
        ({"ca_file": Path("/ca")}, ["ca_file"]),
        ({"tls": True, "key": Path("/key")}, ["key"]),
        ({"password_file": Path("/p")}, ["password_file"]),
        ({"password_file": Path("/p"), "user": "box"}, []),
        ({"certificate": Path("/c"), "key": Path("/k")}, ["certificate", "key"]),
    ],
)
def test_what_means_nothing_beside_the_rest_is_told(values: Any, keys: list[str]) -> None:
    assert [key for key, _ in check(values)] == keys


# the private broker of `make run`


def test_a_private_broker_counts_where_none_is_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WKMP_PI_BROKER", "127.0.0.1:18830")
    assert (chosen(Mqtt()).host, chosen(Mqtt()).reach) == ("127.0.0.1", 18_830)
    assert chosen(Mqtt(host="mine")).host == "mine"


def test_without_a_private_broker_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WKMP_PI_BROKER", raising=False)
    assert chosen(Mqtt()) == Mqtt()


@pytest.mark.parametrize("named", ["here", "here:", "here:0", "here:99999999999", "a b:1", ":1"])
def test_a_private_broker_that_is_none_is_refused(
    named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WKMP_PI_BROKER", named)
    with pytest.raises(ConfigError, match="expected HOST:PORT"):
        chosen(Mqtt())
