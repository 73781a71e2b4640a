"""What a referee says of matches."""

from collections.abc import Sequence

from envs.match import DRAWN
from envs.referees.judges import MATCH_JUDGES
from envs.referees.recording import Recording
from orchestrator.evaluation.judging import summed_up
from orchestrator.records import Judgement
from orchestrator.selfplay.config import SelfPlayConfig
from orchestrator.selfplay.play import PlayedMatch


def judge_matches(
    config: SelfPlayConfig, matches: Sequence[PlayedMatch], recordings: Sequence[Recording]
) -> Judgement | None:
    """Have recorded matches judged: whether their results are what the recorded states give.

    `claimed` counts those that somebody won, `confirmed` those of them to which the referee gives the same winner; a
    draw in which it sees a winner is a fault.

    Args:
        config: of the run.
        matches: the first of them are those recorded.
        recordings: to be judged.
    """
    if not recordings:
        return None
    asked = config.evaluated.model_dump(mode="json")
    found = [MATCH_JUDGES[config.task](recording, asked) for recording in recordings]
    claims = [match.score for match in matches[: len(found)]]
    for claim, findings in zip(claims, found, strict=True):
        if claim == DRAWN != findings.score:
            findings.fault("a match that was won counts as drawn")
    decided = [(c, f) for c, f in zip(claims, found, strict=True) if c not in (None, DRAWN)]
    confirmed = sum(claim == findings.score and not findings.faults for claim, findings in decided)
    return summed_up(found, len(decided), confirmed, figures={})
