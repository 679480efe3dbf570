// The leading master as ZooKeeper names it: the child with the lowest sequence number tells its
// address. Masters register there as "json.info_<sequence>".
#define THREADED  // the functions of libzookeeper that have threads of their own
#include <zookeeper/zookeeper.h>

#include <charconv>
#include <cstring>

#include <nlohmann/json.hpp>

#include "mesos/detector.hpp"

namespace retz::mesos {
namespace {

constexpr std::string_view label = "json.info_";
constexpr const char* no_connection = "no connection; start it, or check the address";

/// The lowest of those that are masters; others keep their replicated log beside them.
std::optional<std::string> lowest(const String_vector& children) {
  std::optional<std::string> found;
  std::uint64_t least = 0;
  for (std::int32_t i = 0; i < children.count; ++i) {
    const std::string_view name = children.data[i];
    if (!name.starts_with(label)) continue;
    std::uint64_t number = 0;
    const auto digits = name.substr(label.size());
    const auto end = digits.data() + digits.size();
    const auto parsed = std::from_chars(digits.data(), end, number);
    if (digits.empty() || parsed.ec != std::errc{} || parsed.ptr != end) continue;
    if (found && number >= least) continue;
    least = number;
    found = std::string(name);
  }
  return found;
}

std::optional<Address> address_of_master(std::string_view data, bool by_name) {
  const auto info = nlohmann::json::parse(data, nullptr, false);
  if (!info.is_object()) return std::nullopt;
  const auto& at = info.contains("address") && info["address"].is_object() ? info["address"] : info;
  const auto text = [&](const char* key) {
    const auto found = at.find(key);
    return found != at.end() && found->is_string() ? found->get<std::string>() : std::string{};
  };
  Address out;
  out.host = by_name ? text("hostname") : text("ip");
  if (out.host.empty()) out.host = by_name ? text("ip") : text("hostname");
  const auto port = at.find("port");
  if (port == at.end() || !port->is_number_unsigned() || *port > 65535U) return std::nullopt;
  out.port = port->get<std::uint16_t>();
  if (out.host.empty() || out.port == 0) return std::nullopt;
  return out;
}

class ZooKeeperDetector;

/// What the library's threads may touch: it lives until they have ended.
struct Line {
  http::Loop* loop = nullptr;
  std::weak_ptr<ZooKeeperDetector*> owner;
  std::uint64_t session = 0;
  void post(std::function<void(ZooKeeperDetector&)> task) const;
};

class ZooKeeperDetector final : public Detector {
 public:
  ZooKeeperDetector(http::Loop& loop, ZooKeeperPlace place, bool by_name, ZooKeeperTimes times)
      : loop_(loop), place_(std::move(place)), by_name_(by_name), times_(times), timer_(loop) {
    for (const auto& server : place_.servers) {
      servers_ += (servers_.empty() ? "" : ",") + server.text();
    }
    trouble_ = error(no_connection);
  }
  ~ZooKeeperDetector() override { close_session(); }

  void start(std::function<void()> changed) override {
    changed_ = std::move(changed);
    open_session();
  }
  std::optional<Address> current() const override { return current_; }
  bool pass_on() override { return true; }
  Error trouble() const override { return trouble_; }

  std::uint64_t session() const { return session_; }
  void session_event(int state);
  void list();
  void listed(int code, std::optional<std::string> child);
  void got(int code, const std::string& data);

 private:
  Error error(const std::string& what, Errc code = Errc::unavailable) const {
    return {code, "ZooKeeper at " + servers_ + ": " + what, "retz.mesos"};
  }
  void open_session();
  void close_session();
  void expect_connection();
  void again(std::function<void()> what) { timer_.set(times_.retry, std::move(what)); }
  void failed(int code, const char* what);
  void nobody(const std::string& why);

