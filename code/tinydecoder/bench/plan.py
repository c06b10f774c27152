"""How much `bench` measures, in a whole run and in a quick one."""

from dataclasses import dataclass

from tinydecoder.config import ModelConfig

TEACHING = ModelConfig.teaching()
BASE = ModelConfig(512, 8, d_ff=2048, n_layers=6)  # the paper's sizes, but pre-norm
TINY = ModelConfig(16, 2, d_ff=32, n_layers=1)


@dataclass(frozen=True)
class Plan:
    """How much one run measures.

    blocks: rounds that count, and the training steps of a model in each. source: tokens
    of each source that is translated. writing: batches, each with the lengths of its
    targets; the one in the middle says which number of threads suits the batch.
    pass_lengths: of the inputs of a forward pass, the middle one as above.
    """

    teaching: ModelConfig = TEACHING
    base: ModelConfig = BASE
    pairs: int = 4000
    batch_size: int = 64
    teaching_blocks: tuple[int, int] = (9, 4)
    base_blocks: tuple[int, int] = (5, 1)
    source: int = 16
    writing: tuple[tuple[int, tuple[int, int, int]], ...] = (
        (1, (16, 64, 256)),
        (32, (16, 64, 128)),
    )
    most_rounds: int = 7
    pass_lengths: tuple[int, int, int] = (64, 256, 512)
    pass_batch: int = 4
    peak_sizes: tuple[int, ...] = (512, 1024, 2048)


QUICK = Plan(
    teaching=TINY,
    base=TINY,
    pairs=64,
    batch_size=8,
    teaching_blocks=(2, 1),
    base_blocks=(2, 1),
    source=4,
    writing=((1, (2, 4, 8)), (2, (2, 4, 8))),
    most_rounds=2,
    pass_lengths=(8, 16, 32),
    peak_sizes=(64,),
)
