"""The OpenAI-compatible protocol: what is sent, and how what comes back is read.

Servers agree on the outline and differ in what matters here:

- The thought: `message.reasoning` (vLLM, Ollama), `message.reasoning_content` (DeepSeek), a part of the content
  (Mistral), or in the text. A hidden one (OpenAI's o-series) is known by its tokens alone.
- Its tokens: within `completion_tokens` (OpenAI), or beside them. In the second case the total is larger than the sum,
  so generated tokens are the total without the prompt.
- Cached tokens of the prompt: `prompt_tokens_details` (OpenAI), `prompt_cache_hit_tokens` (DeepSeek).
- `n` is ignored by some: as many replies count as came.
- Some tell an error with status 200.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from r1cli.generators.generator import Usage

Api = Literal["chat", "completions"]
PATHS: dict[Api, str] = {"chat": "chat/completions", "completions": "completions"}
_THOUGHTS = ("reasoning", "reasoning_content", "thinking")
MOST_TOKENS = 2**40
"""A larger number is none of tokens."""
LONGEST_COMPLAINT = 500
"""Characters that are kept of what a server says went wrong."""


class UnreadableResponse(Exception):
    """Status 200, and yet nothing that can be read as replies."""


@dataclass(frozen=True, slots=True)
class Said:
    """One reply of a server."""

    text: str
    """What it wrote as its response, the thought excluded if that came by itself."""
    thought: str | None
    """What came in a field of its own; None: no such field, or nothing in it."""
    finish: str | None
    """`finish_reason`, in the server's own word."""


@dataclass(frozen=True, slots=True)
class Response:
    """What came back for one request."""

    replies: tuple[Said, ...]
    usage: dict[str, Any] | None
    """As the server counts, raw; None: it does not say."""
    model: str | None
    fingerprint: str | None


def request_body(
    api: Api,
    model: str,
    prompt: str,
    *,
    n: int,
    sampling: Mapping[str, Any],
    extra: Mapping[str, Any],
) -> dict[str, Any]:
    """The JSON of one request. What is None is not sent: some servers refuse even the default of a key.

    Args:
        api: chat sends the prompt as the user's message, completions as it is.
        model: its name at the server.
        prompt: text.
        n: replies wanted; 1 is not sent.
        sampling: temperature, top_p, seed, the longest reply, under the server's names.
        extra: anything else that a server takes.
    """
    asked = {"messages": [{"role": "user", "content": prompt}]} if api == "chat" else {"prompt": prompt}
    keys = {"n": n if n > 1 else None, **sampling}
    return {"model": model, **asked, **{k: v for k, v in keys.items() if v is not None}, **extra}


def read_response(api: Api, body: bytes) -> Response:
    """Read a response of status 200.

    Raises:
        UnreadableResponse: it is no JSON, holds no replies, or is an error after all.
    """
    plain = _object(body)
    if plain.get("error"):
        raise UnreadableResponse(complaint(body))
    choices = plain.get("choices")
    if not isinstance(choices, list) or not choices:
        raise UnreadableResponse("no `choices` in the response")
    usage = plain.get("usage")
    return Response(
        replies=tuple(_said(api, choice) for choice in choices),
        usage=usage if isinstance(usage, dict) else None,
        model=_text_or_none(plain.get("model")),
        fingerprint=_text_or_none(plain.get("system_fingerprint")),
    )


def complaint(body: bytes) -> str:
    """What a server says went wrong, in one line."""
    try:
        plain = json.loads(body)
    except (ValueError, RecursionError):
        plain = body.decode("utf-8", "replace")
    if isinstance(plain, dict):
        plain = plain.get("error") or plain.get("detail") or plain.get("message") or plain
    if isinstance(plain, dict) and plain.get("message"):
        plain = plain["message"]
    text = plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)
    return _encodable(" ".join(text.split())[:LONGEST_COMPLAINT])


