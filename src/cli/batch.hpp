// Batches of jobs: one JSON object a line.
#pragma once

#include <cstddef>
#include <istream>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "retz/result.hpp"

namespace retz::cli {

struct BatchLine {
  std::size_t number = 0;  // in the file, from 1
  std::string text;        // the job's JSON, defaults filled in
};

/// Reads and checks every line before anything is sent; empty lines and lines that begin with "#"
/// are skipped. What a line leaves out comes from `defaults`. Error: invalid_argument naming
/// origin, line and field.
Result<std::vector<BatchLine>> read_batch(std::istream& in, const std::string& origin,
                                          const nlohmann::json& defaults);

/// A server's error about "jobs[3].resources.cpus" told as one about the line that holds the job.
/// `first` is the index in `lines` of the request's first job.
Error located(Error error, const std::vector<BatchLine>& lines, std::size_t first,
              const std::string& origin);

}  // namespace retz::cli
