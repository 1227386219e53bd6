"""Requests that a signature opens instead of a token."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, TypeAlias

from fastapi import Depends, Request

from opsflow.api.schemas.webhooks import ReceivedOut
from opsflow.api.throttling import Throttle
from opsflow.errors import NotAuthenticated
from opsflow.webhooks import Received


@dataclass(frozen=True, slots=True)
class SignedDelivery:
    """A delivery whose signature is not checked yet."""

    headers: Mapping[str, str]
    address: str
    failures: Throttle

    def checked(self, receive: Callable[[Mapping[str, str]], Received]) -> ReceivedOut:
        """Receive it. An address that was wrong too often has to wait: TooManyRequests."""
        self.failures.require(self.address)
        try:
            return ReceivedOut.of(receive(self.headers))
        except NotAuthenticated:
            self.failures.take(self.address)
            raise


async def the_delivery(request: Request) -> SignedDelivery:
    """What the route that a signature opens is given."""
    throttle: Throttle = request.state.failures
    address = request.client.host if request.client else ""
    return SignedDelivery(request.headers, address, throttle)


async def the_content(request: Request) -> bytes:
    """The bytes that were signed."""
    return await request.body()


Delivery: TypeAlias = Annotated[SignedDelivery, Depends(the_delivery)]
"""Parameter of a route: who sent it, and the signature."""
Content: TypeAlias = Annotated[bytes, Depends(the_content)]
"""Parameter of a route: the body as it came."""
