// A subscription on a loop of its own, and what it tells.
#pragma once

#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "mesos/event_stream.hpp"
#include "unit/http/peer.hpp"

namespace retz::testing {

inline std::string chunked(std::string_view bytes) {
  char size[20];
  const auto end = std::to_chars(size, size + sizeof size, bytes.size(), 16).ptr;
  return std::string(size, end) + "\r\n" + std::string(bytes) + "\r\n";
}

inline std::string in_record(std::string_view text) {
  return chunked(std::to_string(text.size()) + "\n" + std::string(text));
}

inline std::string subscribed(std::string_view stream = "s-1") {
  return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nMesos-Stream-Id: " +
         std::string(stream) + "\r\nContent-Type: application/json\r\n\r\n" +
         in_record("{\"type\":\"SUBSCRIBED\"}");
}

inline std::string answer(std::string_view status, std::string_view body = {},
                          std::string_view more = {}) {
  return "HTTP/1.1 " + std::string(status) + "\r\n" + std::string(more) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

inline std::string redirect_to(std::uint16_t port) {
  return answer("307 Temporary Redirect", {},
                "Location: //127.0.0.1:" + std::to_string(port) + "/master/api/v1/scheduler\r\n");
}

class Watch {
 public:
  explicit Watch(std::vector<mesos::Address> masters, mesos::MasterAccess access = quick())
      : Watch([&](http::Loop&) { return mesos::list_detector(std::move(masters)); },
              std::move(access)) {}
  explicit Watch(const std::function<std::unique_ptr<mesos::Detector>(http::Loop&)>& detector,
                 mesos::MasterAccess access = quick())
      : subscription(loop, detector(loop), std::move(access), events(), 7) {
    loop.post([this] { subscription.start(); });
    thread_ = std::thread([this] { loop.run(); });
  }
  ~Watch() {
    loop.post([this] {
      subscription.stop();
      loop.stop();
    });
    thread_.join();
  }

  static mesos::MasterAccess quick() {
    mesos::MasterAccess access;
    access.pause_first = std::chrono::milliseconds(2);
    access.pause_max = std::chrono::milliseconds(20);
    return access;
  }
  static mesos::Address at(std::uint16_t port) { return {"127.0.0.1", port}; }

  std::vector<std::string> seen() {
    const std::lock_guard lock(mutex_);
    return told_;
  }
  std::size_t count(std::string_view beginning) {
    const auto all = seen();
    return static_cast<std::size_t>(std::count_if(
        all.begin(), all.end(), [&](const auto& one) { return one.starts_with(beginning); }));
  }
  /// Until so many have been told that begin so.
  bool tells(std::string_view beginning, std::size_t times = 1) {
    return test::eventually([&] { return count(beginning) >= times; });
  }
  std::string last(std::string_view beginning) {
    const auto all = seen();
    for (auto at = all.rbegin(); at != all.rend(); ++at) {
      if (at->starts_with(beginning)) return *at;
    }
    return {};
  }
  void run(std::function<void()> task) { loop.post(std::move(task)); }

  http::Loop loop;
  mesos::EventStream subscription;

 private:
  mesos::StreamEvents events() {
    mesos::StreamEvents out;
    out.body = [] { return std::string("{\"type\":\"SUBSCRIBE\"}"); };
    out.opened = [this](const mesos::Address& master, const std::string& stream) {
      note("opened " + master.text() + " " + stream);
    };
    out.record = [this](std::string_view record) { note("record " + std::string(record)); };
    out.read = [] {};
    out.ended = [this](const std::string& cause) { note("ended " + cause); };
    out.refused = [this](const mesos::Refusal& refusal) {
      note(std::string(refusal.final_ ? "finally " : "") + "refused " + refusal.error.message);
    };
    return out;
  }
  void note(std::string text) {
    const std::lock_guard lock(mutex_);
    told_.push_back(std::move(text));
  }

  std::mutex mutex_;
  std::vector<std::string> told_;
  std::thread thread_;
};

}  // namespace retz::testing
