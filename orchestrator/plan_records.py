"""Records of plans and of scheduling benchmarks: what the planner leaves for the ramp and for scripts."""

from pydantic import Field

from orchestrator.records import BenchmarkResult, Record


class Expected(Record):
    """Makespans of a plan that is carried out in a random world.

    Attributes:
        p10: d.
        p50: d.
        p90: d; eight of ten histories end between the first and this.
        histories: that were drawn.
    """

    p10: float
    p50: float
    p90: float
    histories: int


class PlanResult(Record):
    """What `optimus plan --json` prints.

    Attributes:
        valid: whether the independent checker found nothing wrong; a plan that is not valid is not written.
        proposer: that made the task graph.
        repairs: rounds of findings that the proposer was sent before its graph passed, or the template answered.
        notes: why the template answered where another proposer was asked.
        tasks: number of tasks.
        makespan_days: from the first task's start to the last one's end, d.
        gap_percent: how far the makespan may be above the shortest one, % of the lower bound.
        robot_hours: work of all robots, battery swaps included, h.
        expected_days: what the makespan may become.
        limiting_resource: the resource whose plenty would shorten the plan most; `precedence` where none would.
        assumptions: what had to be guessed.
        bound_days: lower bound on the makespan, d.
        people_hours: work of all people, h.
        cost_usd: of labour and equipment.
        out: folder that the plan was written to.
    """

    valid: bool
    proposer: str
    repairs: int
    tasks: int
    makespan_days: float
    gap_percent: float
    expected_days: Expected
    robot_hours: float
    limiting_resource: str
    assumptions: tuple[str, ...]
    bound_days: float
    people_hours: float
    cost_usd: float
    out: str
    notes: tuple[str, ...] = ()


class TaskPlan(Record):
    """One task of a factory plan.

    Attributes:
        id: of the task.
        name: for people.
        phase: of the work.
        zone: where.
        after: ids of the tasks that it waits for.
        mode: how it is done.
        start_hour: since the project's start, h.
        end_hour: likewise.
        work_hours: worked between the two, h; less where its calendar rests.
        resources: number of each resource that it holds while it is worked on.
        robots: which robots, by number in the fleet.
        battery_swaps: of each robot.
        slack_hours: by which it can move without moving the end, by precedence alone, h.
    """

    id: str
    name: str
    phase: str
    zone: str
    after: tuple[str, ...]
    mode: str
    start_hour: int = Field(ge=0)
    end_hour: int = Field(ge=0)
    work_hours: int = Field(ge=0)
    resources: dict[str, int]
    robots: tuple[int, ...] = ()
    battery_swaps: int = 0
    slack_hours: int = 0


class FactoryPlan(Record):
    """`plan.json`: what the ramp reads of a factory.

    Attributes:
        format: version of this layout.
        goal: in words.
        good: that the factory makes.
        output_per_month: at full rate, in `unit`.
        unit: of the good.
        proposer: that made the task graph.
        repairs: rounds of findings.
        notes: see `PlanResult`.
        assumptions: what had to be guessed.
        makespan_days: d.
        bound_days: lower bound on the makespan, d.
        gap_percent: between the two.
        expected_days: see `PlanResult`.
        robot_hours: h.
        robot_hours_by_skill: h.
        people_hours: h.
        cost_usd: of labour and equipment.
        limiting_resource: see `PlanResult`.
        saved_days: by one more of each resource, d, as far as a short search shows.
        capacity: of each resource.
        utilization: of each resource over the makespan, 0 to 1.
        critical_path: ids of a chain of tasks that sets the end, first to last.
        critical_causes: what let each of them begin.
        tasks: with times and assignments.
    """

    format: int = 1
    goal: str
    good: str
    output_per_month: float
    unit: str
    proposer: str
    repairs: int
    notes: tuple[str, ...] = ()
    assumptions: tuple[str, ...]
    makespan_days: float
    bound_days: float
    gap_percent: float
    expected_days: Expected
    robot_hours: float
    robot_hours_by_skill: dict[str, float]
    people_hours: float
    cost_usd: float
    limiting_resource: str
    saved_days: dict[str, float]
    capacity: dict[str, int]
    utilization: dict[str, float]
    critical_path: tuple[str, ...]
    critical_causes: tuple[str, ...]
    tasks: tuple[TaskPlan, ...]


class InstanceResult(Record):
    """One instance of a scheduling benchmark.

    Attributes:
        makespan: of the best schedule found.
        bound: lower bound.
        best_known: makespan, where the folder says.
        gap_percent: to the best known makespan, where there is one.
        start: of every job, in the file's order.
        mode: of every job, from 1.
        seconds: that the search took; it stops early where the schedule is proven shortest.
        plain_cp_sat: makespan that CP-SAT alone found in the same time, or null.
    """

    makespan: int
    bound: int
    best_known: int | None
    gap_percent: float | None
    start: tuple[int, ...]
    mode: tuple[int, ...]
    seconds: float
    plain_cp_sat: int | None = None


class ScheduleBenchmark(BenchmarkResult):
    """What `optimus benchmark schedule --json` prints.

    Attributes:
        instances: by file, relative to the folder.
        mean_gap_percent: to the best known makespans, over the instances that have one.
        seconds_each: that each search may take, s.
    """

    instances: dict[str, InstanceResult]
    mean_gap_percent: float | None
    seconds_each: float
