// Workloads as comma-separated values with named columns: all that a job may ask for.
#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "retz/workload.hpp"
#include "workload/csv_reader.hpp"
#include "workload/lines.hpp"

namespace retz {
namespace {

using workload::CsvReader;
using workload::read_decimal;

enum class Kind : std::uint8_t {
  number,
  submit,
  run,
  estimate,
  cpus,
  mem,
  disk,
  gpus,
  gpu_share,
  gpu_models,
  user,
  priority,
  start,
  after,
  custom,
};

struct Name {
  std::string_view text;
  Kind kind;
};
constexpr std::array names{
    Name{"number", Kind::number},
    Name{"submit", Kind::submit},
    Name{"run", Kind::run},
    Name{"estimate", Kind::estimate},
    Name{"cpus", Kind::cpus},
    Name{"mem", Kind::mem},
    Name{"disk", Kind::disk},
    Name{"gpus", Kind::gpus},
    Name{"gpu_share", Kind::gpu_share},
    Name{"gpu_models", Kind::gpu_models},
    Name{"user", Kind::user},
    Name{"priority", Kind::priority},
    Name{"start", Kind::start},
    Name{"after", Kind::after},
};
constexpr std::string_view custom_prefix = "custom.";
constexpr std::int64_t micro = 1'000'000;
constexpr std::int64_t amount_max = 1'000'000'000'000;

struct Column {
  Kind kind = Kind::number;
  std::string name = {};  // of a custom scalar
};

std::string known_names() {
  std::string text;
  for (const Name& name : names) text += std::string(name.text) + ", ";
  return text + "custom.NAME";
}

Result<std::vector<Column>> read_columns(const CsvReader& reader) {
  const auto refused = [&](const std::string& why) {
    return fail(Errc::invalid_argument, "line " + std::to_string(reader.line()) + ": " + why);
  };
  if (!reader.complaint().empty()) return refused(reader.complaint());
  std::vector<Column> columns;
  std::vector<std::string> seen;
  for (std::size_t i = 0; i < reader.size(); ++i) {
    const std::string& text = reader.field(i);
    if (std::find(seen.begin(), seen.end(), text) != seen.end()) {
      return refused("column \"" + text + "\" is there twice");
    }
    seen.push_back(text);
    const auto* const known = std::find_if(names.begin(), names.end(),
                                           [&](const Name& name) { return name.text == text; });
    if (known != names.end()) {
      columns.push_back({known->kind});
    } else if (text.starts_with(custom_prefix) && text.size() > custom_prefix.size()) {
      columns.push_back({Kind::custom, text.substr(custom_prefix.size())});
    } else {
      return refused("unknown column \"" + text + "\"; there are " + known_names());
    }
  }
  for (const char* needed : {"submit", "run"}) {
    if (std::find(seen.begin(), seen.end(), needed) == seen.end()) {
      return refused(std::string("there is no column \"") + needed + "\"");
    }
  }
  return columns;
}

// Whether `text` is a number of at least 0, in units of 1 / `unit`.
bool read_amount(const std::string& text, std::int64_t unit, std::int64_t& out) {
  return read_decimal(text, unit, out) && out >= 0 && out <= amount_max * unit;
}

bool read_time(const std::string& text, Duration& out) {
  std::int64_t value = 0;
  if (!read_decimal(text, micro, value)) return false;
  out = Duration(value);
  return true;
}

std::vector<std::string> read_models(const std::string& text) {
  std::vector<std::string> models;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('|', at), text.size());
    if (end > at) models.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  std::sort(models.begin(), models.end());
  models.erase(std::unique(models.begin(), models.end()), models.end());
  return models;
}

template <class Number>
bool read_whole(const std::string& text, std::int64_t least, Number& out) {
  std::int64_t value = 0;
  if (!read_decimal(text, 1, value) || value < least) return false;
  if (value > static_cast<std::int64_t>(std::numeric_limits<std::int32_t>::max()) &&
      sizeof(Number) < sizeof(std::int64_t)) {
    return false;
  }
  out = static_cast<Number>(value);
  return true;
}

// What was asked for, or nothing where the field is good.
const char* read_request(const Column& column, const std::string& text, Request& request) {
  std::int64_t amount = 0;
  switch (column.kind) {
    case Kind::cpus:
      return read_amount(text, 1000, request.amounts.cpus)
                 ? nullptr
                 : "a number of cpus from 0 on, with at most three decimals";
    case Kind::mem:
      return read_amount(text, 1, request.amounts.mem) ? nullptr : "a whole number of MiB";
    case Kind::disk:
      return read_amount(text, 1, request.amounts.disk) ? nullptr : "a whole number of MiB";
    case Kind::gpus:
      return read_whole(text, 0, request.gpus.devices) ? nullptr : "a whole number of devices";
    case Kind::gpu_share:
      if (!read_decimal(text, 1000, amount) || amount < 0 || amount >= 1000) {
        return "a part of a device from 0 to 0.999";
      }
      request.gpus.share = static_cast<std::int32_t>(amount);
      return nullptr;
    case Kind::gpu_models:
      request.gpus.models = read_models(text);
      return nullptr;
    default:  // custom
      if (!read_amount(text, 1000, amount)) {
        return "a number from 0 on, with at most three decimals";
      }
      if (amount > 0) request.amounts.custom.push_back({column.name, amount});
      return nullptr;
  }
}

const char* read_field(const Column& column, const std::string& text, WorkloadJob& job) {
  constexpr const char* a_time = "a number of seconds";
  Duration time{0};
  switch (column.kind) {
    case Kind::number:
      return read_whole(text, 0, job.number) ? nullptr : "a whole number from 0 on";
    case Kind::submit:
      return read_time(text, job.submit) ? nullptr : a_time;
    case Kind::run:
      return read_time(text, job.run) ? nullptr : a_time;
    case Kind::estimate:
      return read_time(text, job.estimate) ? nullptr : a_time;
    case Kind::start:
      if (!read_time(text, time)) return a_time;
      job.recorded_start = time;
      return nullptr;
    case Kind::user:
      job.user = text;
      return nullptr;
    case Kind::priority:
      return read_whole(text, -1'000'000, job.priority) ? nullptr : "a whole number";
    default:
      return read_request(column, text, job.request);
  }
}

class Reading {
 public:
  Reading(std::string_view text, const CsvOptions& options) : reader_(text), options_(options) {}

