// Debian's zookeeper on a free loopback port, with a folder of its own; and a session to write
// with.
#pragma once

#define THREADED  // the functions of libzookeeper that have threads of their own
#include <zookeeper/zookeeper.h>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include "unit/http/peer.hpp"

namespace retz::testing {

class ZooKeeperServer {
 public:
  static constexpr const char* jar = "/usr/share/java/zookeeper.jar";

  ZooKeeperServer() : port(test::dead_port()) {
    if (!std::filesystem::exists(jar)) {
      throw std::runtime_error("Debian's package zookeeper is not installed (see packages.txt)");
    }
    char name[] = "/tmp/retz-zookeeper-XXXXXX";
    folder_ = ::mkdtemp(name);
    start();
  }
  ~ZooKeeperServer() {
    stop();
    std::filesystem::remove_all(folder_);
  }
  ZooKeeperServer(const ZooKeeperServer&) = delete;
  ZooKeeperServer& operator=(const ZooKeeperServer&) = delete;

  /// Short ticks make short sessions: 200 ms are the least.
  void start() {
    const auto config = folder_ / "zoo.cfg";
    std::ofstream(config) << "tickTime=100\nmaxSessionTimeout=20000\nadmin.enableServer=false\n"
                          << "clientPortAddress=127.0.0.1\nclientPort=" << port
                          << "\ndataDir=" << (folder_ / "data").string() << "\n";
    pid_ = ::fork();
    if (pid_ == 0) {
      const int log = ::open((folder_ / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
      ::dup2(log, 1);
      ::dup2(log, 2);
      ::execlp("java", "java", "-Xmx128m", "-XX:TieredStopAtLevel=1", "-cp", jar,
               "org.apache.zookeeper.server.ZooKeeperServerMain", config.c_str(), nullptr);
      ::_exit(127);
    }
  }
  void stop() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGCONT);
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  /// All that was stored is gone, sessions too.
  void start_empty() {
    stop();
    std::filesystem::remove_all(folder_ / "data");
    start();
  }
  void freeze() { ::kill(pid_, SIGSTOP); }
  void thaw() { ::kill(pid_, SIGCONT); }
  std::string log() const {
    std::ifstream file(folder_ / "log");
    return {std::istreambuf_iterator<char>(file), {}};
  }

  const std::uint16_t port;

 private:
  std::filesystem::path folder_;
  pid_t pid_ = -1;
};

/// A client of the server, to write with.
class Writer {
 public:
  explicit Writer(std::uint16_t port, const std::string& digest = {}) {
    ::zoo_set_debug_level(static_cast<ZooLogLevel>(0));
    handle_ = ::zookeeper_init(("127.0.0.1:" + std::to_string(port)).c_str(), nullptr, 10000,
                               nullptr, nullptr, 0);
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (::zoo_state(handle_) != ZOO_CONNECTED_STATE) {
      if (std::chrono::steady_clock::now() > end) throw std::runtime_error("no zookeeper came up");
      ::poll(nullptr, 0, 10);
    }
    if (!digest.empty()) {
      ::zoo_add_auth(handle_, "digest", digest.data(), static_cast<int>(digest.size()), nullptr,
                     nullptr);
    }
  }
  ~Writer() { ::zookeeper_close(handle_); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  int make(const std::string& path, const std::string& data = {}, bool for_me_alone = false) {
    return ::zoo_create(handle_, path.c_str(), data.data(), static_cast<int>(data.size()),
                        for_me_alone ? &ZOO_CREATOR_ALL_ACL : &ZOO_OPEN_ACL_UNSAFE, 0, nullptr, 0);
  }
  int remove(const std::string& path) { return ::zoo_delete(handle_, path.c_str(), -1); }

 private:
  zhandle_t* handle_;
};

inline std::string master_info(const std::string& ip, std::uint16_t port) {
  return R"({"address":{"hostname":"name-of-)" + ip + R"(","ip":")" + ip + R"(","port":)" +
         std::to_string(port) +
         R"(},"capabilities":[],"hostname":"h","id":"x","ip":16777343,"pid":"master@)" + ip + ":" +
         std::to_string(port) + R"(","port":)" + std::to_string(port) + R"(,"version":"1.12.0"})";
}

}  // namespace retz::testing
