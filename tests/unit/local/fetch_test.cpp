// Application files on their way into sandboxes.
#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>

#include "cluster_fixture.hpp"
#include "http_fixture.hpp"
#include "launch/descriptor.hpp"

using namespace retz;
using retz::test::Host;
namespace fs = std::filesystem;

namespace {

struct Entry {
  std::string path = {}, text = {}, link = {}, hard_link = {};
  unsigned type = AE_IFREG;
};

/// `kind`: how archive_write_set_format_filter_by_ext names it.
void make_archive(const fs::path& path, const std::vector<Entry>& entries) {
  archive* a = archive_write_new();
  const std::string name = path.filename();
  if (name.ends_with(".tar.zst")) {
    archive_write_add_filter_zstd(a);
    archive_write_set_format_pax_restricted(a);
  } else {
    REQUIRE(archive_write_set_format_filter_by_ext(a, name.c_str()) == ARCHIVE_OK);
  }
  REQUIRE(archive_write_open_filename(a, path.c_str()) == ARCHIVE_OK);
  for (const auto& each : entries) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, each.path.c_str());
    archive_entry_set_filetype(entry, each.type);
    archive_entry_set_perm(entry, 04755);
    archive_entry_set_size(entry, static_cast<la_int64_t>(each.text.size()));
    if (!each.link.empty()) archive_entry_set_symlink(entry, each.link.c_str());
    if (!each.hard_link.empty()) archive_entry_set_hardlink(entry, each.hard_link.c_str());
    REQUIRE(archive_write_header(a, entry) == ARCHIVE_OK);
    archive_write_data(a, each.text.data(), each.text.size());
    archive_entry_free(entry);
  }
  REQUIRE(archive_write_close(a) == ARCHIVE_OK);
  archive_write_free(a);
}

struct World : Host {
  explicit World(LocalOptions wanted = {}) : Host(std::move(wanted)) {}
  Launch with(const std::string& command, const std::vector<FetchItem>& files) {
    auto launch = order(command);
    edit_application(launch, [&](Application& a) { a.files = files; });
    return launch;
  }
  AttemptEnded fetch(const FetchItem& item, const std::string& command = "true") {
    return run(with(command, {item}));
  }
  fs::path file(const std::string& name, const std::string& text) {
    test::write(directory.path / name, text);
    return directory.path / name;
  }
  std::string last_out() { return out({JobId{last_job}, 1}); }
  fs::path last_box() { return box({JobId{last_job}, 1}); }
};

FetchItem item(const std::string& uri) {
  return {.uri = uri};
}

}  // namespace

TEST_CASE("local files come by path and by file URI, owned by the user, executable where asked") {
  World w;
  const auto script = w.file("my script.sh", "#!/bin/sh\necho ran $1\n");
  auto plain = item(script);
  plain.executable = true;
  CHECK(succeeded(w.fetch(plain, "'./my script.sh' a; stat -c %U:%a 'my script.sh'").outcome));
  CHECK(w.last_out() == "ran a\nnobody:755\n");
  std::string uri = "file://" + w.directory.path.string() + "/my%20script.sh";
  CHECK(succeeded(w.fetch(item(uri), "stat -c %a 'my script.sh'").outcome));
  CHECK(w.last_out() == "644\n");
}

TEST_CASE("a failed fetch fails the attempt with the URI and the cause") {
  World w;
  const auto path = w.file("secret", "x");
  fs::permissions(path, fs::perms(0600));
  const auto end = [&](const std::string& uri, const std::string& cause) {
    const auto outcome = w.fetch(item(uri)).outcome;
    CHECK(outcome.kind == OutcomeKind::fetch_failed);
    CHECK_MESSAGE(outcome.reason.find(uri) != std::string::npos, outcome.reason);
    CHECK_MESSAGE(outcome.reason.find(cause) != std::string::npos, outcome.reason);
  };
  end("/no/such/file", "No such file");
  end(path, "nobody may not read it");
  end("/root/anything", "may not read it");
  end("/dev/zero", "not a regular file");
  end("ftp://host/file", "understood are");
  end("relative/path", "understood are");
  end("/etc/", "name of a file");
  end("hdfs://host/file", "no hadoop client");
  end("http://127.0.0.1:1/file", "connect");
}

