"""What is free is the least of what the machine and its container have."""

from pathlib import Path

import psutil
import pytest
import torch

from multimodal.memory import free_in_container, free_memory

GB = 10**9


def group(folder: Path, limit, used: int, spare: int = 0, version: int = 2) -> None:
    """Write the files of a control group as Linux has them."""
    names = {2: ("memory.max", "memory.current", "inactive_file")}
    names[1] = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
    limit_name, used_name, spare_name = names[version]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / limit_name).write_text(f"{limit}\n")
    (folder / used_name).write_text(f"{used}\n")
    (folder / "memory.stat").write_text(f"anon 5\n{spare_name} {spare}\n")


def membership(folder: Path, *lines: str) -> Path:
    file = folder / "cgroup"
    file.write_text("".join(f"{line}\n" for line in lines))
    return file


def test_a_limit_counts_without_what_can_be_given_back(tmp_path):
    group(tmp_path / "box", 4 * GB, 3 * GB, spare=GB)
    file = membership(tmp_path, "0::/box")
    assert free_in_container(tmp_path, file) == 2 * GB


def test_the_tightest_of_the_groups_around_counts(tmp_path):
    group(tmp_path / "slice" / "box", 8 * GB, GB)
    group(tmp_path / "slice", 6 * GB, 5 * GB)
    file = membership(tmp_path, "0::/slice/box")
    assert free_in_container(tmp_path, file) == GB
    group(tmp_path / "slice", "max", 5 * GB)
    assert free_in_container(tmp_path, file) == 7 * GB


def test_older_systems_keep_memory_apart(tmp_path):
    group(tmp_path / "memory" / "docker" / "x", 3 * GB, GB, GB // 2, version=1)
    file = membership(tmp_path, "9:cpu:/other", "4:memory:/docker/x", "0::/")
    assert free_in_container(tmp_path, file) == 2 * GB + GB // 2


def test_in_a_container_the_path_may_be_that_of_the_host(tmp_path):
    """Then the group is what is mounted, and no folder has the path's name."""
    group(tmp_path / "memory", 3 * GB, 2 * GB, version=1)
    file = membership(tmp_path, "4:cpuacct,memory:/docker/not-here")
    assert free_in_container(tmp_path, file) == GB


def test_more_used_than_allowed_is_nothing_free(tmp_path):
    group(tmp_path, 2 * GB, 3 * GB)
    assert free_in_container(tmp_path, membership(tmp_path, "0::/")) == 0


def test_systems_without_groups_have_no_limit(tmp_path):
    assert free_in_container(tmp_path, tmp_path / "missing") is None
    assert free_in_container(tmp_path, membership(tmp_path, "0::/nowhere")) is None


@pytest.mark.parametrize(
    ("limit", "expected"), [(GB, GB), (9 * GB, 4 * GB), (None, 4 * GB)]
)
def test_the_smaller_of_machine_and_container_is_free(monkeypatch, limit, expected):
    class Machine:
        available = 4 * GB

    monkeypatch.setattr(psutil, "virtual_memory", Machine)
    monkeypatch.setattr("multimodal.memory.free_in_container", lambda: limit)
    assert free_memory() == expected


def test_a_gpu_says_itself_what_is_free(monkeypatch):
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (3 * GB, 8 * GB))
    assert free_memory("cuda") == 3 * GB
    assert free_memory(torch.device("cuda", 0)) == 3 * GB


def test_here_something_is_free():
    assert 0 < free_memory() <= psutil.virtual_memory().total
