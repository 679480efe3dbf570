// retz-sim compare: workloads under policies, with seeds, side by side.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <memory>

#include <nlohmann/json.hpp>

#include "cli/arguments.hpp"
#include "cli/sim/command_line.hpp"
#include "cli/sim/comparison.hpp"
#include "cli/sim/files.hpp"
#include "cli/sim/policy_word.hpp"
#include "cli/sim/sim.hpp"
#include "retz/json.hpp"

namespace retz::cli {

namespace {

constexpr const char* shake_by_default = "10m";
constexpr std::size_t seeds_max = 1000;

struct CompareOptions {
  RunConfig config = {};  // what all runs have in common
  std::vector<std::string> workloads = {};
  std::vector<std::string> policies = {};
  std::size_t seeds = 1;
  MatrixOptions matrix = {};
  std::string report = {};
  bool csv = false;
};

/// A line that is written anew on a terminal each second; elsewhere now and then.
class ProgressLine {
 public:
  void tell(const Progress& now) {
    using std::chrono::steady_clock;
    const auto time = steady_clock::now();
    const bool last = now.done == now.all;
    const auto every = terminal_ ? std::chrono::seconds(1) : std::chrono::seconds(15);
    if (!last && time - told_ < every) return;
    if (last && !terminal_ && told_ == begin_) return;  // short runs need no progress
    told_ = time;
    const std::chrono::duration<double> taken = time - begin_;
    std::string line = std::to_string(now.done) + " of " + std::to_string(now.all) + " runs";
    if (now.kept > 0) line += ", " + std::to_string(now.kept) + " kept from before";
    line += ", " + std::to_string(std::lround(taken.count())) + " s";
    const std::size_t computed = now.done - now.kept;
    if (!last && computed > 0) {
      const double left =
          taken.count() / static_cast<double>(computed) * static_cast<double>(now.all - now.done);
      line += ", about " + std::to_string(std::lround(left)) + " s left";
    }
    std::cerr << (terminal_ ? "\r\033[K" : "") << "retz-sim: " << line
              << (terminal_ && !last ? "" : "\n") << std::flush;
  }

