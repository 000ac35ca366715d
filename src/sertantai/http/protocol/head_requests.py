"""HEAD: the head of what GET would answer, everywhere, from the very same route."""

from typing import Final, cast

from sertantai.http.asgi import Message, Receive, Scope, Send
from sertantai.http.caller import AnyConnection

STATE_KEY: Final = "head_only"


def only_head_wanted(connection: AnyConnection) -> bool:
    """Whether nobody will see the body: a route that works long for one need not."""
    return bool(cast(Scope, connection.scope)["state"].get(STATE_KEY))


def as_get(scope: Scope) -> Scope:
    """The scope of the GET. The server keeps its own, with HEAD in it, and sends no body."""
    return {**scope, "method": "GET", "state": {**scope.get("state", {}), STATE_KEY: True}}


def tell_of_head(message: Message) -> None:
    """Add HEAD to the methods that an answer says are allowed, where GET is."""
    for at, (name, value) in enumerate(message["headers"]):
        if name.lower() == b"allow":
            methods = {method.strip() for method in value.split(b",")}
            if b"GET" in methods:
                message["headers"][at] = (name, b", ".join(sorted({*methods, b"HEAD"})))


class HeadOnly:
    """Lets the head of an answer through, and ends what makes the body of one that is streamed."""

    __slots__ = ("_ended", "_receive", "_send")

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._ended = False

    async def receive(self) -> Message:
        return {"type": "http.disconnect"} if self._ended else await self._receive()

    async def send(self, message: Message) -> None:
        if message["type"] != "http.response.body":
            await self._send(message)
        elif not self._ended:
            self._ended = True
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})
