// The stream of events: finds the master that leads, subscribes with it, and does so again after
// pauses when the stream ends. It knows nothing of what the events mean.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/generator.hpp"
#include "http/outgoing.hpp"
#include "mesos/detector.hpp"
#include "mesos/recordio.hpp"

namespace retz::mesos {

/// How to reach a master.
struct MasterAccess {
  std::shared_ptr<http::Tls> tls = {};  // null: plain
  std::string authorization = {};       // "Basic ..."; empty: none
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(5);
  std::chrono::milliseconds answer_timeout = std::chrono::seconds(15);
  std::chrono::milliseconds pause_first{250}, pause_max{15000};  // between rounds of tries
  std::string path = "/api/v1/scheduler";
};

/// Why a try has failed.
struct Refusal {
  Error error = {};  // whose message names the master
  bool final_ =
      false;  // the same try cannot succeed: credentials, a request that is not understood
};

/// Called on the loop's thread; they may call the subscription.
struct StreamEvents {
  std::function<std::string()> body = {};  // of SUBSCRIBE, for this try
  std::function<void(const Address& master, const std::string& stream_id)> opened = {};
  std::function<void(std::string_view record)> record = {};
  std::function<void()> read = {};  // after the records that came together
  /// After `opened`; the next try follows by itself.
  std::function<void(const std::string& cause)> ended = {};
  std::function<void(const Refusal& refusal)> refused = {};
};

/// Threads: the loop's.
class EventStream {
 public:
  EventStream(http::Loop& loop, std::unique_ptr<Detector> detector, MasterAccess access,
              StreamEvents events, std::uint64_t seed);
  ~EventStream();

  /// From now on there is a stream, or a try to get one.
  void start();
  /// Drops the stream without a word to `ended`, and tries no more until start().
  void stop();
  /// Ends the stream, telling `ended`; the next try comes at once.
  void renew(const std::string& cause);

 private:
  void leader_changed();
  bool break_off(const std::string& cause);
  void attempt();
  void send_to(const Address& master);
  void answered_head(const http::Response& head);
  void take(std::string_view bytes);
  void over(const Result<http::Response>& answer);
  void refused(const http::Response& answer);
  void redirected(const http::Response& answer);
  void end_stream(const std::string& cause);
  void fail_try(Refusal refusal);
  void pause();
  void drop_line();

  http::Loop& loop_;
  std::unique_ptr<Detector> detector_;
  MasterAccess access_;
  StreamEvents events_;
  base::Generator chance_;
  http::Timer timer_;
  bool detecting_ = false, wanted_ = false, open_ = false;
  std::shared_ptr<http::Outgoing> line_;
  std::uint64_t try_number_ = 0;  // what an old line still tells is passed over
  RecordReader reader_;
  Address asked_;                    // as the detector named it
  Address at_;                       // that is talked to, after redirects
  std::optional<Address> redirect_;  // to follow in the next try
  int hops_ = 0;
  int pauses_ = 0;  // since a stream was good
  std::chrono::steady_clock::time_point opened_at_{};
};

}  // namespace retz::mesos