TEST_CASE("nobody fetches what only the server has open, nor what the kernel tells of it") {
  World w;
  // Readable by all, in a directory that is not.
  const fs::path closed = w.directory.path / "closed";
  fs::create_directory(closed);
  test::write(closed / "secret", "secret");
  fs::permissions(closed, fs::perms(0700));
  const launch::Descriptor fd(open((closed / "secret").c_str(), O_RDONLY | O_CLOEXEC));
  REQUIRE(fd);
  const std::string own = "/proc/" + std::to_string(getpid());
  fs::create_symlink(own + "/fd/" + std::to_string(fd.get()), w.directory.path / "link");
  const auto refused = [&](const std::string& path, const std::string& why) {
    const auto outcome = w.fetch(item(path)).outcome;
    CHECK(outcome.kind == OutcomeKind::fetch_failed);
    CHECK_MESSAGE(outcome.reason.find(why) != std::string::npos, outcome.reason);
  };
  refused("/proc/self/fd/" + std::to_string(fd.get()), "into a running process");
  refused(own + "/root/etc/passwd", "into a running process");
  refused(w.directory.path / "link", "into a running process");
  refused("/proc/self/status", "the kernel makes it up");
  const std::string device = "/sys/kernel/mm/transparent_hugepage/enabled";
  if (fs::exists(device)) refused(device, "the kernel makes it up");
  // Links of users among their own files are theirs.
  fs::create_symlink(w.file("plain", "plain"), w.directory.path / "other");
  CHECK(succeeded(w.fetch(item(w.directory.path / "other"), "cat other").outcome));
  CHECK(w.last_out() == "plain");
}

TEST_CASE("http: fetched, unpacked, and a missing page is a failure") {
  World w;
  make_archive(w.directory.path / "a.tar.gz", {{.path = "d/inner", .text = "inner text"}});
  test::WebServer web(
      {{"/data.txt", "from afar"}, {"/a.tar.gz", test::contents(w.directory.path / "a.tar.gz")}});
  CHECK(succeeded(
      w.fetch(item(web.uri("/data.txt?x=1").substr(0, web.uri("/data.txt").size())), "cat data.txt")
          .outcome));
  CHECK(w.last_out() == "from afar");
  CHECK(succeeded(w.fetch(item(web.uri("/a.tar.gz")), "cat d/inner").outcome));
  CHECK(w.last_out() == "inner text");
  const auto missing = w.fetch(item(web.uri("/none"))).outcome;
  CHECK(missing.kind == OutcomeKind::fetch_failed);
  CHECK(missing.reason.find("404") != std::string::npos);
}

TEST_CASE("archives of each kind are unpacked, or kept whole where asked") {
  World w;
  for (const std::string name : {"a.tar.gz", "a.tar.bz2", "a.tar.xz", "a.tar.zst", "a.zip"}) {
    CAPTURE(name);
    make_archive(w.directory.path / name, {{.path = "bin/tool", .text = "#!/bin/sh\necho tool\n"}});
    const auto uri = (w.directory.path / name).string();
    CHECK(succeeded(w.fetch(item(uri), "bin/tool").outcome));
    CHECK(w.last_out() == "tool\n");
    CHECK((fs::status(w.last_box() / "bin/tool").permissions() & fs::perms::set_uid) ==
          fs::perms::none);
    auto whole = item(uri);
    whole.extract = false;
    CHECK(succeeded(w.fetch(whole, "test -s " + name + " -a ! -e bin").outcome));
  }
  const auto broken = w.file("broken.tar.gz", "this is no archive at all, not even a short one");
  CHECK(w.fetch(item(broken)).outcome.kind == OutcomeKind::fetch_failed);
}

