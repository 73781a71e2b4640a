"""What language models answer: good replies, and everything else."""

import json

from orchestrator.planner.catalogue import packages_of
from orchestrator.planner.config import LlmConfig, PlanConfig
from orchestrator.planner.goal import read_goal
from orchestrator.planner.llm import LlmProposer
from orchestrator.planner.proposal import phase_needs

GOAL = "a plant for 20 MWh of cells a month near Austin, with 50 robots"


def goal_of(text=GOAL):
    return read_goal(PlanConfig(goal=text), "test")


def good_reply(goal=None, **changes):
    """A graph of phases, each after those that it needs."""
    needs = phase_needs(packages_of((goal or goal_of()).factory))
    tasks = [{"work": phase, "after": after} for phase, after in needs.items()]
    return {"tasks": tasks, "assumptions": ["The soil is firm."], **changes}


def proposer(replies, **keys):
    """An LLM proposer whose model answers these, one after another; it keeps what it was told in `asked`."""
    from pydantic_ai.messages import ModelResponse, TextPart
    from pydantic_ai.models.function import FunctionModel

    asked = []
    queue = iter(replies)

    async def answer(messages, info):
        asked.append((messages, info))
        reply = next(queue)
        if isinstance(reply, Exception):
            raise reply
        return ModelResponse(parts=[TextPart(reply if isinstance(reply, str) else json.dumps(reply))])

    made = LlmProposer(
        LlmConfig(**keys), FunctionModel(answer, profile={"supports_json_schema_output": True})
    )
    return made, asked
