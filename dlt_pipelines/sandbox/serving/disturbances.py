"""Answers that go wrong on purpose, so that the real errors can be met in tests."""

import asyncio
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HANG_SECONDS = 300
KINDS = ("truncate", "cut", "hang", "lose_answer")  # or an HTTP status as text


@dataclass
class _Plan:
    path: str  # disturb requests whose path contains this
    kind: str
    times: int
    skip: int  # let this many pass first
    retry_after: str | None = None


class Disturb:
    """Disturbs the next answers of paths that match a plan.

    truncate: half of the body, as if whole. cut: the connection breaks half-way.
    hang: no answer. lose_answer: the request is carried out, its answer never sent.
    «429», «503» …: that status instead of an answer, nothing is carried out.
    """

    def __init__(self) -> None:
        """No plans: nothing is disturbed."""
        self.plans: list[_Plan] = []

    def plan(
        self,
        path: str,
        kind: str,
        times: int = 1,
        skip: int = 0,
        retry_after: str | None = None,
    ) -> None:
        """Disturb ``times`` requests whose path contains ``path``."""
        self.plans.append(_Plan(path, kind, times, skip, retry_after))

    def calm(self) -> None:
        """Forget every plan."""
        self.plans.clear()

    def _next(self, path: str) -> _Plan | None:
        for plan in self.plans:
            if plan.times > 0 and plan.path in path:
                if plan.skip > 0:
                    plan.skip -= 1
                    return None
                plan.times -= 1
                return plan
        return None

    def middleware(self, application: ASGIApp) -> ASGIApp:
        """Wrap an ASGI application."""

        async def disturbed(scope: Scope, receive: Receive, send: Send) -> None:
            plan = self._next(scope["path"]) if scope["type"] == "http" else None
            if plan is None:
                await application(scope, receive, send)
            elif plan.kind.isdigit():
                await _status(send, int(plan.kind), plan.retry_after)
            elif plan.kind == "hang":
                await asyncio.sleep(HANG_SECONDS)
            else:
                messages = await _collect(application, scope, receive)
                await _send_part(messages, plan.kind, send)

        return disturbed


async def _status(send: Send, status: int, retry_after: str | None) -> None:
    headers = [(b"content-type", b"text/html"), (b"content-length", b"0")]
    if retry_after:
        headers.append((b"retry-after", retry_after.encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def _collect(
    application: ASGIApp, scope: Scope, receive: Receive
) -> list[Message]:
    messages: list[Message] = []

    async def keep(message: Message) -> None:
        messages.append(message)

    await application(scope, receive, keep)
    return messages


async def _send_part(messages: list[Message], kind: str, send: Send) -> None:
    start = messages[0]
    body = b"".join(m.get("body", b"") for m in messages[1:])
    half = body[: len(body) // 2]
    if kind == "lose_answer":
        raise ConnectionResetError("the sandbox loses this answer on purpose")
    if kind == "truncate":
        others = [h for h in start["headers"] if h[0].lower() != b"content-length"]
        length = (b"content-length", str(len(half)).encode())
        start = {**start, "headers": [*others, length]}
    await send(start)
    if kind == "cut":
        await send({"type": "http.response.body", "body": half, "more_body": True})
        raise ConnectionResetError("the sandbox cuts this answer on purpose")
    await send({"type": "http.response.body", "body": half})
