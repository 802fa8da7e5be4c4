"""How much memory a program may still take: of the machine, its container, or a GPU."""

from pathlib import Path

import psutil
import torch

CGROUPS, MEMBERSHIP = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")
# limit, use, and the part of the use that is given back when others need it
CGROUP_FILES = {
    2: ("memory.max", "memory.current", "inactive_file"),
    1: ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
}


def free_in_cgroup(folder: Path, version: int) -> int | None:
    """Read how many bytes a control group of Linux has left; None without a limit."""
    limit, used, spare = CGROUP_FILES[version]
    try:
        numbers = [(folder / name).read_text().strip() for name in (limit, used)]
        lines = (folder / "memory.stat").read_text().splitlines()
    except OSError:
        return None
    stat = dict(line.split() for line in lines)
    if not all(number.isdigit() for number in numbers):
        return None  # "max" is no limit
    return int(numbers[0]) - int(numbers[1]) + int(stat.get(spare, 0))


def free_in_container(
    cgroups: Path = CGROUPS, membership: Path = MEMBERSHIP
) -> int | None:
    """Give how many bytes the container, or any group around it, has left.

    Docker, Kubernetes and batch systems limit memory by control groups of Linux, and a
    program that takes more is killed, whatever the machine has.

    Args:
        cgroups: where they are mounted.
        membership: the file that names this process's groups.
    Returns:
        The least that any of them has left; None where there is no limit.
    """
    try:
        lines = membership.read_text().splitlines()
    except OSError:
        return None
    found = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        root = cgroups / "memory" if controllers else cgroups
        folder = root / path.strip("/")
        for place in [folder, *folder.parents]:
            free = free_in_cgroup(place, version=1 if controllers else 2)
            found += [] if free is None else [max(free, 0)]
            if place == root:
                break
    return min(found, default=None)


def free_memory(device: str | torch.device = "cpu") -> int:
    """Give how many bytes are free: of a GPU, or of this machine and container."""
    if torch.device(device).type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    limits = [psutil.virtual_memory().available, free_in_container()]
    return min(limit for limit in limits if limit is not None)
