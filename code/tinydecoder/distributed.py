"""Training in several processes: who they are, and how they find each other."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.distributed as dist


@contextmanager
def process_group() -> Iterator[torch.device]:
    """Join the processes that torchrun started; yields the device for the model.

    The device is the process's own GPU (NCCL), or the CPU (Gloo) where there are fewer
    GPUs than processes. Without torchrun there is one process and nothing to join.
    """
    gpus = torch.cuda.device_count()
    if not dist.is_torchelastic_launched():
        yield torch.device("cuda" if gpus else "cpu")
        return
    if sys.platform == "win32":
        # torch for Windows is built without libuv; torchrun itself needs this set too.
        os.environ.setdefault("USE_LIBUV", "0")
    device = torch.device("cpu")
    if gpus >= int(os.environ["LOCAL_WORLD_SIZE"]):
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield device
    finally:
        dist.destroy_process_group()


def rank_and_world() -> tuple[int, int]:
    """This process's number, from 0, and how many there are: (0, 1) for one alone.

    Raises RuntimeError under torchrun outside `with process_group()`: each process would
    train a model of its own, and all would write the same files.
    """
    if not dist.is_available():
        return 0, 1
    if dist.is_initialized():
        return dist.get_rank(), dist.get_world_size()
    if dist.is_torchelastic_launched():
        raise RuntimeError(
            "under torchrun, train inside `with process_group() as device`"
        )
    return 0, 1
