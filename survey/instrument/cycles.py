"""Rounds of a graph: things that wait for each other."""

from __future__ import annotations

from collections.abc import Mapping


def cycles(needs: Mapping[str, set[str]]) -> list[list[str]]:
    """Rounds of a graph, each once, in a fixed order."""
    found: list[list[str]] = []
    state: dict[str, int] = {}
    for start in needs:
        if state.get(start):
            continue
        path: list[str] = []
        stack: list[tuple[str, list[str]]] = [(start, sorted(needs[start]))]
        state[start] = 1
        path.append(start)
        while stack:
            node, waiting = stack[-1]
            if not waiting:
                stack.pop()
                path.pop()
                state[node] = 2
                continue
            following = waiting.pop(0)
            if state.get(following) == 1:
                found.append(path[path.index(following) :])
            elif following in needs and not state.get(following):
                state[following] = 1
                path.append(following)
                stack.append((following, sorted(needs[following])))
    return found
