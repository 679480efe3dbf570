"""Other tools that run N times `true`, two at once: seconds taken, each started afresh."""
import os
import shutil
import subprocess
import tempfile
import time


def _timed(command, **options):
    begun = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                   **options)
    return time.monotonic() - begun


def _xargs(jobs, _folder):
    numbers = "\n".join(map(str, range(jobs))).encode()
    return _timed(["xargs", "-P2", "-n1", "true"], input=numbers)


def _parallel(jobs, folder):
    numbers = "\n".join(map(str, range(jobs))).encode()
    environment = {**os.environ, "HOME": str(folder)}
    return _timed(["parallel", "--will-cite", "-j2", "true"], input=numbers, env=environment)


def _task_spooler(jobs, folder):
    environment = {**os.environ, "TS_SOCKET": f"{folder}/tsp", "TS_SLOTS": "2",
                   "TMPDIR": str(folder)}
    script = (f"i=0; while [ $i -lt {jobs} ]; do tsp -n true; i=$((i+1)); done; "
              "while tsp | grep -qE ' (running|queued) '; do sleep 0.01; done")
    try:
        return _timed(["sh", "-c", script], env=environment)
    finally:
        subprocess.run(["tsp", "-K"], env=environment, check=False)


def _nq(jobs, folder):
    with tempfile.TemporaryDirectory(dir=folder) as queue:
        script = f"i=0; while [ $i -lt {jobs} ]; do nq -q true; i=$((i+1)); done; nq -w"
        return _timed(["sh", "-c", script], env={**os.environ, "NQDIR": queue}, cwd=queue)


def installed():
    """{name: run(jobs, folder) -> seconds} of the peers that this machine has."""
    known = {"task-spooler": ("tsp", _task_spooler), "GNU parallel": ("parallel", _parallel),
             "xargs": ("xargs", _xargs), "nq (one at a time)": ("nq", _nq)}
    return {name: run for name, (program, run) in known.items() if shutil.which(program)}
