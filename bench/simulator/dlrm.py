"""The instances of Alibaba's disaggregated DLRM trace (NSDI'25) as a workload, and nodes for it.

    dlrm.py TRACE.csv.gz LOAD WORKLOAD.csv NODES.csv

An instance becomes a job: submitted at its creation, running until its deletion (in the trace its
wait was short). Rows without both times, or with none between them, are left out and counted. The
trace tells no machines: nodes here are alike and large enough for every instance, and so many that
the cpu time asked for is LOAD times what they have from the first creation to the last one.
`max_instance_per_node` is not kept. Memory and disk are GiB in the trace; rdma is a share of the
network card in per cent.
"""
import csv
import gzip
import sys

GPUS, CPUS, MEM_GIB, DISK_GIB, RDMA = 2, 192, 1152, 2048, 200


def number(text):
    return float(text) if text else 0.0


def jobs_of(path):
    with gzip.open(path, "rt") as file:
        rows = list(csv.DictReader(file))
    jobs = []
    for row in rows:
        if not row["creation_time"] or not row["deletion_time"]:
            continue
        submit, end = float(row["creation_time"]), float(row["deletion_time"])
        if round(end - submit) > 0:
            jobs.append((round(submit), round(end - submit), row))
    return sorted(jobs, key=lambda job: job[0]), len(rows)


def main(trace, load, workload, nodes):
    jobs, rows = jobs_of(trace)
    with open(workload, "w") as out:
        out.write("number,submit,run,cpus,mem,disk,gpus,user,custom.rdma\n")
        for i, (submit, run, row) in enumerate(jobs, 1):
            out.write(f"{i},{submit},{run},{row['cpu_request']},"
                      f"{round(number(row['memory_request']) * 1024)},"
                      f"{round(number(row['disk_request']) * 1024)},"
                      f"{int(number(row['gpu_request']))},{row['app_name']},"
                      f"{number(row['rdma_request']):g}\n")
    span = jobs[-1][0] - jobs[0][0]
    work = sum(run * number(row["cpu_request"]) for _, run, row in jobs)
    count = max(1, round(work / (CPUS * span * float(load))))
    with open(nodes, "w") as out:
        out.write("name,cpus,mem,disk,gpus,gpu_model,custom.rdma\n")
        for i in range(1, count + 1):
            out.write(f"node{i:04},{CPUS},{MEM_GIB * 1024},{DISK_GIB * 1024},{GPUS},gpu,{RDMA}\n")
    print(f"{len(jobs)} jobs, {rows - len(jobs)} of {rows} rows left out, {count} nodes, "
          f"offered load {work / (CPUS * span * count):.3f}", file=sys.stderr)


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
