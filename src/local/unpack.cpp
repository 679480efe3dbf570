#include "local/unpack.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <vector>

#include "launch/descriptor.hpp"
#include "local/beneath.hpp"

namespace retz::local {
namespace {

struct Free {
  void operator()(archive* a) const { archive_free(a); }
};
using Handle = std::unique_ptr<archive, Free>;

std::string said(archive* a) {
  const char* text = archive_error_string(a);
  return text == nullptr ? "the archive is damaged" : text;
}

tl::unexpected<Error> refused(const std::string& path, const std::string& why) {
  return fail(Errc::invalid_argument, "\"" + path + "\" in the archive " + why);
}

bool leads_out(const std::filesystem::path& path) {
  if (path.is_absolute()) return true;
  const auto plain = path.lexically_normal();
  return !plain.empty() && *plain.begin() == "..";
}

bool has_dot_dot(const std::filesystem::path& path) {
  for (const auto& part : path) {
    if (part == "..") return true;
  }
  return false;
}

Result<void> check(archive_entry* entry, std::vector<std::string>& links) {
  const char* raw = archive_entry_pathname(entry);
  const std::filesystem::path path = raw == nullptr ? "" : raw;
  if (path.empty()) return refused("", "has no name");
  if (path.is_absolute() || has_dot_dot(path)) return refused(path, "leads out of the sandbox");
  if (const char* target = archive_entry_hardlink(entry)) {
    if (leads_out(target) || has_dot_dot(target)) {
      return refused(path, std::string("is a hard link that leads out of the sandbox: ") + target);
    }
    return {};
  }
  const auto type = archive_entry_filetype(entry);
  if (type == AE_IFLNK) {
    const char* target = archive_entry_symlink(entry);
    if (target == nullptr ||
        leads_out(target[0] == '/' ? std::filesystem::path(target) : path.parent_path() / target)) {
      return refused(path, "is a link that leads out of the sandbox");
    }
    links.push_back(path);
    return {};
  }
  if (type != AE_IFREG && type != AE_IFDIR)
    return refused(path, "is neither file, directory nor link");
  const auto least = type == AE_IFDIR ? 0700U : 0600U;
  archive_entry_set_perm(entry, (archive_entry_perm(entry) & 0777U) | least);
  return {};
}

Result<void> take(std::int64_t bytes, std::int64_t& taken, const Allowance& allowance) {
  taken += bytes;
  if (taken > allowance.bytes) return too_large();
  return allowance.check();
}

Result<void> copy_data(archive* from, archive* to, const std::string& path, std::int64_t& taken,
                       const Allowance& allowance) {
  while (true) {
    const void* block = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;
    const int r = archive_read_data_block(from, &block, &size, &offset);
    if (r == ARCHIVE_EOF) return {};
    if (r < ARCHIVE_WARN) return refused(path, "cannot be read: " + said(from));
    if (auto ok = take(static_cast<std::int64_t>(size), taken, allowance); !ok) return ok;
    if (archive_write_data_block(to, block, size, offset) < ARCHIVE_WARN) {
      return refused(path, "cannot be written: " + said(to));
    }
  }
}

/// Links that are harmless one by one may lead out together; the kernel knows.
Result<void> check_links(const std::vector<std::string>& links) {
  const launch::Descriptor here(open(".", O_PATH | O_DIRECTORY | O_CLOEXEC));
  for (const auto& link : links) {
    const launch::Descriptor end(open_beneath(here.get(), link, O_PATH));
    if (end || errno != EXDEV) continue;
    for (const auto& each : links) std::filesystem::remove(each);
    return refused(link, "is a link that leads out of the sandbox");
  }
  return {};
}

Handle open_reader(int fd) {
  Handle from(archive_read_new());
  // By name: "all" has filters among them that run programs of the system on a stranger's bytes.
  archive_read_support_filter_gzip(from.get());
  archive_read_support_filter_bzip2(from.get());
  archive_read_support_filter_xz(from.get());
  archive_read_support_filter_zstd(from.get());
  archive_read_support_format_tar(from.get());
  archive_read_support_format_gnutar(from.get());
  archive_read_support_format_zip_seekable(from.get());
  archive_read_support_format_zip_streamable(from.get());
  archive_read_support_format_empty(from.get());
  if (archive_read_open_fd(from.get(), fd, 65536) != ARCHIVE_OK) return nullptr;
  return from;
}

}  // namespace

bool is_archive(std::string_view name) {
  constexpr std::array<std::string_view, 10> ends = {".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2",
                                                     ".tbz", ".tar.xz", ".txz", ".tar.zst", ".zip"};
  for (const auto end : ends) {
    if (name.ends_with(end)) return true;
  }
  return false;
}

Result<std::int64_t> unpack_here(int fd, const Allowance& allowance) {
  const Handle from = open_reader(fd);
  if (!from) return fail(Errc::invalid_argument, "it is no archive that can be unpacked");
  const Handle to(archive_write_disk_new());
  archive_write_disk_set_options(
      to.get(), ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_TIME | ARCHIVE_EXTRACT_SECURE_SYMLINKS |
                    ARCHIVE_EXTRACT_SECURE_NODOTDOT | ARCHIVE_EXTRACT_SECURE_NOABSOLUTEPATHS);
  std::vector<std::string> links;
  std::int64_t taken = 0;
  while (true) {
    archive_entry* entry = nullptr;
    const int r = archive_read_next_header(from.get(), &entry);
    if (r == ARCHIVE_EOF) break;
    if (r < ARCHIVE_WARN) return fail(Errc::invalid_argument, said(from.get()));
    auto safe = check(entry, links);
    if (safe) safe = take(entry_size, taken, allowance);
    if (!safe) return tl::unexpected(safe.error());
    const std::string path = archive_entry_pathname(entry);
    if (archive_write_header(to.get(), entry) < ARCHIVE_WARN) {
      return refused(path, "cannot be made: " + said(to.get()));
    }
    if (archive_entry_size(entry) > 0 || !archive_entry_size_is_set(entry)) {
      const auto copied = copy_data(from.get(), to.get(), path, taken, allowance);
      if (!copied) return tl::unexpected(copied.error());
    }
    if (archive_write_finish_entry(to.get()) < ARCHIVE_WARN) {
      return refused(path, "cannot be finished: " + said(to.get()));
    }
  }
  if (archive_write_close(to.get()) < ARCHIVE_WARN) {
    return fail(Errc::io_error, said(to.get()));
  }
  if (auto safe = check_links(links); !safe) return tl::unexpected(safe.error());
  return taken;
}

}  // namespace retz::local
