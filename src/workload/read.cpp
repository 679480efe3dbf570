// A workload in a file, of whichever format it is.
#include <algorithm>

#include "retz/workload.hpp"
#include "workload/csv_reader.hpp"
#include "workload/gzip_file.hpp"
#include "workload/lines.hpp"

namespace retz {
namespace {

bool names_submit(std::string_view text) {
  workload::CsvReader reader(text);
  if (!reader.next()) return false;
  for (std::size_t i = 0; i < reader.size(); ++i) {
    if (reader.field(i) == "submit") return true;
  }
  return false;
}

Result<Workload> of_file(const std::string& path, Result<Workload> read) {
  if (!read) read.error().message = path + ": " + read.error().message;
  return read;
}

}  // namespace

Result<Workload> read_workload(const std::string& path, const SwfOptions& options) {
  const auto text = workload::read_text(path, workload::text_limit);
  if (!text) return tl::unexpected(text.error());
  if (!names_submit(*text)) return of_file(path, parse_swf(*text, options));
  return of_file(path, parse_csv(*text, {.malformed = options.malformed}));
}

Result<Workload> read_swf(const std::string& path, const SwfOptions& options) {
  const auto text = workload::read_text(path, workload::text_limit);
  if (!text) return tl::unexpected(text.error());
  return of_file(path, parse_swf(*text, options));
}

}  // namespace retz
