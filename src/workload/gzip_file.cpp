// zlib's gz functions read plain files as they are, so one way serves both.
#include "workload/gzip_file.hpp"

#include <zlib.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

namespace retz::workload {
namespace {

// Of UTF-8, as some spreadsheets write it: no part of the text.
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

struct Close {
  void operator()(gzFile_s* file) const { gzclose(file); }
};

}  // namespace

Result<std::string> read_text(const std::string& path, std::size_t limit) {
  errno = 0;
  const std::unique_ptr<gzFile_s, Close> file(gzopen(path.c_str(), "rb"));
  if (!file) {
    return fail(Errc::io_error, "cannot open " + path + ": " + std::strerror(errno), "path");
  }
  std::string text;
  std::array<char, 1U << 16U> block{};
  for (;;) {
    const int got = gzread(file.get(), block.data(), block.size());
    int code = Z_OK;
    const char* message = gzerror(file.get(), &code);
    // A file cut off in the middle of a block reads to its end and only then reports Z_BUF_ERROR.
    if (got < 0 || code != Z_OK) {
      const std::string why = code == Z_ERRNO ? std::strerror(errno) : message;
      return fail(Errc::io_error, "cannot read " + path + ": " + why, "path");
    }
    if (got == 0) {
      if (text.starts_with(byte_order_mark)) text.erase(0, byte_order_mark.size());
      return text;
    }
    if (text.size() + static_cast<std::size_t>(got) > limit) {
      return fail(Errc::too_large,
                  path + " holds more than " + std::to_string(limit) + " bytes of text", "path");
    }
    text.append(block.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace retz::workload
