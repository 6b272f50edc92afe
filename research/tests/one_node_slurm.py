"""A real Slurm of one node on this computer, from Debian's packages slurm-wlm and munge, without systemd.

    with one_node_slurm(folder) as environ:      # SLURM_CONF names the cluster of this block
        subprocess.run(["sinfo"], env=os.environ | environ)

It needs root, because munge checks the owner of its key. Nothing is installed by it.
"""

import os
import platform
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol", "scancel", "sinfo")
_CONF = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmdPort={node_port}
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket,cred_expire=5
CredType=cred/munge
ProctrackType=proctrack/pgid
TaskPlugin=task/none
ReturnToService=2
SlurmUser=root
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
KillWait=5
SchedulerParameters=sched_interval=2,bf_interval=2
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=4000 State=UNKNOWN
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def why_not() -> str:
    """The reason for which it cannot run here, "" if it can."""
    missing = [program for program in PROGRAMS if _program(program) is None]
    if missing:
        return f"no {missing[0]}: on Debian, apt install slurm-wlm munge"
    return "" if os.geteuid() == 0 else "Slurm and munge are started as root"


@contextmanager
def one_node_slurm(folder: Path) -> Iterator[dict[str, str]]:
    """Start munge and Slurm; the variables that name this cluster; both are ended by their process ids."""
    for name in ("munge", "state", "spool"):
        (folder / name).mkdir(parents=True, mode=0o755)
    key, conf = folder / "munge" / "key", folder / "slurm.conf"
    key.write_bytes(secrets.token_bytes(1024))
    key.chmod(0o400)
    port = 20_000 + os.getpid() % 10_000
    conf.write_text(_CONF.format(host=platform.node(), folder=folder, port=port, node_port=port + 1))
    environ = {"SLURM_CONF": str(conf)}
    places = {"socket": "socket", "key-file": "key", "pid-file": "pid", "log-file": "log", "seed-file": "seed"}
    munge = ["munged", "--foreground", "--force", *(f"--{name}={folder}/munge/{at}" for name, at in places.items())]
    started = []
    try:
        for name, *options in (munge, ["slurmctld", "-D", "-c"], ["slurmd", "-D"]):
            command = [str(_program(name)), *options]
            with (folder / f"{name}.out").open("wb") as out:
                started.append(subprocess.Popen(command, env=os.environ | environ, stdout=out, stderr=out))
            time.sleep(1.0)
        _wait_until_idle(folder, os.environ | environ)
        yield environ
    finally:
        for process in reversed(started):
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            if process.poll() is None:
                process.kill()
                process.wait()
        _kill_steps(folder)


def _kill_steps(folder: Path) -> None:
    """Kill what outlives the daemons: a job that was still running keeps its steps, which write to slurmd's log."""
    log = str(folder / "slurmd.log")
    for process in psutil.process_iter(["name"]):
        with suppress(psutil.Error):
            if process.info["name"] == "slurmstepd" and any(file.path == log for file in process.open_files()):
                for child in process.children(recursive=True):
                    child.kill()
                process.kill()


def _wait_until_idle(folder: Path, environ: dict[str, str]) -> None:
    end, command = time.monotonic() + 60, ["sinfo", "--noheader", "--format=%t"]
    while time.monotonic() < end:
        listed = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=30)
        if listed.stdout.strip() == "idle":
            return
        time.sleep(0.5)
    logs = "\n".join(f"{path.name}: {path.read_text()[-600:]}" for path in folder.glob("*.out"))
    raise RuntimeError(f"no idle node: {listed.stdout} {listed.stderr} {logs}")


def _program(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
