// Files that retz-sim reads and writes.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "retz/result.hpp"
#include "retz/workload.hpp"

namespace retz::cli {

/// "-" is the standard output. Error: io_error naming the path.
Result<void> write_file(const std::string& path, const std::string& text);
Result<std::string> read_file(const std::string& path);
/// Before a long run: that `path`, which is written at its end, can be. Nothing where it is empty.
/// `document`: the standard output holds one already. Error: invalid_argument, io_error; `field` is
/// `option`.
Result<void> check_output(const std::string& path, const char* option, bool document);

/// Bytes that are no UTF-8, which names of files may hold, become U+FFFD. `indent` -1: one line.
std::string json_text(const nlohmann::ordered_json& json, int indent = -1);

/// `retz-sim: OPTION: what is wrong` on the standard error. Returns 2.
int complain(const Error& error);

/// That a simulation has no figures, on the standard error. Returns 1.
int complain_of_no_job();

/// What was wrong with lines that were left out, on the standard error.
void warn_of_malformed(const Workload& workload, const std::string& path);

}  // namespace retz::cli