TEST_CASE("no archive writes or links outside the sandbox") {
  World w;
  const std::string out = (w.directory.path / "escaped").string();
  fs::create_directory(w.directory.path / "target");
  fs::permissions(w.directory.path / "target", fs::perms(0777));
  const std::string target = (w.directory.path / "target").string();
  const std::vector<std::vector<Entry>> attacks = {
      {{.path = "../../../../escaped", .text = "x"}},
      {{.path = "a/../../b", .text = "x"}},
      {{.path = out, .text = "x"}},
      {{.path = "l", .link = target, .type = AE_IFLNK}, {.path = "l/file", .text = "x"}},
      {{.path = "l", .link = "../..", .type = AE_IFLNK}},
      {{.path = "d/l", .link = "../../x", .type = AE_IFLNK}},
      {{.path = "h", .hard_link = "/etc/passwd"}},
      {{.path = "h", .hard_link = "../../claim"}},
      {{.path = "a/b/c", .link = "../..", .type = AE_IFLNK},
       {.path = "y", .link = "a/b/c/../..", .type = AE_IFLNK}},
      {{.path = "device", .type = AE_IFIFO}},
  };
  for (std::size_t i = 0; i < attacks.size(); ++i) {
    CAPTURE(i);
    make_archive(w.directory.path / "evil.tar.gz", attacks[i]);
    const auto outcome = w.fetch(item(w.directory.path / "evil.tar.gz")).outcome;
    CHECK(outcome.kind == OutcomeKind::fetch_failed);
    CHECK(outcome.reason.find("evil.tar.gz") != std::string::npos);
    CHECK(fs::is_empty(target));
    CHECK(!fs::exists(out));
  }
  make_archive(w.directory.path / "good.tar.gz",
               {{.path = "d/file", .text = "x"},
                {.path = "d/l", .link = "file", .type = AE_IFLNK},
                {.path = "e/l", .link = "../d", .type = AE_IFLNK}});
  CHECK(succeeded(w.fetch(item(w.directory.path / "good.tar.gz"), "cat e/l/l").outcome));
}

TEST_CASE(
    "a directory in the place of the command's output is its user's fault, and ends the job") {
  World w;
  for (const std::string name : {"stdout", "stderr"}) {
    make_archive(w.directory.path / "a.tar.gz", {{.path = name + "/file", .text = "x"}});
    const auto outcome = w.fetch(item(w.directory.path / "a.tar.gz")).outcome;
    CHECK(outcome.kind == OutcomeKind::cannot_launch);
    CHECK_MESSAGE(outcome.reason.find("directory \"" + name) != std::string::npos, outcome.reason);
  }
  make_archive(w.directory.path / "a.tar.gz", {{.path = "stdout", .text = "x"}});
  CHECK(succeeded(w.fetch(item(w.directory.path / "a.tar.gz"), "echo out").outcome));
  CHECK(w.last_out() == "out\n");
}

TEST_CASE("cached files are fetched once, shared read-only, and renewed when the source changes") {
  World w;
  test::WebServer web(std::map<std::string, std::string>{{"/large", "large file"}});
  auto cached = item(web.uri("/large"));
  cached.cache = true;
  std::vector<Launch> jobs;
  for (int i = 0; i < 6; ++i) jobs.push_back(w.with("cat large; echo x >> large", {cached}));
  for (const auto& job : jobs) w.give(job);
  for (const auto& job : jobs) {
    CHECK(w.await(job.attempt).outcome.exit_code != 0);  // it cannot write to what all share
    CHECK(w.out(job.attempt) == "large file");
  }
  CHECK(web.sent == 1);
  CHECK(web.unchanged == 5);

  auto local = item(w.file("local", "one"));
  local.cache = true;
  CHECK(succeeded(w.fetch(local, "cat local").outcome));
  CHECK(w.last_out() == "one");
  w.file("local", "another");
  CHECK(succeeded(w.fetch(local, "cat local").outcome));
  CHECK(w.last_out() == "another");
  fs::permissions(w.directory.path / "local", fs::perms(0600));
  CHECK(w.fetch(local).outcome.kind == OutcomeKind::fetch_failed);  // cached or not
}