  http::Loop& loop_;
  ZooKeeperPlace place_;
  bool by_name_;
  ZooKeeperTimes times_;
  http::Timer timer_;
  std::string servers_;
  std::function<void()> changed_;
  std::shared_ptr<ZooKeeperDetector*> self_ = std::make_shared<ZooKeeperDetector*>(this);
  std::unique_ptr<Line> line_;
  zhandle_t* handle_ = nullptr;
  std::uint64_t session_ = 0;
  std::string child_;   // that is read, or was
  bool known_ = false;  // its address is the current one
  std::optional<Address> current_;
  Error trouble_;
};

void Line::post(std::function<void(ZooKeeperDetector&)> task) const {
  loop->post([owner = owner, number = session, task = std::move(task)] {
    const auto kept = owner.lock();
    if (kept && (*kept)->session() == number) task(**kept);
  });
}

// The library calls these on its own threads.

void on_event(zhandle_t*, int type, int state, const char*, void* context) {
  const auto& line = *static_cast<const Line*>(context);
  if (type == ZOO_SESSION_EVENT) {
    line.post([state](ZooKeeperDetector& to) { to.session_event(state); });
  } else if (type != ZOO_NOTWATCHING_EVENT) {
    line.post([](ZooKeeperDetector& to) { to.list(); });
  }
}

void on_auth(int code, const void* context) {
  if (code != ZAUTHFAILED) return;
  static_cast<const Line*>(context)->post(
      [](ZooKeeperDetector& to) { to.session_event(ZOO_AUTH_FAILED_STATE); });
}

void on_children(int code, const String_vector* children, const void* context) {
  std::optional<std::string> child;
  if (code == ZOK && children != nullptr) child = lowest(*children);
  static_cast<const Line*>(context)->post(
      [code, child = std::move(child)](ZooKeeperDetector& to) { to.listed(code, child); });
}

void on_data(int code, const char* value, int size, const Stat*, const void* context) {
  std::string data;
  if (code == ZOK && value != nullptr && size > 0) {
    data.assign(value, static_cast<std::size_t>(size));
  }
  static_cast<const Line*>(context)->post(
      [code, data = std::move(data)](ZooKeeperDetector& to) { to.got(code, data); });
}

void ZooKeeperDetector::open_session() {
  close_session();
  ::zoo_set_debug_level(static_cast<ZooLogLevel>(0));
  line_ = std::make_unique<Line>(Line{&loop_, self_, ++session_});
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(times_.session).count();
  handle_ = ::zookeeper_init(servers_.c_str(), on_event, static_cast<int>(milliseconds), nullptr,
                             line_.get(), 0);
  if (handle_ == nullptr) {
    trouble_ = error(std::string("no connection (") + std::strerror(errno) +
                     "): are the names of its servers right?");
    return again([this] { open_session(); });
  }
  expect_connection();
  if (place_.credentials.empty()) return;
  ::zoo_add_auth(handle_, "digest", place_.credentials.data(),
                 static_cast<int>(place_.credentials.size()), on_auth, line_.get());
}

void ZooKeeperDetector::close_session() {
  if (handle_ != nullptr) ::zookeeper_close(handle_);  // joins the library's threads
  handle_ = nullptr;
  line_.reset();
}

void ZooKeeperDetector::session_event(int state) {
  if (state == ZOO_CONNECTED_STATE) {
    timer_.cancel();
    return list();
  }
  if (state == ZOO_EXPIRED_SESSION_STATE) return open_session();
  if (state == ZOO_AUTH_FAILED_STATE) {
    trouble_ = error("it refuses the user and password of retz.mesos", Errc::unauthenticated);
    return again([this] { open_session(); });
  }
  // A lost connection proves nothing about the leader: who is known stays so.
  trouble_ = error(no_connection);
  expect_connection();
}

/// A session that stays without a connection is given up: servers that have been set up anew refuse
/// one that has seen later writes than theirs, and names may mean other addresses by now.
void ZooKeeperDetector::expect_connection() {
  timer_.set(3 * times_.session, [this] { open_session(); });
}

void ZooKeeperDetector::list() {
  const int code = ::zoo_awget_children(handle_, place_.path.c_str(), on_event, line_.get(),
                                        on_children, line_.get());
  if (code != ZOK) failed(code, "list");
}

void ZooKeeperDetector::listed(int code, std::optional<std::string> child) {
  if (code == ZNONODE) {
    nobody("there is no " + place_.path + "; no master has registered there, or the path is wrong");
    return again([this] { list(); });
  }
  if (code != ZOK) return failed(code, "list");
  if (!child) return nobody("no master has registered under " + place_.path);
  if (known_ && *child == child_) return;
  child_ = std::move(*child);
  known_ = false;
  const std::string path = place_.path + "/" + child_;
  const int asked = ::zoo_aget(handle_, path.c_str(), 0, on_data, line_.get());
  if (asked != ZOK) failed(asked, "read");
}

void ZooKeeperDetector::got(int code, const std::string& data) {
  if (code == ZNONODE) return again([this] { list(); });  // it went after it was listed
  if (code != ZOK) return failed(code, "read");
  auto address = address_of_master(data, by_name_);
  if (!address) {
    trouble_ = error(place_.path + "/" + child_ + " does not hold the address of a master");
    return again([this] { list(); });
  }
  known_ = true;
  const bool other = current_ != address;
  current_ = std::move(address);
  if (other) changed_();
}

void ZooKeeperDetector::nobody(const std::string& why) {
  known_ = false;
  current_.reset();
  trouble_ = error(why);
}

void ZooKeeperDetector::failed(int code, const char* what) {
  if (code == ZCLOSING || code == ZSESSIONEXPIRED) return;  // the event that follows is acted on
  if (code == ZNOAUTH) {
    trouble_ = error("who is given in retz.mesos may not " + std::string(what) + " " + place_.path +
                         ": check zk://USER:PASSWORD@",
                     Errc::unauthenticated);
  } else if (code != ZCONNECTIONLOSS) {
    trouble_ =
        error("cannot " + std::string(what) + " " + place_.path + " (" + ::zerror(code) + ")");
  }
  again([this] { list(); });
}

}  // namespace

std::unique_ptr<Detector> zookeeper_detector(http::Loop& loop, ZooKeeperPlace place, bool by_name,
                                             ZooKeeperTimes times) {
  return std::make_unique<ZooKeeperDetector>(loop, std::move(place), by_name, times);
}

}  // namespace retz::mesos
