#include "cli/sim/matrix.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include <nlohmann/json.hpp>

#include "cli/sim/command_line.hpp"
#include "cli/sim/files.hpp"
#include "retz/report.hpp"

namespace retz::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr int version = 2;
constexpr auto tell_every = std::chrono::milliseconds(500);

/// A file name that people recognise: its letters and digits.
std::string plain(const std::string& text) {
  std::string out;
  for (const char c : std::filesystem::path(text).filename().string()) {
    const bool kept = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '-';
    out += kept ? c : '_';
  }
  return out.substr(0, 60);
}

class Matrix {
 public:
  Matrix(const std::vector<Cell>& cells, const MatrixOptions& options)
      : cells_(cells), options_(options), results_(cells.size()) {}

  Result<void> prepare() {
    for (const Cell& cell : cells_) {
      for (const auto& [file, option] : {std::pair(cell.config.workload, "--workload"),
                                         std::pair(cell.config.nodes_file, "--nodes-file")}) {
        if (file.empty() || inputs_.count(file) > 0) continue;
        auto bytes = read_file(file);
        if (!bytes) return fail(Errc::invalid_argument, bytes.error().message, option);
        inputs_[file] = digest_of(*bytes);
      }
    }
    if (options_.folder.empty()) return {};
    std::error_code error;
    std::filesystem::create_directories(options_.folder, error);
    if (!error) return {};
    return fail(Errc::io_error, "cannot make " + options_.folder + ": " + error.message(), "--out");
  }