TEST_CASE("the cache stays below its size, the least recently used go") {
  LocalOptions options;
  options.cache_max = 1;
  World w(options);
  for (const std::string name : {"a", "b", "c"}) {
    auto cached = item(w.file(name, std::string(600 << 10, 'x')));
    cached.cache = true;
    CHECK(succeeded(w.fetch(cached, "test -s " + name).outcome));
  }
  std::uintmax_t total = 0;
  for (const auto& entry : fs::directory_iterator(w.options.data / "cache")) {
    total += entry.file_size();
  }
  CHECK(total < (1 << 20));
}

TEST_CASE("a slow fetch holds up no other launch, and ends with its job") {
  World w;
  test::SilentServer silent;
  const auto slow = w.with("true", {item(silent.uri("/slow"))});
  w.give(slow);
  CHECK(succeeded(w.run(w.order("true")).outcome));
  CHECK(!w.end_of(slow.attempt));
  const int peer = silent.accept();
  w.give(StopAttempt{slow.attempt, std::chrono::seconds(1)});
  CHECK(w.await(slow.attempt).outcome.kind == OutcomeKind::killed);
  CHECK(silent.hung_up(peer));
}

TEST_CASE("who waits for slow servers holds up nobody else's fetch") {
  World w;
  test::SilentServer silent;
  const auto owned = [&](const std::string& owner, const FetchItem& file) {
    auto launch = w.with("true", {file});
    World::edit_application(launch, [&](Application& a) { a.owner = owner; });
    return launch;
  };
  for (int i = 0; i < 50; ++i) w.give(owned("a", item(silent.uri("/slow"))));
  const auto path = w.file("other", "x");
  CHECK(succeeded(w.run(owned("b", item(path))).outcome));
}

TEST_CASE("a fetch takes no more bytes than are allowed, whatever they come from") {
  LocalOptions options;
  options.fetch_max = 1;
  World w(options);
  const std::string big(2 << 20, 'x'), half(600 << 10, 'x');
  const auto too_large = [&](const std::vector<FetchItem>& files) {
    const auto outcome = w.run(w.with("true", files)).outcome;
    CHECK(outcome.kind == OutcomeKind::fetch_failed);
    CHECK_MESSAGE(outcome.reason.find("larger than is allowed") != std::string::npos,
                  outcome.reason);
    CHECK_MESSAGE(outcome.reason.find(files.back().uri) != std::string::npos, outcome.reason);
  };
  make_archive(w.directory.path / "bomb.tar.gz", {{.path = "big", .text = big}});
  std::vector<Entry> many(300);
  for (std::size_t i = 0; i < many.size(); ++i) many[i].path = std::to_string(i);
  make_archive(w.directory.path / "many.tar.gz", many);
  test::WebServer web(
      std::map<std::string, std::string>{{"/big", big}, {"/full", std::string(1 << 20, 'x')}});
  auto cached = item(web.uri("/big"));
  cached.cache = true;
  too_large({item(w.file("big", big))});
  too_large({item(web.uri("/big"))});
  too_large({cached});
  too_large({item(w.directory.path / "bomb.tar.gz")});
  too_large({item(w.directory.path / "many.tar.gz")});
  const auto first = item(w.file("first", half)), second = item(w.file("second", half));
  too_large({first, second});
  CHECK(succeeded(w.fetch(second).outcome));
  CHECK(succeeded(w.fetch(item(web.uri("/full"))).outcome));
}

TEST_CASE("a fetch takes no more time than is allowed") {
  LocalOptions options;
  options.fetch_time_max = std::chrono::seconds(1);
  World w(options);
  test::SilentServer silent;
  const auto outcome = w.fetch(item(silent.uri("/slow"))).outcome;
  CHECK(outcome.kind == OutcomeKind::fetch_failed);
  CHECK_MESSAGE(outcome.reason.find("in time") != std::string::npos, outcome.reason);
}

TEST_CASE("limits of fetches that cannot be are refused") {
  for (const std::int64_t wrong : {std::int64_t{-1}, std::int64_t{1} << 50U}) {
    LocalOptions options;
    options.data = "/nowhere";
    options.fetch_max = wrong;
    CHECK(local_cluster(options).error().field == "fetch_max");
  }
  LocalOptions options;
  options.data = "/nowhere";
  options.fetch_time_max = Duration(0);
  CHECK(local_cluster(options).error().field == "fetch_time_max");
}
