"""Which words make one name (DMN 1.5 §10.3.1.2, §10.3.1.4).

Names may hold spaces and operators, so `a-b` is one name where a variable is called that and a
subtraction elsewhere. The longest known name wins.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache

from opsflow.feel.lexer import Kind, Token, words

_Known = dict[str, list[tuple[tuple[str, ...], str]]]


class Names:
    """The names of several words that are known at a place in the source."""

    def __init__(self, names: Iterable[str], members: Iterable[str] = ()) -> None:
        # What is known from the outside is shared between sources, and never added to.
        self._scopes: list[_Known] = [_indexed(frozenset(names)), {}]
        self._outside = _indexed(frozenset(members))
        self._members: _Known = {}

    def add(self, name: str) -> None:
        """Make a name known in the innermost scope; as a member of a context it stays known."""
        spelling = words(name)
        if len(spelling) > 1:
            _add(self._scopes[-1], spelling, name)
            _add(self._members, spelling, name)

    @contextmanager
    def scope(self) -> Iterator[None]:
        """Names added inside are forgotten at the end."""
        self._scopes.append({})
        try:
            yield
        finally:
            self._scopes.pop()

    def match(
        self, tokens: list[Token], index: int, *, member: bool = False
    ) -> tuple[str, int] | None:
        """The longest known name that starts at a token, and how many tokens it takes."""
        first = tokens[index].text
        known = [self._outside, self._members, *self._scopes] if member else self._scopes
        best: tuple[str, int] | None = None
        for scope in known:
            for spelling, name in scope.get(first, ()):
                longer = best is None or len(spelling) > best[1]
                if longer and _stands(tokens, index, spelling):
                    best = (name, len(spelling))
        return best


@lru_cache(maxsize=128)
def _indexed(names: frozenset[str]) -> _Known:
    known: _Known = {}
    for name in names:
        spelling = words(name)
        if len(spelling) > 1:
            _add(known, spelling, name)
    return known


def _add(known: _Known, spelling: tuple[str, ...], name: str) -> None:
    entry = (spelling, name)
    candidates = known.setdefault(spelling[0], [])
    if entry not in candidates:
        candidates.append(entry)


def _stands(tokens: list[Token], index: int, spelling: tuple[str, ...]) -> bool:
    end = index + len(spelling)
    return end <= len(tokens) and all(
        token.text == word and token.kind not in (Kind.STRING, Kind.AT)
        for token, word in zip(tokens[index:end], spelling, strict=True)
    )
