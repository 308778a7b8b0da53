"""One completion at a time, for tests of rewards that judge whole batches."""

from r1cli.data.rows import Row
from r1cli.rewards.base import Reward
from r1cli.template import Completion


def value_of(reward: Reward, completion: Completion, row: Row) -> float | None:
    """The unweighted reward of one completion."""
    return reward.outcomes([completion], [row])[0].value
