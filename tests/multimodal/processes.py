"""Several processes that compute together, as on several GPUs."""

import gc
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import distributed, multiprocessing

SECONDS = 300  # until processes are taken to wait for each other for ever


def meet(rank: int, work: Callable[[int, str], None], folder: str, count: int) -> None:
    """Do a share of the work in one of the processes.

    All that refers to the group of processes is gone when the group is: the last part
    of a `DistributedDataParallel` to go would wait for a thread that waits for it.
    """
    torch.set_num_threads(1)
    file = f"file://{folder}/meeting"
    distributed.init_process_group("gloo", file, rank=rank, world_size=count)
    work(rank, folder)
    gc.collect()
    distributed.destroy_process_group()


def run_in_processes(
    work: Callable[[int, str], None], folder: Path, count: int
) -> list:
    """Run `work(rank, folder)` in several processes; return what each saved.

    Args:
        work: a function of a module, which saves its result as `RANK.pt` in the folder.
        folder: empty.
        count: number of processes.
    Raises:
        TimeoutError: they haven't ended in time.
    """
    arguments = (work, str(folder), count)
    processes = multiprocessing.spawn(meet, arguments, nprocs=count, join=False)
    deadline = time.monotonic() + SECONDS
    while not processes.join(timeout=5):  # an error in one of them is raised here
        if time.monotonic() > deadline:
            for process in processes.processes:
                process.kill()
            raise TimeoutError(f"{count} processes haven't ended after {SECONDS} s")
    return [torch.load(folder / f"{rank}.pt") for rank in range(count)]
