// Nodes and pods of the trace alibaba-gpu-v2023, by named columns.
#include <algorithm>
#include <map>
#include <set>

#include "retz/experiment.hpp"
#include "workload/csv_reader.hpp"
#include "workload/gzip_file.hpp"
#include "workload/lines.hpp"

namespace retz {
namespace {

using workload::CsvReader;

constexpr std::int64_t amount_max = 1'000'000'000;
constexpr std::int64_t devices_max = 1'000;

/// A table whose first line names its columns.
class Columns {
 public:
  explicit Columns(std::string_view text) : reader_(text) {}

  Result<void> open(std::initializer_list<const char*> needed) {
    if (reader_.next()) {
      for (std::size_t i = 0; i < reader_.size(); ++i) {
        if (at_.emplace(reader_.field(i), i).second) continue;
        return fail(Errc::invalid_argument,
                    "the first line names column \"" + reader_.field(i) + "\" twice",
                    reader_.field(i));
      }
    }
    columns_ = reader_.size();
    for (const char* name : needed) {
      if (at_.contains(name)) continue;
      return fail(Errc::invalid_argument,
                  "the first line names no column \"" + std::string(name) + "\"", name);
    }
    return {};
  }
  /// Whether there is another line.
  Result<bool> next() {
    if (!reader_.next()) return false;
    std::string why = reader_.complaint();
    if (why.empty() && reader_.size() != columns_) {
      why = std::to_string(reader_.size()) + " fields where the first line names " +
            std::to_string(columns_);
    }
    if (why.empty()) return true;
    return fail(Errc::invalid_argument, "line " + std::to_string(reader_.line()) + ": " + why);
  }

  /// Empty where there is no such column.
  std::string text(const char* column) const {
    const auto at = at_.find(column);
    if (at == at_.end()) return {};
    return reader_.field(at->second);
  }
  Result<std::int64_t> number(const char* column, std::int64_t most) const {
    std::int64_t value = 0;
    if (!workload::read_decimal(text(column), 1, value) || value < 0 || value > most) {
      return wrong(column, "is \"" + text(column) + "\" but must be a whole number from 0 to " +
                               std::to_string(most));
    }
    return value;
  }
  tl::unexpected<Error> wrong(const char* column, const std::string& why) const {
    return fail(Errc::invalid_argument,
                "line " + std::to_string(reader_.line()) + ": " + column + " " + why, column);
  }

 private:
  CsvReader reader_;
  std::size_t columns_ = 0;
  std::map<std::string, std::size_t, std::less<>> at_;
};

std::vector<std::string> parts(const std::string& text, char separator) {
  std::vector<std::string> found;
  std::size_t begin = 0;
  while (begin <= text.size() && !text.empty()) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    if (end > begin) found.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return found;
}

Result<Request> read_pod(const Columns& line) {
  const auto cpus = line.number("cpu_milli", amount_max);
  if (!cpus) return tl::unexpected(cpus.error());
  const auto mem = line.number("memory_mib", amount_max);
  if (!mem) return tl::unexpected(mem.error());
  const auto devices = line.number("num_gpu", devices_max);
  if (!devices) return tl::unexpected(devices.error());
  Request request;
  request.amounts.cpus = *cpus;
  request.amounts.mem = *mem;
  if (*devices == 0) return request;
  const auto share = line.number("gpu_milli", 1000);
  if (!share) return tl::unexpected(share.error());
  if (*share == 0 || (*share < 1000 && *devices > 1)) {
    return line.wrong("gpu_milli", "must be 1000, or 1 to 999 for a part of one device");
  }
  if (*share < 1000) {
    request.gpus.share = static_cast<std::int32_t>(*share);
  } else {
    request.gpus.devices = static_cast<std::int32_t>(*devices);
  }
  auto& models = request.gpus.models;
  models = parts(line.text("gpu_spec"), '|');
  std::sort(models.begin(), models.end());
  models.erase(std::unique(models.begin(), models.end()), models.end());
  return request;
}

template <class Value>
Result<Value> from_file(const std::string& path, Result<Value> (*parse)(std::string_view)) {
  const auto text = workload::read_text(path, workload::text_limit);
  if (!text) return tl::unexpected(text.error());
  auto value = parse(*text);
  if (!value) value.error().message = path + ": " + value.error().message;
  return value;
}

}  // namespace

Result<std::vector<SimulatedNode>> parse_gpu_nodes(std::string_view text) {
  Columns line(text);
  if (const auto opened = line.open({"sn", "cpu_milli", "memory_mib", "gpu", "model"}); !opened) {
    return tl::unexpected(opened.error());
  }
  std::vector<SimulatedNode> nodes;
  std::set<std::string> names;
  for (;;) {
    const auto more = line.next();
    if (!more) return tl::unexpected(more.error());
    if (!*more) return nodes;
    const auto cpus = line.number("cpu_milli", amount_max);
    if (!cpus) return tl::unexpected(cpus.error());
    const auto mem = line.number("memory_mib", amount_max);
    if (!mem) return tl::unexpected(mem.error());
    const auto devices = line.number("gpu", devices_max);
    if (!devices) return tl::unexpected(devices.error());
    SimulatedNode node;
    node.name = line.text("sn");
    if (node.name.empty()) return line.wrong("sn", "is empty");
    if (!names.insert(node.name).second) {
      return line.wrong("sn", "\"" + node.name + "\" is there twice");
    }
    node.capacity.amounts.cpus = *cpus;
    node.capacity.amounts.mem = *mem;
    for (std::int64_t i = 0; i < *devices; ++i) {
      node.capacity.gpus.push_back({.id = std::to_string(i), .model = line.text("model")});
    }
    nodes.push_back(std::move(node));
  }
}

Result<std::vector<Request>> parse_pods(std::string_view text) {
  Columns line(text);
  if (const auto opened = line.open({"cpu_milli", "memory_mib", "num_gpu", "gpu_milli"}); !opened) {
    return tl::unexpected(opened.error());
  }
  std::vector<Request> pods;
  for (;;) {
    const auto more = line.next();
    if (!more) return tl::unexpected(more.error());
    if (!*more) return pods;
    auto pod = read_pod(line);
    if (!pod) return tl::unexpected(pod.error());
    pods.push_back(*std::move(pod));
  }
}

Result<std::vector<SimulatedNode>> read_gpu_nodes(const std::string& path) {
  return from_file(path, &parse_gpu_nodes);
}

Result<std::vector<Request>> read_pods(const std::string& path) {
  return from_file(path, &parse_pods);
}

}  // namespace retz
