// Instances of vector bin packing in VBP format, from a file, a folder or a tar archive.
#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <memory>
#include <string>

#include "retz/experiment.hpp"
#include "workload/gzip_file.hpp"

namespace retz {
namespace {

constexpr std::int64_t items_max = 40'000;  // their product must stay within the shuffle's range
constexpr std::int64_t dimensions_max = 1'000;
constexpr std::size_t text_max = std::size_t{64} << 20U;

/// Whole numbers, whatever blanks lie between them.
class Numbers {
 public:
  explicit Numbers(std::string_view text) : rest_(text) {}

  Result<std::int64_t> next(std::int64_t least, std::int64_t most, const char* what) {
    skip_blanks();
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc{} || value < least || value > most) {
      return fail(Errc::invalid_argument,
                  "line " + std::to_string(line_) + ": " + what + " must be a whole number from " +
                      std::to_string(least) + " to " + std::to_string(most),
                  what);
    }
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }

  Result<void> end() {
    skip_blanks();
    if (rest_.empty()) return {};
    return fail(Errc::invalid_argument,
                "line " + std::to_string(line_) + ": more stands behind the last of the items",
                "items");
  }

 private:
  void skip_blanks() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t' ||
                              rest_.front() == '\r' || rest_.front() == '\n')) {
      if (rest_.front() == '\n') ++line_;
      rest_.remove_prefix(1);
    }
  }

  std::string_view rest_;
  std::size_t line_ = 1;
};

struct Close {
  void operator()(archive* a) const { archive_read_free(a); }
};
using Archive = std::unique_ptr<archive, Close>;

tl::unexpected<Error> unreadable(const std::string& path, const std::string& why) {
  return fail(Errc::io_error, "cannot read " + path + ": " + why, "path");
}

Result<void> add(std::string_view text, const std::filesystem::path& path,
                 std::vector<BinInstance>& instances) {
  auto instance = parse_bins(text, path.stem().string());
  if (!instance) {
    return fail(instance.error().code, path.string() + ": " + instance.error().message,
                instance.error().field);
  }
  instances.push_back(*std::move(instance));
  return {};
}

Result<std::vector<BinInstance>> read_archive(const std::string& path) {
  const Archive from(archive_read_new());
  archive_read_support_filter_all(from.get());
  archive_read_support_format_tar(from.get());
  archive_read_support_format_gnutar(from.get());
  const auto why = [&] {
    const char* text = archive_error_string(from.get());
    return std::string(text != nullptr ? text : "damaged archive");
  };
  if (archive_read_open_filename(from.get(), path.c_str(), 65536) != ARCHIVE_OK) {
    return unreadable(path, why());
  }
  std::vector<BinInstance> instances;
  archive_entry* entry = nullptr;
  for (;;) {
    const int got = archive_read_next_header(from.get(), &entry);
    if (got == ARCHIVE_EOF) return instances;
    if (got < ARCHIVE_WARN) return unreadable(path, why());
    const char* name = archive_entry_pathname(entry);
    const std::filesystem::path inside(name != nullptr ? name : "");
    if (archive_entry_filetype(entry) != AE_IFREG || inside.extension() != ".vbp") continue;
    const auto size = archive_entry_size(entry);
    if (size < 0 || static_cast<std::size_t>(size) > text_max) {
      return fail(Errc::too_large, inside.string() + " is too large", "path");
    }
    std::string text(static_cast<std::size_t>(size), '\0');
    if (archive_read_data(from.get(), text.data(), text.size()) != size) {
      return unreadable(path, why());
    }
    if (const auto added = add(text, inside, instances); !added) {
      return tl::unexpected(added.error());
    }
  }
}

Result<std::vector<BinInstance>> read_folder(const std::string& path) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (auto at = std::filesystem::recursive_directory_iterator(path, error);
       !error && at != std::filesystem::recursive_directory_iterator(); at.increment(error)) {
    if (at->path().extension() == ".vbp") files.push_back(at->path());
  }
  if (error) return unreadable(path, error.message());
  std::vector<BinInstance> instances;
  for (const auto& file : files) {
    const auto text = workload::read_text(file.string(), text_max);
    if (!text) return tl::unexpected(text.error());
    if (const auto added = add(*text, file, instances); !added) {
      return tl::unexpected(added.error());
    }
  }
  return instances;
}

}  // namespace

Result<BinInstance> parse_bins(std::string_view text, std::string name) {
  constexpr std::int64_t size_max = 1'000'000'000'000;
  Numbers numbers(text);
  BinInstance instance;
  instance.name = std::move(name);
  const auto dimensions = numbers.next(1, dimensions_max, "dimensions");
  if (!dimensions) return tl::unexpected(dimensions.error());
  for (std::int64_t d = 0; d < *dimensions; ++d) {
    const auto size = numbers.next(1, size_max, "bin");
    if (!size) return tl::unexpected(size.error());
    instance.bin.push_back(*size);
  }
  const auto lines = numbers.next(0, items_max, "items");
  if (!lines) return tl::unexpected(lines.error());
  for (std::int64_t i = 0; i < *lines; ++i) {
    std::vector<std::int64_t> item;
    for (const std::int64_t most : instance.bin) {
      const auto size = numbers.next(0, most, "size");
      if (!size) return tl::unexpected(size.error());
      item.push_back(*size);
    }
    const auto there = static_cast<std::int64_t>(instance.items.size());
    const auto times = numbers.next(0, items_max - there, "demand");
    if (!times) return tl::unexpected(times.error());
    instance.items.insert(instance.items.end(), static_cast<std::size_t>(*times), item);
  }
  if (const auto end = numbers.end(); !end) return tl::unexpected(end.error());
  return instance;
}

Result<std::vector<BinInstance>> read_bins(const std::string& path) {
  std::error_code error;
  Result<std::vector<BinInstance>> instances;
  if (std::filesystem::is_directory(path, error)) {
    instances = read_folder(path);
  } else if (std::filesystem::path(path).extension() == ".vbp") {
    const auto text = workload::read_text(path, text_max);
    if (!text) return tl::unexpected(text.error());
    instances = std::vector<BinInstance>{};
    if (const auto added = add(*text, path, *instances); !added) {
      return tl::unexpected(added.error());
    }
  } else {
    instances = read_archive(path);
  }
  if (!instances) return instances;
  if (instances->empty()) return unreadable(path, "there is no *.vbp in it");
  std::sort(instances->begin(), instances->end(),
            [](const BinInstance& a, const BinInstance& b) { return a.name < b.name; });
  return instances;
}

}  // namespace retz