  Result<std::vector<CellResult>> run(const std::function<void(const Progress&)>& tell) {
    const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
    const std::size_t wanted = options_.workers == 0 ? cores : options_.workers;
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < std::min(wanted, cells_.size()); ++i) {
      threads.emplace_back([this] { work(); });
    }
    wait(tell);
    for (std::thread& thread : threads) thread.join();
    if (failure_) return tl::unexpected(std::move(*failure_));
    return std::move(results_);
  }

 private:
  /// A workload that a thread has read is used for the cells that follow.
  struct Loaded {
    std::string of = {};
    Workload workload = {};
  };

  void wait(const std::function<void(const Progress&)>& tell) {
    std::unique_lock lock(mutex_);
    const auto ended = [this] { return progress_.done == cells_.size() || failure_; };
    while (!ended()) {
      changed_.wait_for(lock, tell_every, ended);
      Progress now = progress_;
      now.all = cells_.size();
      lock.unlock();
      tell(now);
      lock.lock();
    }
  }

  void work() {
    Loaded loaded;
    while (true) {
      const std::size_t i = next_++;
      if (i >= cells_.size()) return;
      bool kept = false;
      Result<CellResult> result = fail(Errc::internal, "the cell was not run");
      try {
        result = run_cell(cells_[i], loaded, kept);
      } catch (const std::exception& error) {
        result = fail(Errc::internal, error.what());
      }
      const std::scoped_lock lock(mutex_);
      if (failure_) return;
      if (!result) {
        failure_ = std::move(result.error());
        next_ = cells_.size();
        changed_.notify_all();
        return;
      }
      results_[i] = *std::move(result);
      progress_.done += 1;
      progress_.kept += kept ? 1 : 0;
      if (progress_.done == cells_.size()) changed_.notify_all();
    }
  }

  Json identity(const Cell& cell) const {
    Json inputs = Json::object();
    for (const std::string& file : {cell.config.workload, cell.config.nodes_file}) {
      if (!file.empty()) inputs[file] = inputs_.at(file);
    }
    const Json json = {{"retz_cell", version},
                       {"program", options_.program},
                       {"label", cell.label},
                       {"configuration", to_json(cell.config)},
                       {"inputs", std::move(inputs)}};
    return Json::parse(json_text(json));  // as a file holds it
  }

  std::filesystem::path file_of(const Cell& cell, const Json& identity) const {
    const std::string name = plain(cell.config.workload) + "." + plain(cell.label) + "." +
                             std::to_string(cell.config.seed) + "." +
                             digest_of(json_text(identity["configuration"])).substr(0, 8) + ".json";
    return std::filesystem::path(options_.folder) / name;
  }

  std::optional<CellResult> kept(const Cell& cell, const Json& identity) const {
    const auto text = read_file(file_of(cell, identity).string());
    if (!text) return std::nullopt;
    const Json json = Json::parse(*text, nullptr, false);
    if (!json.is_object() || json.value("identity", Json()) != identity) return std::nullopt;
    const auto result = json.find("result"), figures = json.find("figures");
    if (result == json.end() || figures == json.end()) return std::nullopt;
    CellResult out{.result = json_text(*result),
                   .figures = figures->is_null() ? "" : json_text(*figures)};
    if (json.value("digest", Json()) != digest_of(out.result + out.figures)) return std::nullopt;
    return out;
  }

  Result<void> keep(const Cell& cell, const Json& identity, const CellResult& result) const {
    const Json figures = result.figures.empty() ? Json() : Json::parse(result.figures);
    const Json json = {{"identity", identity},
                       {"result", Json::parse(result.result)},
                       {"figures", figures},
                       {"digest", digest_of(result.result + result.figures)}};
    const std::string file = file_of(cell, identity).string();
    const std::string draft = file + "." + std::to_string(::getpid()) + ".tmp";
    if (auto written = write_file(draft, json_text(json) + "\n"); !written) {
      return fail(Errc::io_error, written.error().message, "--out");
    }
    std::error_code error;
    std::filesystem::rename(draft, file, error);
    if (!error) return {};
    return fail(Errc::io_error, "cannot write " + file + ": " + error.message(), "--out");
  }

  Result<CellResult> run_cell(const Cell& cell, Loaded& loaded, bool& found) {
    const Json identity = this->identity(cell);
    if (!options_.folder.empty()) {
      if (auto before = kept(cell, identity)) {
        found = true;
        return *std::move(before);
      }
    }
    auto computed = compute(cell, loaded);
    if (!computed || options_.folder.empty()) return computed;
    if (auto written = keep(cell, identity, *computed); !written) {
      return tl::unexpected(written.error());
    }
    return computed;
  }

  /// Once for each file, whatever the number of threads that read it.
  void tell_of_malformed(const Workload& workload, const std::string& file) {
    const std::scoped_lock lock(mutex_);
    if (told_.insert(file).second) warn_of_malformed(workload, file);
  }

  Result<CellResult> compute(const Cell& cell, Loaded& loaded) {
    const RunConfig& config = cell.config;
    const Json of = {config.workload,  config.processors, config.strict,
                     config.estimates, config.shake,      config.seed};
    if (loaded.of != json_text(of)) {
      auto workload = load_workload(config);
      if (!workload) return tl::unexpected(workload.error());
      loaded = {.of = json_text(of), .workload = *std::move(workload)};
      tell_of_malformed(loaded.workload, config.workload);
    }
    const auto prepared = cli::prepare(config, loaded.workload);
    if (!prepared) return tl::unexpected(prepared.error());
    const auto begin = std::chrono::steady_clock::now();
    const auto simulation = simulate(prepared->workload, prepared->options);
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    if (!simulation) return tl::unexpected(simulation.error());
    CellResult out{.result = json_text(result_json(config, *prepared, *simulation, taken.count()))};
    if (cell.seed == 0) {
      out.figures =
          run_figures(cell.label, prepared->workload, prepared->options.nodes, *simulation);
    }
    return out;
  }

  const std::vector<Cell>& cells_;
  const MatrixOptions& options_;
  std::map<std::string, std::string> inputs_;  // files, digests of their bytes
  std::atomic<std::size_t> next_{0};
  std::mutex mutex_;  // of what follows
  std::condition_variable changed_;
  std::set<std::string> told_;
  std::vector<CellResult> results_;
  Progress progress_;
  std::optional<Error> failure_;
};

}  // namespace

Result<std::vector<CellResult>> run_matrix(const std::vector<Cell>& cells,
                                           const MatrixOptions& options,
                                           const std::function<void(const Progress&)>& tell) {
  Matrix matrix(cells, options);
  if (auto ready = matrix.prepare(); !ready) return tl::unexpected(ready.error());
  return matrix.run(tell);
}

}  // namespace retz::cli