def error_code(body: bytes) -> str:
    """The word by which an OpenAI-compatible error can be recognised (`insufficient_quota`); empty if there is none."""
    try:
        error = json.loads(body)["error"]
    except (ValueError, RecursionError, KeyError, TypeError):
        return ""
    return str(error.get("code") or error.get("type") or "") if isinstance(error, dict) else ""


def usage_of(raw: Mapping[str, Any] | None) -> Usage:
    """Tokens as we count them, of a server's own count; None where it does not say."""
    if raw is None:
        return Usage()
    prompt = _first(raw, "prompt_tokens", "input_tokens")
    completion = _first(raw, "completion_tokens", "output_tokens")
    total = _whole(raw.get("total_tokens"))
    if None not in {prompt, completion, total}:
        completion = max(completion or 0, (total or 0) - (prompt or 0))
    inputs = _part(raw, "prompt_tokens_details", "input_tokens_details")
    outputs = _part(raw, "completion_tokens_details", "output_tokens_details")
    cached = _first(inputs, "cached_tokens")
    return Usage(
        prompt=prompt,
        cached=_first(raw, "prompt_cache_hit_tokens") if cached is None else cached,
        completion=completion,
        reasoning=_first(outputs, "reasoning_tokens"),
    )


def _said(api: Api, choice: Any) -> Said:
    if not isinstance(choice, dict):
        raise UnreadableResponse("a choice that is no object")
    finish = _text_or_none(choice.get("finish_reason"))
    if api == "completions":
        if not isinstance(choice.get("text"), str):
            raise UnreadableResponse("a choice without `text`")
        return Said(_encodable(choice["text"]), None, finish)
    message = choice.get("message")
    if not isinstance(message, dict):
        raise UnreadableResponse("a choice without `message`")
    text, thought = _parts(message.get("content"))
    thoughts = [thought, *(message.get(name) for name in _THOUGHTS)]
    thought = next((t for t in thoughts if isinstance(t, str) and t.strip()), None)
    text = text or _text_or_none(message.get("refusal")) or ""
    return Said(_encodable(text), None if thought is None else _encodable(thought), finish)


def _parts(content: Any) -> tuple[str, str | None]:
    """Text and thought of a message's content: text, nothing, or a list of parts."""
    if not isinstance(content, list):
        return _plain_text(content), None
    parts = [part for part in content if isinstance(part, dict)]
    texts = [_plain_text(part.get("text")) for part in parts if "thinking" not in part]
    thoughts = [_plain_text(part["thinking"]) for part in parts if "thinking" in part]
    return "".join(texts), "".join(thoughts) or None


def _plain_text(content: Any) -> str:
    """Text, whether it came as such, as a list of parts, or not at all."""
    if isinstance(content, list):
        return "".join(str(part.get("text") or "") for part in content if isinstance(part, dict))
    if content is None or isinstance(content, str):
        return content or ""
    raise UnreadableResponse("a message whose content is neither text nor a list")


def _encodable(text: str) -> str:
    """The same, halves of surrogate pairs replaced: JSON can hold them, a file of UTF-8 cannot."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _object(body: bytes) -> dict[str, Any]:
    try:
        plain = json.loads(body)
    except (ValueError, RecursionError) as e:
        raise UnreadableResponse(f"not JSON ({e})") from e
    if not isinstance(plain, dict):
        raise UnreadableResponse(f"{type(plain).__name__}, object expected")
    return plain


def _part(raw: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    parts: Sequence[Any] = [raw.get(name) for name in names]
    return next((part for part in parts if isinstance(part, dict)), {})


def _first(raw: Mapping[str, Any], *names: str) -> int | None:
    values = (_whole(raw.get(name)) for name in names)
    return next((value for value in values if value is not None), None)


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MOST_TOKENS else None


def _text_or_none(value: Any) -> str | None:
    return _encodable(value) if isinstance(value, str) else None
