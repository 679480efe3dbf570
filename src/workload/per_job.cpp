// The table of a schedule, job by job.
#include <string>

#include "retz/simulator.hpp"
#include "workload/csv_reader.hpp"
#include "workload/lines.hpp"

namespace retz {

std::string per_job_csv(const Workload& workload, const std::vector<SimulatedNode>& nodes,
                        const Simulation& simulation) {
  std::string out = "job,user,submit,start,end,node,cores\n";
  for (const SimulatedJob& ran : simulation.jobs) {
    const WorkloadJob& job = workload.jobs[ran.job];
    out += std::to_string(job.number) + ',';
    workload::append_field(out, job.user);
    for (const Duration time : {job.submit, ran.start, ran.end}) {
      out += ',';
      workload::append_seconds(out, time);
    }
    out += ',';
    workload::append_field(out, nodes[ran.node].name);
    out += ',';
    workload::append_decimal(out, job.request.amounts.cpus, 3);
    out += '\n';
  }
  return out;
}

}  // namespace retz
