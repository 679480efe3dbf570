// Nodes of a modelled cluster, from a table.
#include <algorithm>
#include <string>
#include <vector>

#include "retz/simulator.hpp"
#include "workload/csv_reader.hpp"
#include "workload/gzip_file.hpp"
#include "workload/lines.hpp"

namespace retz {
namespace {

using workload::CsvReader;
using workload::read_decimal;

constexpr std::string_view custom_prefix = "custom.";
// Thousandths or MiB; those of all nodes together stay within 64 bits.
constexpr std::int64_t amount_max = 1'000'000'000'000;
constexpr std::size_t nodes_max = 1'000'000;
constexpr std::int64_t gpus_max = 1'000;

constexpr const char* known_columns =
    ": name, cpus, mem, disk, gpus, gpu_model, custom.NAME; others are attributes";

tl::unexpected<Error> wrong(const CsvReader& reader, const std::string& why) {
  return fail(Errc::invalid_argument, "line " + std::to_string(reader.line()) + ": " + why);
}

bool read_amount(const std::string& text, std::int64_t unit, std::int64_t& out) {
  return read_decimal(text, unit, out) && out >= 0 && out <= amount_max;
}

// A line, column by column; devices come last, since they need number and model.
struct Line {
  SimulatedNode node = {};
  std::int64_t gpus = 0;
  std::string gpu_model = {};
};

// What the column must be, or nothing where the value is good.
const char* read_column(const std::string& column, const std::string& text, Line& line) {
  constexpr const char* a_size = "a whole number of MiB from 0 to 1000000000000";
  Amounts& amounts = line.node.capacity.amounts;
  std::int64_t amount = 0;
  if (column == "name") {
    line.node.name = text;
  } else if (column == "cpus") {
    if (!read_amount(text, 1000, amounts.cpus)) return "a number of cpus from 0 to 1000000000";
  } else if (column == "mem") {
    if (!read_amount(text, 1, amounts.mem)) return a_size;
  } else if (column == "disk") {
    if (!read_amount(text, 1, amounts.disk)) return a_size;
  } else if (column == "gpus") {
    if (!read_amount(text, 1, line.gpus) || line.gpus > gpus_max) {
      return "a number of devices from 0 to 1000";
    }
  } else if (column == "gpu_model") {
    line.gpu_model = text;
  } else if (column.starts_with(custom_prefix)) {
    if (!read_amount(text, 1000, amount)) return "a number from 0 to 1000000000";
    if (amount > 0) amounts.custom.push_back({column.substr(custom_prefix.size()), amount});
  } else {
    line.node.capacity.attributes.push_back({column, text});
  }
  return nullptr;
}

Result<SimulatedNode> read_node(const CsvReader& reader, const std::vector<std::string>& columns) {
  if (!reader.complaint().empty()) return wrong(reader, reader.complaint());
  if (reader.size() != columns.size()) {
    return wrong(reader, std::to_string(reader.size()) + " fields where the first line names " +
                             std::to_string(columns.size()));
  }
  Line line;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string& text = reader.field(i);
    if (text.empty()) continue;
    if (const char* wanted = read_column(columns[i], text, line); wanted != nullptr) {
      return wrong(reader, columns[i] + " is \"" + text + "\" but must be " + wanted);
    }
  }
  if (line.node.name.empty()) return wrong(reader, "name is empty");
  Capacity& capacity = line.node.capacity;
  for (std::int64_t i = 0; i < line.gpus; ++i) {
    capacity.gpus.push_back({.id = std::to_string(i), .model = line.gpu_model});
  }
  std::sort(capacity.amounts.custom.begin(), capacity.amounts.custom.end());
  std::sort(capacity.attributes.begin(), capacity.attributes.end());
  return std::move(line.node);
}

}  // namespace

Result<std::vector<SimulatedNode>> parse_nodes(std::string_view text) {
  CsvReader reader(text);
  if (!reader.next()) {
    return fail(Errc::invalid_argument,
                std::string("the first line must name the columns") + known_columns);
  }
  if (!reader.complaint().empty()) return wrong(reader, reader.complaint());
  std::vector<std::string> columns;
  for (std::size_t i = 0; i < reader.size(); ++i) {
    const std::string& name = reader.field(i);
    if (name.empty() || name == custom_prefix) return wrong(reader, "a column has no name");
    if (std::find(columns.begin(), columns.end(), name) != columns.end()) {
      return wrong(reader, "column \"" + name + "\" is there twice");
    }
    columns.push_back(name);
  }
  for (const char* needed : {"name", "cpus"}) {
    if (std::find(columns.begin(), columns.end(), needed) != columns.end()) continue;
    return wrong(reader, std::string("there is no column \"") + needed + "\"" + known_columns);
  }
  std::vector<SimulatedNode> nodes;
  std::vector<std::string> seen;
  while (reader.next()) {
    auto node = read_node(reader, columns);
    if (!node) return tl::unexpected(node.error());
    if (nodes.size() == nodes_max) return wrong(reader, "there are more than 1000000 nodes");
    seen.push_back(node->name);
    nodes.push_back(*std::move(node));
  }
  std::sort(seen.begin(), seen.end());
  const auto twice = std::adjacent_find(seen.begin(), seen.end());
  if (twice != seen.end()) {
    return fail(Errc::invalid_argument, "two nodes are named \"" + *twice + "\"");
  }
  return nodes;
}

Result<std::vector<SimulatedNode>> read_nodes(const std::string& path) {
  const auto text = workload::read_text(path, workload::text_limit);
  if (!text) return tl::unexpected(text.error());
  auto nodes = parse_nodes(*text);
  if (!nodes) nodes.error().message = path + ": " + nodes.error().message;
  return nodes;
}

}  // namespace retz
