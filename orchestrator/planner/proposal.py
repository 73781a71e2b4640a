"""What a proposer other than the template says: which work there is and what it waits for, in a closed vocabulary.

A proposal names pieces of the catalogue's work, or whole phases of it, and their precedence. Quantities, crews, times
and who does what stay the catalogue's and the scheduler's.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from graphlib import TopologicalSorter
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, create_model

from orchestrator.planner.catalogue import After, Package
from orchestrator.records import Record

MOST_TASKS, MOST_LINKS, MOST_ASSUMPTIONS = 120, 12, 8
"""Lengths above which a reply is refused unread: no factory of the catalogue has half as many packages."""

_FEW, _SHORT = 2, 120
"""Assumptions where only phases are asked for, and characters of each."""

Links = dict[str, dict[str, After]]
"""What each package waits for, by the id of the other package."""


class ProposedTask(Record):
    """A piece of work, or a phase.

    Attributes:
        work: id of a package, or name of a phase, which stands for its packages in the catalogue's order.
        after: other `work` of this proposal that must be over before.
        name: for people, instead of the catalogue's.
    """

    work: str = Field(max_length=80)
    after: tuple[str, ...] = Field(default=(), max_length=MOST_LINKS)
    name: str = Field(default="", max_length=80)


class ProposedGraph(Record):
    """A whole proposal.

    Attributes:
        tasks: in any order.
        assumptions: what the goal left open, and what was taken for it.
    """

    tasks: tuple[ProposedTask, ...] = Field(min_length=1, max_length=MOST_TASKS)
    assumptions: tuple[str, ...] = Field(default=(), max_length=MOST_ASSUMPTIONS)


def phases_of(packages: Iterable[Package]) -> dict[str, list[Package]]:
    """The packages by phase; the phases in an order in which they can be built."""
    packages = tuple(packages)
    phases: dict[str, list[Package]] = {}
    for package in packages:
        phases.setdefault(package.phase, []).append(package)
    return {phase: phases[phase] for phase in TopologicalSorter(phase_needs(packages)).static_order()}


def phase_needs(packages: Iterable[Package]) -> dict[str, list[str]]:
    """The phases that each phase waits for, because one of its packages waits for one of theirs."""
    packages = tuple(packages)
    phase = {package.id: package.phase for package in packages}
    needs: dict[str, dict[str, None]] = {package.phase: {} for package in packages}
    for package in packages:
        needs[package.phase] |= {phase[after.task]: None for after in package.after}
    return {name: [other for other in others if other != name] for name, others in needs.items()}


def vocabulary(packages: Iterable[Package]) -> tuple[str, ...]:
    """All that a proposal may name: phases, then packages."""
    packages = tuple(packages)
    return (*phases_of(packages), *(package.id for package in packages))


@cache
def schema_of(words: tuple[str, ...]) -> type[ProposedGraph]:
    """The proposal's type with nothing but these words in it, to be shown to a language model."""
    word: Any = Literal[words]
    several: Any = tuple[word, ...]
    task: Any = create_model(
        "Task",
        __base__=ProposedTask,
        work=(word, ...),
        after=(several, Field(default=(), max_length=MOST_LINKS)),
    )
    tasks = (tuple[task, ...], Field(min_length=1, max_length=MOST_TASKS))
    assumptions = (tuple[str, ...], Field(default=(), max_length=MOST_ASSUMPTIONS))
    fields: Any = {"tasks": tasks, "assumptions": assumptions}
    return create_model("TaskGraph", __base__=ProposedGraph, **fields)


class PhaseOrder(Record):
    """A proposal of few words: each phase waits for the one before it.

    Attributes:
        order: the phases.
        assumptions: as in `ProposedGraph`.
    """

    order: tuple[str, ...]
    assumptions: tuple[str, ...] = ()


@cache
def phase_schema(phases: tuple[str, ...]) -> type[PhaseOrder]:
    """The order's type with nothing but these phases in it: little for a small model to get wrong."""
    count = len(phases)
    phase: Any = Literal[phases]
    short = Annotated[str, StringConstraints(max_length=_SHORT)]
    fields: Any = {
        "order": (tuple[phase, ...], Field(min_length=count, max_length=count)),
        "assumptions": (tuple[short, ...], Field(default=(), max_length=_FEW)),
    }
    return create_model("Order", __base__=PhaseOrder, **fields)


def graph_of(reply: ProposedGraph | PhaseOrder) -> ProposedGraph:
    """A reply of either type as a proposal."""
    if isinstance(reply, ProposedGraph):
        return reply
    before = (None, *reply.order)
    tasks = tuple(
        ProposedTask(work=phase, after=() if other is None else (other,))
        for phase, other in zip(reply.order, before, strict=False)
    )
    return ProposedGraph(tasks=tasks, assumptions=reply.assumptions)


def covered(graph: ProposedGraph, packages: tuple[Package, ...]) -> dict[str, list[Package]]:
    """The packages that each proposed task stands for; a package that has a task of its own is not its phase's."""
    named = {task.work for task in graph.tasks}
    by_id, phases = {package.id: package for package in packages}, phases_of(packages)
    return {
        task.work: [by_id[task.work]]
        if task.work in by_id
        else [package for package in phases.get(task.work, []) if package.id not in named]
        for task in graph.tasks
    }


def links_of(graph: ProposedGraph, packages: tuple[Package, ...]) -> Links:
    """What each package waits for by the proposal, and within a phase by the catalogue.

    Where the catalogue knows a pair of packages too, its kind of link and its lag count.

    Args:
        graph: whose words are all in the vocabulary.
        packages: of the factory.
    """
    parts = covered(graph, packages)
    known = {package.id: {after.task: after for after in package.after} for package in packages}
    links: Links = {package.id: {} for package in packages}
    for mine in parts.values():
        ids = {package.id for package in mine}
        for id_ in ids:
            links[id_] |= {other: after for other, after in known[id_].items() if other in ids}
    first, last = _ends(parts, links)
    for task in graph.tasks:
        for other in task.after:
            for id_ in first[task.work]:
                for before in last.get(other, []):
                    links[id_][before] = known[id_].get(before, After(task=before))
    return links


def with_links(packages: tuple[Package, ...], links: Links, names: Mapping[str, str]) -> tuple[Package, ...]:
    """The packages in the proposed order, under the proposed names."""
    return tuple(
        package.model_copy(
            update={"after": tuple(links[package.id].values()), "name": names.get(package.id) or package.name}
        )
        for package in packages
    )


def plain(text: str, length: int = 200) -> str:
    """Text from outside as one short line without control characters."""
    return "".join(character for character in " ".join(text.split()) if character.isprintable())[:length]


def _ends(
    parts: Mapping[str, list[Package]], links: Links
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Packages of each task that wait for no other of it, and those that no other of it waits for."""
    first: dict[str, list[str]] = {}
    last: dict[str, list[str]] = {}
    for work, mine in parts.items():
        ids = [package.id for package in mine]
        waited_for = {
            other for id_ in ids for other, after in links[id_].items() if other in ids and after.kind == "FS"
        }
        first[work] = [id_ for id_ in ids if not links[id_].keys() & set(ids)]
        last[work] = [id_ for id_ in ids if id_ not in waited_for]
    return first, last
