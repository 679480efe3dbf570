#include "pool/dimensions.hpp"

#include "model/gpus.hpp"

namespace retz::pool {

bool Dimensions::learn(const Amounts& amounts) {
  bool added = false;
  for (const CustomAmount& c : amounts.custom) {
    added = names_.try_emplace(c.name, count()).second || added;
  }
  return added;
}

void Dimensions::fill(const Amounts& amounts, Row& row) const {
  row.assign(count(), 0);
  row[cpus] = amounts.cpus;
  row[mem] = amounts.mem;
  row[disk] = amounts.disk;
  for (const CustomAmount& c : amounts.custom) {
    if (const auto at = names_.find(c.name); at != names_.end()) row[at->second] = c.amount;
  }
}

bool Dimensions::need(const Request& request, Row& row) const {
  fill(request.amounts, row);
  row[ports] = request.ports;
  row[whole_gpus] = model::whole_devices(request.gpus);
  row[gpu_share] = request.gpus.share;
  for (const CustomAmount& c : request.amounts.custom) {
    if (!names_.contains(c.name)) return false;
  }
  return true;
}

void Dimensions::add(const Amounts& amounts, Row& row) const {
  row[cpus] += amounts.cpus;
  row[mem] += amounts.mem;
  row[disk] += amounts.disk;
  for (const CustomAmount& c : amounts.custom) {
    if (const auto at = names_.find(c.name); at != names_.end()) row[at->second] += c.amount;
  }
}

void Dimensions::subtract(const Amounts& amounts, Row& row) const {
  row[cpus] -= amounts.cpus;
  row[mem] -= amounts.mem;
  row[disk] -= amounts.disk;
  for (const CustomAmount& c : amounts.custom) {
    if (const auto at = names_.find(c.name); at != names_.end()) row[at->second] -= c.amount;
  }
}

void Dimensions::amounts(const Row& row, Amounts& out) const {
  out.cpus = row[cpus];
  out.mem = row[mem];
  out.disk = row[disk];
  std::size_t count = 0;
  for (const auto& [name, dimension] : names_) {
    if (row[dimension] == 0) continue;
    if (count == out.custom.size()) out.custom.emplace_back();
    out.custom[count].name = name;
    out.custom[count++].amount = row[dimension];
  }
  out.custom.resize(count);
}

std::string Dimensions::name(std::size_t dimension) const {
  switch (dimension) {
    case cpus:
      return "cpus";
    case mem:
      return "mem";
    case disk:
      return "disk";
    case ports:
      return "ports";
    case whole_gpus:
      return "gpus";
    case gpu_share:
      return "gpus.share";
    default:
      break;
  }
  for (const auto& [name, d] : names_) {
    if (d == dimension) return "custom." + name;
  }
  return "unknown";
}

}  // namespace retz::pool
