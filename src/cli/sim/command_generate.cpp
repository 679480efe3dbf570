// retz-sim generate: workloads that no machine ever saw. retz-sim convert: those of others, as
// Standard Workload Format or CSV.
#include <cmath>
#include <iostream>
#include <memory>

#include "cli/arguments.hpp"
#include "cli/sim/files.hpp"
#include "cli/sim/sim.hpp"
#include "retz/json.hpp"
#include "retz/workload.hpp"

namespace retz::cli {

namespace {

bool is_swf(const std::string& path) {
  return path.ends_with(".swf");
}

int write(const std::string& path, const Workload& workload) {
  const auto written = write_file(path, is_swf(path) ? to_swf(workload) : to_csv(workload));
  if (!written) return complain({written.error().code, written.error().message, "--out"});
  if (path != "-") std::cerr << path << ": " << workload.jobs.size() << " jobs\n";
  return 0;
}

int finish(const std::string& path, const Result<Workload>& workload) {
  if (workload) return write(path, *workload);
  return complain({workload.error().code, workload.error().message, "--" + workload.error().field});
}

struct Generated {
  std::string out = "-";
  LublinOptions lublin = {};
  BatchMixOptions mix = {};
  double cpus = 32;
  std::string mem = "128GiB";
  std::uint32_t gpus = 0;
};

int generate_mix(Generated& options) {
  if (!(options.cpus >= 0.001) || options.cpus > 1e6) {
    return complain({Errc::invalid_argument, "must be from 0.001 to 1000000", "--cpus"});
  }
  const auto mem = mebibytes_from_text(options.mem);
  if (!mem || *mem <= 0) {
    return complain({Errc::invalid_argument, "must be an amount of memory, 128GiB", "--mem"});
  }
  options.mix.node.amounts.cpus = std::llround(options.cpus * 1000);
  options.mix.node.amounts.mem = *mem;
  options.mix.node.gpus.resize(options.gpus);
  return finish(options.out, generate_batch_mix(options.mix));
}

template <class Options>
void add_shared(CLI::App& command, std::string& out, Options& options) {
  command.add_option("--out,-o", out,
                     "Where to write: FILE.swf, else CSV; - is the standard output");
  command.add_option("--jobs", options.jobs, "How many")->check(whole_number_from(1));
  command.add_option("--load", options.load,
                     "Work submitted, in parts of what the machines can do: from 0.001 to 1000");
  command.add_option("--seed", options.seed, "Equal seeds give equal files")
      ->check(whole_number_from(0));
}

}  // namespace

void add_generate_command(CLI::App& app, Sim& sim) {
  auto options = std::make_shared<Generated>();
  CLI::App* command = app.add_subcommand("generate", "Make a workload");
  command->require_subcommand(1);
  CLI::App* lublin = command->add_subcommand("lublin", "Rigid jobs after Lublin and Feitelson");
  add_shared(*lublin, options->out, options->lublin);
  lublin->add_option("--processors", options->lublin.processors, "Of the machine")
      ->check(whole_number_from(1));
  lublin->callback([options, &sim] {
    sim.action = [options] { return finish(options->out, generate_lublin(options->lublin)); };
  });
  CLI::App* mix =
      command->add_subcommand("batch_mix", "Nightly batches of jobs that fill part of a node");
  add_shared(*mix, options->out, options->mix);
  mix->add_option("--nodes", options->mix.nodes, "How many nodes the load is for")
      ->check(whole_number_from(1));
  mix->add_option("--cpus", options->cpus, "Of each of them");
  mix->add_option("--mem", options->mem, "Of each of them");
  mix->add_option("--gpus", options->gpus, "Of each of them")->check(CLI::Range(0, 1000));
  mix->callback([options, &sim] { sim.action = [options] { return generate_mix(*options); }; });
}

void add_convert_command(CLI::App& app, Sim& sim) {
  struct Conversion {
    std::string in = {}, out = {};
    std::int64_t processors = 0;
    bool strict = false;
  };
  auto options = std::make_shared<Conversion>();
  CLI::App* command = app.add_subcommand("convert", "Write a workload in the other format");
  command->add_option("IN", options->in, "SWF or CSV; .gz too")->required();
  command->add_option("OUT", options->out, "FILE.swf, else CSV; - is the standard output")
      ->required();
  command
      ->add_option("--processors", options->processors,
                   "Of the log's machine, where its header (a CSV has none) does not tell")
      ->check(whole_number_from(1));
  command->add_flag("--strict", options->strict, "Lines that cannot be read refuse the file");
  command->callback([options, &sim] {
    sim.action = [options] {
      const Malformed malformed = options->strict ? Malformed::refused : Malformed::skipped;
      auto workload =
          read_workload(options->in, {.processors = options->processors, .malformed = malformed});
      if (!workload) {
        const bool unknown_size = workload.error().field == "processors";
        return complain({workload.error().code, workload.error().message,
                         unknown_size ? "--processors" : "IN"});
      }
      warn_of_malformed(*workload, options->in);
      if (options->processors > 0) workload->processors = options->processors;
      if (is_swf(options->out) && workload->processors == 0) {
        std::cerr << "retz-sim: " << options->out
                  << ": the machine is taken to be as large as the largest job; --processors "
                     "says what it is\n";
      }
      return write(options->out, *workload);
    };
  });
}

}  // namespace retz::cli
