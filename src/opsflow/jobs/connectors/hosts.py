"""Which hosts may be asked, and at which address."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Collection

from opsflow.errors import Invalid

_UNICAST = ipaddress.IPv6Network("2000::/3")
"""What is given to the public (RFC 4291 §2.4); all else is local, old or for something else."""
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class HostRefused(Invalid):
    """The host is not one of those that this connector may ask."""


def address_of(host: str, port: int, allowed: Collection[str], private: Collection[str]) -> str:
    """The address to connect to, looked up once, so that no second answer can differ.

    ``allowed`` are names of hosts, ``*.example.com`` for all below one; ``private`` those that
    may have an address that is not public. Raises HostRefused.
    """
    name = host.rstrip(".").lower()
    if not is_among(name, allowed):
        raise HostRefused(f"The host {host!r} is not among those that may be asked.")
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise ConnectionError(f"The host {host!r} has no address: {error}") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not is_among(name, private):
        for address in addresses:
            if not _is_public(address):
                raise HostRefused(
                    f"The host {host!r} has the address {address}, which is not public: "
                    "list it as private if it is meant."
                )
    return addresses[0]


def is_among(name: str, patterns: Collection[str]) -> bool:
    """Whether a host is one of these names, or below one that is written ``*.example.com``."""
    return any(
        name.endswith(pattern[1:].lower()) if pattern.startswith("*.") else name == pattern.lower()
        for pattern in patterns
    )


def _is_public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = _inner(found)
        if inner is None:
            return found in _UNICAST and found.is_global
        found = inner
    return found.is_global and not found.is_multicast


def _inner(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 one leads to: mapped, 6to4, or behind a NAT64 (RFC 6052)."""
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour
