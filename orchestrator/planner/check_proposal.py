"""Checks of a proposal before a project is made of it: its words, its completeness, and the order that building takes.

What passes here still goes through `check_project`.
"""

from collections import Counter
from collections.abc import Iterator

from orchestrator.errors import nearest
from orchestrator.planner.catalogue import Package
from orchestrator.planner.findings import Finding
from orchestrator.planner.proposal import Links, ProposedGraph, covered, links_of, vocabulary


def check_proposal(graph: ProposedGraph, packages: tuple[Package, ...]) -> list[Finding]:
    """Everything that is wrong with a proposal; the order only where its words are right."""
    found = list(_words(graph, packages))
    if found:
        return found
    links = links_of(graph, packages)
    stuck = _cycle(links)
    if stuck:
        message = f"{len(stuck)} pieces of work wait for each other"
        return [Finding(code="cycle", subject=stuck[0], message=message)]
    return list(_order(packages, links))


def _words(graph: ProposedGraph, packages: tuple[Package, ...]) -> Iterator[Finding]:
    known = set(vocabulary(packages))
    named = [task.work for task in graph.tasks]
    for work, count in Counter(named).items():
        if count > 1:
            yield Finding(code="duplicate-id", subject=work, message=f"it is there {count} times")
        if work not in known:
            message = f"it is not in the vocabulary{nearest(work, known)}"
            yield Finding(code="unknown-work", subject=work, message=message)
    for task in graph.tasks:
        for other in task.after:
            if other == task.work:
                yield Finding(code="cycle", subject=task.work, message="it waits for itself")
            elif other not in named:
                message = f"it waits for {other!r}, which is no task of the list"
                yield Finding(code="unknown-task", subject=task.work, message=message)
    there = {package.id for mine in covered(graph, packages).values() for package in mine}
    for package in packages:
        if package.id not in there:
            message = f"neither it nor its phase {package.phase!r} is there"
            yield Finding(code="missing-work", subject=package.id, message=message)


def _cycle(links: Links) -> list[str]:
    """Packages that can never begin."""
    left = {id_: set(waits) for id_, waits in links.items()}
    while ready := [id_ for id_, waits in left.items() if not waits & left.keys()]:
        for id_ in ready:
            del left[id_]
    return sorted(left)


def _order(packages: tuple[Package, ...], links: Links) -> Iterator[Finding]:
    """What the catalogue says must wait, and does not."""
    begun = _begun_before(links)
    by_id = {package.id: package for package in packages}
    told: set[tuple[str, str]] = set()
    for package in packages:
        over = _over_before(package.id, links, begun)
        for after in package.after:
            direct = after.task in links[package.id]
            implied = after.task in (over if after.kind == "FS" else begun[package.id])
            # A lag holds on its own link alone, unless the other work is over anyway.
            lagged = after.lag_days > 0 and not direct and (after.kind == "FS" or after.task not in over)
            before = by_id[after.task]
            pair = (before.phase, package.phase)
            if (implied or direct) and not lagged:
                continue
            if pair[0] != pair[1]:
                # One finding for two phases says it all.
                if pair in told:
                    continue
                told.add(pair)
            message = (
                f"it needs {before.id!r} before it: {package.phase!r} or it must wait for {before.phase!r}"
            )
            yield Finding(code="missing-precedence", subject=package.id, message=message)


def _begun_before(links: Links) -> dict[str, set[str]]:
    """Packages that have begun when each begins, at the least."""
    begun: dict[str, set[str]] = {}

    def of(id_: str) -> set[str]:
        if id_ not in begun:
            begun[id_] = set().union(*(of(other) | {other} for other in links[id_]))
        return begun[id_]

    for id_ in links:
        of(id_)
    return begun


def _over_before(id_: str, links: Links, begun: dict[str, set[str]]) -> set[str]:
    """Packages that are over when one begins, at the least: something that has begun by then waited for their end."""
    return {
        other for later in begun[id_] | {id_} for other, after in links[later].items() if after.kind == "FS"
    }