 private:
  bool terminal_ = ::isatty(STDERR_FILENO) == 1;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point told_ = begin_;
};

/// "logs/KTH-SP2.swf.gz" is KTH-SP2.
std::string short_name(const std::string& file) {
  std::filesystem::path name = std::filesystem::path(file).filename();
  if (name.extension() == ".gz") name = name.stem();
  if (name.extension() == ".swf" || name.extension() == ".csv") name = name.stem();
  return name.string();
}

/// Whole paths only where short names are equal.
std::vector<std::string> shown_names(const std::vector<std::string>& files) {
  std::vector<std::string> out;
  for (const std::string& file : files) {
    const auto same = std::count_if(files.begin(), files.end(), [&](const std::string& other) {
      return short_name(other) == short_name(file);
    });
    out.push_back(same == 1 ? short_name(file) : file);
  }
  return out;
}

/// Those that use the same workload follow each other.
Result<std::vector<Cell>> cells_of(const CompareOptions& options) {
  std::vector<Cell> cells;
  for (std::size_t w = 0; w < options.workloads.size(); ++w) {
    for (std::size_t s = 0; s < options.seeds; ++s) {
      for (std::size_t p = 0; p < options.policies.size(); ++p) {
        auto config = with_policy(options.config, options.policies[p]);
        if (!config) return tl::unexpected(config.error());
        config->workload = options.workloads[w];
        config->seed += s;
        cells.push_back({.workload = w,
                         .policy = p,
                         .seed = s,
                         .config = *std::move(config),
                         .label = options.policies[p]});
      }
    }
  }
  return cells;
}

Result<void> check_lists(const CompareOptions& options) {
  const auto twice = [](const std::vector<std::string>& words) -> const std::string* {
    for (std::size_t i = 0; i < words.size(); ++i) {
      for (std::size_t k = 0; k < i; ++k) {
        if (words[i] == words[k]) return &words[i];
      }
    }
    return nullptr;
  };
  if (const auto* word = twice(options.policies)) {
    return fail(Errc::invalid_argument, "\"" + *word + "\" is given twice", "--policy");
  }
  if (const auto* word = twice(options.workloads)) {
    return fail(Errc::invalid_argument, "\"" + *word + "\" is given twice", "--workload");
  }
  if (options.seeds < 1 || options.seeds > seeds_max) {
    return fail(Errc::invalid_argument, "must be a number from 1 to 1000", "--seeds");
  }
  return {};
}

/// Without it, each seed could give the same run. Returns whether nobody asked for it. Where the
/// user asks for none, nothing is left that would refuse a workload.
bool shake_by_seed(CompareOptions& options) {
  std::string& shake = options.config.shake;
  if (options.seeds > 1 && shake.empty()) {
    shake = shake_by_default;
    return true;
  }
  if (const auto most = duration_from_text(shake); most && *most == Duration{0}) shake.clear();
  return false;
}

/// The page beside the files of the runs where none is named.
std::string page_of(const CompareOptions& options) {
  if (!options.report.empty() || options.matrix.folder.empty()) return options.report;
  return (std::filesystem::path(options.matrix.folder) / "report.html").string();
}

Result<void> write_page(const std::string& file, const Report& report) {
  if (file.empty()) return {};
  const auto page = html_report(report);
  if (!page) return tl::unexpected(page.error());
  const auto written = write_file(file, *page);
  if (!written) return fail(written.error().code, written.error().message, "--report");
  if (file != "-") std::cerr << "retz-sim: report in " << file << "\n";
  return {};
}

bool any_job_ran(const std::vector<Compared>& rows) {
  return std::any_of(rows.begin(), rows.end(), [](const Compared& row) { return row.ran > 0; });
}

int compare(CompareOptions options, const Sim& sim) {
  if (auto fine = check_lists(options); !fine) return complain(fine.error());
  const bool document = sim.json || options.csv;
  if (auto fine = check_output(options.report, "--report", document); !fine) {
    return complain(fine.error());
  }
  const bool shaken_unasked = shake_by_seed(options);
  const auto cells = cells_of(options);
  if (!cells) return complain(cells.error());
  options.matrix.program = program_digest();
  ProgressLine line;
  const auto results =
      run_matrix(*cells, options.matrix, [&line](const Progress& now) { line.tell(now); });
  if (!results) {
    Error error = results.error();
    const bool unasked = shaken_unasked && error.field == "--shake";
    return complain(unasked ? Error{error.code,
                                    "several move submissions, but " + error.message +
                                        "; --shake 0s moves none",
                                    "--seeds"}
                            : error);
  }
  const Comparison what{.workloads = shown_names(options.workloads),
                        .policies = options.policies,
                        .seeds = options.seeds,
                        .shake = options.config.shake,
                        .command = command_line()};
  const std::vector<Compared> rows = compared(what, *cells, *results);
  if (sim.json) {
    std::cout << json_text(comparison_json(what, rows, *results), 2) << "\n";
  } else if (options.csv) {
    std::cout << comparison_csv(rows);
  } else {
    std::cout << comparison_text(what, rows);
  }
  const auto written =
      write_page(page_of(options), comparison_report(what, rows, *cells, *results));
  if (!written) return complain(written.error());
  return any_job_ran(rows) ? 0 : complain_of_no_job();
}

}  // namespace

void add_compare_command(CLI::App& app, Sim& sim) {
  auto options = std::make_shared<CompareOptions>();
  CLI::App* command =
      app.add_subcommand("compare", "Play workloads under several policies, side by side");
  add_run_options(*command, options->config);
  // Of these there are several here, or a policy says them.
  for (const char* own : {"--workload", "--ordering", "--planner", "--backfill-order", "--fit"}) {
    command->remove_option(command->get_option(own));
  }
  command->add_option("--workload,-w", options->workloads, "What to play; may be given repeatedly")
      ->required();
  command
      ->add_option("--policy,-p", options->policies,
                   "ORDERING+PLANNER[+FIT][,backfill=ORDERING][,bound=72h][,estimates=...]\n"
                   "[,events=...]; may be given repeatedly. The others are compared to the first")
      ->required();
  command->add_option("--seeds", options->seeds,
                      "How many runs of each; with more than one, submissions are shaken\n"
                      "(by 10m; --shake 0s: not at all)");
  command->add_option("--out", options->matrix.folder,
                      "Folder for a file a run and report.html; what is there is not run again");
  command->add_option("--workers", options->matrix.workers, "Runs at a time; else one a core")
      ->check(whole_number_from(0));
  command->add_option("--report", options->report, "HTML page to write");
  command->add_flag("--csv", options->csv, "Print comma-separated values");
  command->callback(
      [options, &sim] { sim.action = [options, &sim] { return compare(*options, sim); }; });
}

}  // namespace retz::cli
