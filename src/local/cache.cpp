#include "local/cache.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

namespace retz::local {
namespace {

namespace fs = std::filesystem;

/// Names the entry; two URIs with one name take turns, because the description tells them apart.
std::string key_of(const std::string& uri) {
  std::uint64_t hash = 14695981039346656037ULL;  // FNV-1a
  for (const char c : uri) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  std::string out;
  for (int i = 0; i < 16; ++i, hash >>= 4U) out += "0123456789abcdef"[hash & 0xFU];
  return out;
}

fs::path with(fs::path path, const char* end) {
  path += end;
  return path;
}

std::string read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

tl::unexpected<Error> cannot(const std::string& what) {
  return fail(Errc::io_error, "cannot " + what + " in the cache: " + std::strerror(errno));
}

}  // namespace

Cache::Cache(fs::path directory, std::int64_t size_max_mib)
    : directory_(std::move(directory)), size_max_(size_max_mib << 20) {}

Result<Cache::Entry> Cache::obtain(const Source& source, const launch::Descriptor* local,
                                   const Allowance& allowance) {
  const std::string key = key_of(source.uri);
  {
    std::unique_lock lock(mutex_);
    const auto is_free = [&] { return !busy_.contains(key); };
    while (!freed_.wait_for(lock, std::chrono::milliseconds(200), is_free)) {
      if (auto allowed = allowance.check(); !allowed) return tl::unexpected(allowed.error());
    }
    busy_.insert(key);
  }
  auto entry = refresh(source, local, allowance, key);
  {
    const std::lock_guard lock(mutex_);
    busy_.erase(key);
    if (entry) evict(entry->path);
  }
  freed_.notify_all();
  return entry;
}

Result<Cache::Entry> Cache::refresh(const Source& source, const launch::Descriptor* local,
                                    const Allowance& allowance, const std::string& key) {
  const fs::path file = directory_ / key;
  const fs::path about = with(file, ".about");
  std::string wanted = source.uri + "\n";
  if (local != nullptr) {
    struct stat now = {};
    if (fstat(local->get(), &now) != 0) return cannot("look at the source");
    wanted += stamp(now);
  }
  const bool have = read_text(about) == wanted && fs::exists(file);
  if (local == nullptr || !have) {
    const auto renewed = renew(source, local, allowance, file, have);
    if (!renewed) return tl::unexpected(renewed.error());
  }
  std::ofstream(about, std::ios::binary | std::ios::trunc) << wanted;  // its time: the last use
  Entry entry{.path = file, .file = launch::Descriptor(open(file.c_str(), O_RDONLY | O_CLOEXEC))};
  if (!entry.file) return cannot("open " + key);
  return entry;
}

/// False: what is there is up to date.
Result<bool> Cache::renew(const Source& source, const launch::Descriptor* local,
                          const Allowance& allowance, const fs::path& file, bool have) {
  const fs::path draft = with(file, ".draft");
  const fs::path etag = with(file, ".etag");
  unlink(draft.c_str());
  const launch::Descriptor to(open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!to) return cannot("make a file");
  bool unchanged = false;
  if (local != nullptr) {
    lseek(local->get(), 0, SEEK_SET);
    if (auto copied = copy_file(local->get(), to.get(), allowance); !copied) {
      return tl::unexpected(copied.error());
    }
  } else {
    const auto got = download(source, to.get(), allowance, etag, have ? file : fs::path());
    if (!got) {
      unlink(draft.c_str());
      return tl::unexpected(got.error());
    }
    unchanged = got->unchanged;
  }
  if (unchanged) {
    unlink(draft.c_str());
    return false;
  }
  // Readable and executable by whoever gets a link, writable by nobody: jobs share it.
  if (fchmod(to.get(), 0555) != 0 || rename(draft.c_str(), file.c_str()) != 0) {
    return cannot("finish a file");
  }
  unlink(etag.c_str());
  rename(with(etag, ".new").c_str(), etag.c_str());
  return true;
}

void Cache::evict(const fs::path& keep) {
  struct Old {
    fs::file_time_type used;
    fs::path file;
    std::int64_t size = 0;
  };
  std::vector<Old> all;
  std::int64_t total = 0;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(directory_, none)) {
    if (entry.path().has_extension()) continue;
    const auto size = static_cast<std::int64_t>(entry.file_size(none));
    all.push_back({fs::last_write_time(with(entry.path(), ".about"), none), entry.path(), size});
    total += size;
  }
  std::sort(all.begin(), all.end(), [](const Old& a, const Old& b) { return a.used < b.used; });
  for (const auto& old : all) {
    if (total <= size_max_) return;
    if (old.file == keep || busy_.contains(old.file.filename())) continue;
    for (const char* end : {"", ".about", ".etag"}) fs::remove(with(old.file, end), none);
    total -= old.size;
  }
}

}  // namespace retz::local
