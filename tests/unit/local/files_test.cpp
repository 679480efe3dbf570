// Reading sandboxes that their owners try to turn against us, and clearing them away.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "cluster_fixture.hpp"
#include "launch/descriptor.hpp"
#include "local/cleaner.hpp"
#include "local/files.hpp"

using namespace retz;
namespace fs = std::filesystem;

namespace {

const AttemptRef first{JobId{7}, 1};

struct Box {
  Box() : files(directory.path) {
    fs::create_directories(box);
    test::write(directory.path / "secret", "secret");
  }
  test::Directory directory;
  fs::path box = directory.path / "sandboxes/7/1/box";
  local::Files files;
};

}  // namespace

TEST_CASE("files are listed in order, with size, mode and owner, directories one by one") {
  Box b;
  test::write(b.box / "b", "12345");
  fs::create_directory(b.box / "a");
  test::write(b.box / "a/inner", "x");
  const auto all = b.files.list(first, "");
  REQUIRE(all.has_value());
  REQUIRE(all->size() == 2);
  CHECK((*all)[0].path == "a");
  CHECK(S_ISDIR((*all)[0].mode));
  CHECK((*all)[1].path == "b");
  CHECK((*all)[1].size == 5);
  CHECK(!(*all)[1].owner.empty());
  const auto inner = b.files.list(first, "/a/");
  REQUIRE(inner.has_value());
  REQUIRE(inner->size() == 1);
  CHECK((*inner)[0].path == "a/inner");
  CHECK(b.files.list({JobId{8}, 1}, "").error().code == Errc::not_found);
  CHECK(b.files.list(first, "nothing").error().code == Errc::not_found);
}

TEST_CASE("bytes are read as they are, from any offset") {
  Box b;
  std::string bytes;
  for (int i = 0; i < 100000; ++i) bytes += static_cast<char>(i % 256);
  test::write(b.box / "binary", bytes);
  const auto middle = b.files.read(first, "binary", 50000, 1000);
  REQUIRE(middle.has_value());
  CHECK(middle->data == bytes.substr(50000, 1000));
  CHECK(middle->size == 100000);
  CHECK(b.files.read(first, "binary", 99990, 1000)->data == bytes.substr(99990));
  CHECK(b.files.read(first, "binary", 1 << 20, 10)->data.empty());
  CHECK(b.files.read(first, "binary", -1, 10).error().code == Errc::invalid_argument);
  CHECK(b.files.read(first, "binary", 0, -1).error().code == Errc::invalid_argument);
  CHECK(b.files.read(first, "", 0, 1).error().code == Errc::invalid_argument);
}

TEST_CASE("a file beyond four gigabytes is read at its far end") {
  Box b;
  test::write(b.box / "big", "");
  fs::resize_file(b.box / "big", (std::uintmax_t{5} << 30) + 3);
  const auto end = b.files.read(first, "big", std::int64_t{5} << 30, 100);
  REQUIRE(end.has_value());
  CHECK(end->data == std::string(3, '\0'));
}

TEST_CASE("no path and no link leads out of a sandbox") {
  Box b;
  test::write(b.box / "inside", "ok");
  fs::create_symlink("inside", b.box / "good");
  fs::create_symlink(b.directory.path / "secret", b.box / "absolute");
  fs::create_symlink("../../../../secret", b.box / "relative");
  fs::create_directory_symlink("../../../..", b.box / "up");
  fs::create_symlink("/proc/self/root/etc/passwd", b.box / "magic");
  CHECK(b.files.read(first, "good", 0, 10)->data == "ok");
  for (const std::string path : {"absolute", "relative", "up/secret", "../claim", "magic",
                                 "../../../../secret", "a/../../../secret", "/../../secret"}) {
    const auto got = b.files.read(first, path, 0, 100);
    REQUIRE_MESSAGE(!got.has_value(), path);
    CHECK(got.error().code == Errc::not_found);
    CHECK(!b.files.list(first, path).has_value());
  }
  CHECK(!b.files.read(first, std::string("inside\0x", 8), 0, 10).has_value());
}

