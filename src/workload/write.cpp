// Workloads as text, for other programs and to be read again.
#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <string>
#include <unordered_map>

#include "retz/workload.hpp"
#include "workload/csv_reader.hpp"
#include "workload/lines.hpp"

namespace retz {
namespace {

using workload::append_decimal;
using workload::append_field;
using workload::append_seconds;

std::int64_t whole_seconds(Duration time) {
  return std::chrono::ceil<std::chrono::seconds>(time).count();
}

// Users by number: of "u12" it is 12, others get the next that is free.
class UserNumbers {
 public:
  explicit UserNumbers(const Workload& workload) {
    for (const WorkloadJob& job : workload.jobs) {
      if (const auto number = of_log(job.user); number >= 0) next_ = std::max(next_, number + 1);
    }
  }
  std::int64_t of(const std::string& user) {
    if (user.empty()) return -1;
    if (const auto number = of_log(user); number >= 0) return number;
    const auto [entry, is_new] = numbers_.emplace(user, next_);
    if (is_new) ++next_;
    return entry->second;
  }

 private:
  static std::int64_t of_log(const std::string& user) {
    std::int64_t number = -1;
    if (user.size() < 2 || user.size() > 10 || user[0] != 'u') return -1;
    const char* const end = user.data() + user.size();
    const auto [stop, error] = std::from_chars(user.data() + 1, end, number);
    const bool written_so = stop == end && "u" + std::to_string(number) == user;
    return error == std::errc{} && written_so ? number : -1;
  }
  std::int64_t next_ = 1;
  std::unordered_map<std::string, std::int64_t> numbers_;
};

std::int64_t whole_cpus(const WorkloadJob& job) {
  return std::max<std::int64_t>(1, (job.request.amounts.cpus + 999) / 1000);
}

struct CsvColumn {
  const char* name;
  bool (*given)(const WorkloadJob& job);  // by any job: else the column is left out
  void (*append)(std::string& out, const WorkloadJob& job);
};

void append_models(std::string& out, const WorkloadJob& job) {
  std::string all;
  for (const std::string& model : job.request.gpus.models) all += (all.empty() ? "" : "|") + model;
  append_field(out, all);
}

bool always(const WorkloadJob& /*job*/) {
  return true;
}

constexpr CsvColumn csv_columns[] = {
    {"number", always, [](auto& out, auto& job) { out += std::to_string(job.number); }},
    {"submit", always, [](auto& out, auto& job) { append_seconds(out, job.submit); }},
    {"run", always, [](auto& out, auto& job) { append_seconds(out, job.run); }},
    {"estimate", [](auto& job) { return job.estimate != job.run; },
     [](auto& out, auto& job) { append_seconds(out, job.estimate); }},
    {"cpus", always,
     [](auto& out, auto& job) { append_decimal(out, job.request.amounts.cpus, 3); }},
    {"mem", [](auto& job) { return job.request.amounts.mem != 0; },
     [](auto& out, auto& job) { out += std::to_string(job.request.amounts.mem); }},
    {"disk", [](auto& job) { return job.request.amounts.disk != 0; },
     [](auto& out, auto& job) { out += std::to_string(job.request.amounts.disk); }},
    {"gpus", [](auto& job) { return job.request.gpus.devices != 0; },
     [](auto& out, auto& job) { out += std::to_string(job.request.gpus.devices); }},
    {"gpu_share", [](auto& job) { return job.request.gpus.share != 0; },
     [](auto& out, auto& job) { append_decimal(out, job.request.gpus.share, 3); }},
    {"gpu_models", [](auto& job) { return !job.request.gpus.models.empty(); }, append_models},
    {"user", [](auto& job) { return !job.user.empty(); },
     [](auto& out, auto& job) { append_field(out, job.user); }},
    {"priority", [](auto& job) { return job.priority != 0; },
     [](auto& out, auto& job) { out += std::to_string(job.priority); }},
    {"start", [](auto& job) { return job.recorded_start.has_value(); },
     [](auto& out, auto& job) {
       if (job.recorded_start) append_seconds(out, *job.recorded_start);
     }},
};

void append_after(std::string& out, const Workload& workload, const WorkloadJob& job) {
  const char* between = "";
  for (const std::uint32_t other : job.after) {
    out += between + std::to_string(workload.jobs[other].number);
    between = "|";
  }
}

void append_custom(std::string& out, const WorkloadJob& job, const std::string& name) {
  for (const CustomAmount& custom : job.request.amounts.custom) {
    if (custom.name == name) append_decimal(out, custom.amount, 3);
  }
}

}  // namespace

std::string to_swf(const Workload& workload) {
  std::int64_t processors = workload.processors;
  for (const WorkloadJob& job : workload.jobs) processors = std::max(processors, whole_cpus(job));
  std::string out = "; Version: 2.2\n; MaxJobs: " + std::to_string(workload.jobs.size()) +
                    "\n; MaxRecords: " + std::to_string(workload.jobs.size()) +
                    "\n; MaxProcs: " + std::to_string(processors) + "\n";
  UserNumbers users(workload);
  for (const WorkloadJob& job : workload.jobs) {
    const std::int64_t cpus = whole_cpus(job);
    const std::int64_t mem = job.request.amounts.mem * 1024 / cpus;  // KiB a processor
    const std::int64_t wait =
        job.recorded_start ? whole_seconds(*job.recorded_start - job.submit) : -1;
    // Wait, run, processors, cpu time, memory, and what was requested of each; status, user, ...
    const std::int64_t fields[] = {
        static_cast<std::int64_t>(job.number),
        std::chrono::floor<std::chrono::seconds>(job.submit).count(),
        wait,
        whole_seconds(job.run),
        cpus,
        -1,
        -1,
        cpus,
        whole_seconds(job.estimate),
        mem > 0 ? mem : -1,
        1,
        users.of(job.user),
    };
    for (const std::int64_t field : fields) out += std::to_string(field) + ' ';
    out += "-1 -1 -1 -1 -1 -1\n";
  }
  return out;
}

std::string to_csv(const Workload& workload) {
  std::vector<const CsvColumn*> columns;
  const auto any = [&](auto given) {
    return std::any_of(workload.jobs.begin(), workload.jobs.end(), given);
  };
  for (const CsvColumn& column : csv_columns) {
    if (column.given == always || any(column.given)) columns.push_back(&column);
  }
  const bool waits = any([](const WorkloadJob& job) { return !job.after.empty(); });
  std::set<std::string> customs;
  for (const WorkloadJob& job : workload.jobs) {
    for (const CustomAmount& custom : job.request.amounts.custom) customs.insert(custom.name);
  }
  std::string out;
  for (const CsvColumn* column : columns)
    out += (out.empty() ? "" : ",") + std::string(column->name);
  if (waits) out += ",after";
  for (const std::string& name : customs) {
    out += ',';
    append_field(out, "custom." + name);
  }
  out += '\n';
  for (const WorkloadJob& job : workload.jobs) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) out += ',';
      columns[i]->append(out, job);
    }
    if (waits) {
      out += ',';
      append_after(out, workload, job);
    }
    for (const std::string& name : customs) {
      out += ',';
      append_custom(out, job, name);
    }
    out += '\n';
  }
  return out;
}

}  // namespace retz