  Result<Workload> finish() {
    if (!reader_.next()) {
      return fail(Errc::invalid_argument, "the first line must name the columns: " + known_names());
    }
    auto columns = read_columns(reader_);
    if (!columns) return tl::unexpected(columns.error());
    columns_ = std::move(*columns);
    while (reader_.next()) {
      WorkloadJob job;
      job.number = reader_.line() - 1;
      job.request.amounts.cpus = 1000;
      after_.clear();
      const std::string complaint = read_line(job);
      if (!complaint.empty()) {
        auto noted = workload::note(workload_, options_.malformed, {reader_.line(), complaint});
        if (!noted) return tl::unexpected(noted.error());
      } else {
        add(std::move(job));
      }
    }
    if (auto linked = link(); !linked) return tl::unexpected(linked.error());
    return std::move(workload_);
  }

 private:
  std::string read_line(WorkloadJob& job) {
    if (!reader_.complaint().empty()) return reader_.complaint();
    if (reader_.size() != columns_.size()) {
      return std::to_string(reader_.size()) + " fields where the first line names " +
             std::to_string(columns_.size());
    }
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::string& text = reader_.field(i);
      if (text.empty()) continue;
      const char* wanted = columns_[i].kind == Kind::after
                               ? (read_after(text) ? nullptr : "numbers of jobs, 3|17")
                               : read_field(columns_[i], text, job);
      if (wanted != nullptr) {
        return name_of(columns_[i]) + " is \"" + text + "\" but must be " + wanted;
      }
    }
    if (job.request.gpus.devices > 0 && job.request.gpus.share > 0) {
      return "gpus and gpu_share exclude each other";
    }
    auto& custom = job.request.amounts.custom;
    std::sort(custom.begin(), custom.end());
    return {};
  }

  static std::string name_of(const Column& column) {
    if (column.kind == Kind::custom) return std::string(custom_prefix) + column.name;
    for (const Name& name : names) {
      if (name.kind == column.kind) return std::string(name.text);
    }
    return {};
  }

  bool read_after(const std::string& text) {
    for (const std::string& one : read_models(text)) {
      std::uint64_t number = 0;
      if (!read_whole(one, 0, number)) return false;
      after_.push_back(number);
    }
    return true;
  }

  void add(WorkloadJob job) {
    if (job.run <= Duration{0} || job.submit < Duration{0}) {
      ++workload_.dropped;
      return;
    }
    if (job.estimate <= Duration{0}) job.estimate = job.run;
    job.run = std::min(job.run, job.estimate);
    if (!after_.empty()) waits_.push_back({workload_.jobs.size(), reader_.line(), after_});
    workload_.jobs.push_back(std::move(job));
  }

  // Numbers of jobs become places in the workload.
  Result<void> link() {
    if (waits_.empty()) return {};
    std::unordered_map<std::uint64_t, std::uint32_t> places;
    for (std::size_t i = 0; i < workload_.jobs.size(); ++i) {
      places.emplace(workload_.jobs[i].number, static_cast<std::uint32_t>(i));
    }
    for (const Waits& waits : waits_) {
      for (const std::uint64_t number : waits.numbers) {
        const auto place = places.find(number);
        if (place == places.end()) {
          return fail(Errc::invalid_argument, "line " + std::to_string(waits.line) +
                                                  ": after names job " + std::to_string(number) +
                                                  ", which is not there");
        }
        workload_.jobs[waits.job].after.push_back(place->second);
      }
    }
    return {};
  }

  struct Waits {
    std::size_t job = 0;
    std::size_t line = 0;
    std::vector<std::uint64_t> numbers = {};
  };

  CsvReader reader_;
  CsvOptions options_;
  std::vector<Column> columns_;
  std::vector<std::uint64_t> after_;  // of the line
  std::vector<Waits> waits_;
  Workload workload_;
};

}  // namespace

Result<Workload> parse_csv(std::string_view text, const CsvOptions& options) {
  return Reading(text, options).finish();
}

}  // namespace retz