TEST_CASE("a named pipe holds nobody up") {
  Box b;
  REQUIRE(mkfifo((b.box / "pipe").c_str(), 0666) == 0);
  CHECK(b.files.read(first, "pipe", 0, 10).error().code == Errc::invalid_argument);
}

namespace {

struct Old {
  Old() {
    options.data = directory.path;
    options.age_max = std::chrono::hours(1);
    options.is_live = [this](AttemptRef ref) { return ref == live; };
    options.used_share = [this] { return used; };
    options.disk_pressure = 0.9;
  }
  void add(int job, int hours_ago) {
    const fs::path path = directory.path / "sandboxes" / std::to_string(job) / "1";
    fs::create_directories(path / "box");
    test::write(path / "exit", "x");
    fs::last_write_time(path / "exit",
                        fs::file_time_type::clock::now() - std::chrono::hours(hours_ago));
  }
  bool there(int job) const {
    return fs::exists(directory.path / "sandboxes" / std::to_string(job) / "1");
  }
  test::Directory directory;
  local::CleanerOptions options;
  AttemptRef live;
  double used = 0.1;
};

}  // namespace

TEST_CASE("sandboxes go by age, those of live attempts never") {
  Old old;
  old.add(1, 5);
  old.add(2, 4);
  old.add(3, 0);
  old.live = {JobId{2}, 1};
  CHECK(local::clean(old.options) == 1);
  CHECK(!old.there(1));
  CHECK(!fs::exists(old.directory.path / "sandboxes/1"));
  CHECK(old.there(2));
  CHECK(old.there(3));
}

TEST_CASE("under disk pressure the oldest go first, and only as many as it takes") {
  Old old;
  old.options.age_max = std::chrono::hours(1000);
  for (int job = 1; job <= 4; ++job) old.add(job, 10 - job);
  old.live = {JobId{1}, 1};
  old.options.used_share = [&] { return old.there(3) ? 0.95 : 0.5; };
  CHECK(local::clean(old.options) == 2);
  CHECK(old.there(1));
  CHECK(!old.there(2));
  CHECK(!old.there(3));
  CHECK(old.there(4));
}

TEST_CASE("a locked claim keeps a sandbox, and a link in it is not followed") {
  Old old;
  old.add(1, 5);
  old.add(2, 5);
  test::write(old.directory.path / "kept", "x");
  fs::create_symlink(old.directory.path, old.directory.path / "sandboxes/2/1/box/out");
  const fs::path claim = old.directory.path / "sandboxes/1/1/claim";
  test::write(claim, "");
  FILE* file = fopen(claim.c_str(), "r");
  REQUIRE(file != nullptr);
  REQUIRE(flock(fileno(file), LOCK_EX) == 0);
  CHECK(local::clean(old.options) == 1);
  CHECK(old.there(1));
  CHECK(fs::exists(old.directory.path / "kept"));
  fclose(file);
  CHECK(local::clean(old.options) == 1);
}

TEST_CASE("a tree of any depth goes, with few descriptors, and odd names do not keep it") {
  Old old;
  old.add(1, 5);
  const fs::path box = old.directory.path / "sandboxes/1/1/box";
  launch::Descriptor at(open(box.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (int level = 0; level < 5000; ++level) {  // longer than any path may be
    REQUIRE(mkdirat(at.get(), "deeper", 0700) == 0);
    close(openat(at.get(), "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0400));
    at = launch::Descriptor(openat(at.get(), "deeper", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    REQUIRE(at);
  }
  at.reset();
  for (int i = 0; i < 3; ++i) {  // names that the removal gives itself
    fs::create_directories(box.parent_path() / (".removed." + std::to_string(i)) / "x");
  }
  test::write(box.parent_path() / ".removed.3", "");
  rlimit before = {};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit few = {64, before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_NOFILE, &few) == 0);
  const std::size_t removed = local::clean(old.options);
  setrlimit(RLIMIT_NOFILE, &before);
  CHECK(removed == 1);
  CHECK(!old.there(1));
}
