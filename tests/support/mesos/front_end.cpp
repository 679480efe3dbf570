#include "support/mesos/front_end.hpp"

#include <chrono>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "support/mesos/agent_files.hpp"

namespace retz::testing::mesos {
namespace {

using http::Request;
using http::Response;
using nlohmann::json;

std::unique_ptr<http::Server> serve(std::uint16_t port, http::Handler handler) {
  http::ServerOptions options;
  options.port = port;
  options.idle_timeout = std::chrono::hours(1);
  options.send_timeout = std::chrono::hours(1);
  auto server = http::serve(options, std::move(handler));
  if (!server) throw std::runtime_error(server.error().message);
  return std::move(*server);
}

Response response_of(Answer answer) {
  Response response;
  response.status = answer.status;
  response.body = std::move(answer.body);
  for (auto& [name, value] : answer.headers) {
    if (name == "Content-Type") {
      response.content_type = value;
    } else {
      response.headers.emplace_back(name, value);
    }
  }
  return response;
}

std::string framed(const std::vector<std::string>& records) {
  std::string bytes;
  for (const std::string& record : records) {
    bytes += std::to_string(record.size()) + '\n' + record;
  }
  return bytes;
}

}  // namespace

FrontEnd::FrontEnd(FrontEndOptions options)
    : options_(std::move(options)), modelled_(options_.seed + 1) {
  server_ = serve(options_.port, [this](Request request, std::shared_ptr<http::Exchange> exchange) {
    handle(request, exchange);
  });
  options_.master.port = server_->port();
  master_ = std::make_unique<ScriptedMaster>(options_.master, options_.seed);
  if (!options_.work.empty()) processes_ = std::make_unique<ProcessExecutors>(options_.work);
  const std::lock_guard lock(mutex_);
  agents_.resize(options_.agents);
  agent_ports_.resize(options_.agents, 5051);
  for (std::size_t i = 0; i < options_.agents; ++i) {
    if (processes_) serve_agent(i);
    AgentSpec spec;
    spec.hostname = processes_ ? "127.0.0.1" : "host" + std::to_string(i);
    spec.port = agent_ports_[i];
    spec.resources = options_.resources;
    spec.attributes = options_.attributes;
    master_->add_agent(spec, now());
  }
}

FrontEnd::~FrontEnd() {
  server_.reset();
  agents_.clear();
}

Instant FrontEnd::now() const {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return Instant(std::chrono::duration_cast<Duration>(since));
}

void FrontEnd::serve_agent(std::size_t agent) {
  const std::filesystem::path work = processes_->work_of(agent);
  std::filesystem::create_directories(work);
  const std::uint16_t port =
      agents_[agent] || agent_ports_[agent] != 5051 ? agent_ports_[agent] : 0;
  agents_[agent] = serve(port, [work](Request request, std::shared_ptr<http::Exchange> exchange) {
    exchange->send(agent_files(work, request));
  });
  agent_ports_[agent] = agents_[agent]->port();
}

void FrontEnd::stop_agent(std::size_t agent) {
  if (processes_) agents_[agent].reset();
}

void FrontEnd::handle(const Request& request, const std::shared_ptr<http::Exchange>& exchange) {
  const std::string path = request.target.substr(0, request.target.find('?'));
  const std::lock_guard lock(mutex_);
  if (!master_) return;
  if (path.starts_with("/scripted/")) {
    exchange->send(control(path.substr(10), request.body));
    settle();
    return;
  }
  if (down_) return;  // dropped: the connection gets an error
  Answer answer = master_->request(request.method, path, request.headers, request.body, now());
  if (answer.stream.empty() && lost_answers_ > 0) {
    --lost_answers_;
    exchange->begin({.headers = {}, .body = {}}, std::uint64_t{1});  // carried out; nobody is told
  } else if (answer.stream.empty()) {
    exchange->send(response_of(std::move(answer)));
  } else {
    const std::string stream = answer.stream;
    exchange->begin(response_of(std::move(answer)), std::nullopt);
    streams_[stream] = {exchange};
  }
  settle();
}

void FrontEnd::settle() {
  for (int round = 0; round < 3; ++round) {
    std::vector<Order> orders = master_->take_orders();
    if (processes_) {
      processes_->take(*master_, std::move(orders), now());
      processes_->pass(*master_, now());
    } else {
      modelled_.take(std::move(orders), now());
      modelled_.pass(*master_, now());
    }
  }
  deliver();
}

void FrontEnd::deliver() {
  for (auto it = streams_.begin(); it != streams_.end();) {
    const bool over = master_->ended(it->first);
    http::Exchange& exchange = *it->second.exchange;
    if (const auto records = master_->records(it->first); !records.empty()) {
      exchange.write(framed(records));
    }
    if (over) exchange.end();
    const bool gone = exchange.peer_gone();
    if (gone && !over) master_->disconnect(it->first, now());
    it = over || gone ? streams_.erase(it) : std::next(it);
  }
}

void FrontEnd::tick() {
  const std::lock_guard lock(mutex_);
  master_->pass(now());
  settle();
}

/// The body is a JSON object; answers 200, or 404 for what is not known.
Response FrontEnd::control(const std::string& path, const std::string& body) {
  const json given = body.empty() ? json::object() : json::parse(body, nullptr, false);
  const auto agent = given.value("agent", std::size_t{0});
  if (path == "state") {
    json all = json::object();
    all["task_ids"] = master_->task_ids();
    all["unknown_fields"] = master_->unknown_fields();
    for (std::size_t i = 0; i < master_->agents(); ++i) {
      const AgentView view = master_->agent(i);
      all["agents"].push_back({{"id", view.id},
                               {"state", view.state},
                               {"port", agent_ports_[i]},
                               {"used", view.used},
                               {"offered", view.offered},
                               {"tasks", view.tasks}});
    }
    return {200, "application/json", {}, all.dump()};
  }
  if (path == "kill-agent") {
    master_->kill_agent(agent, now());
    stop_agent(agent);
  } else if (path == "start-agent") {
    if (processes_) serve_agent(agent);
    master_->start_agent(agent, now());
  } else if (path == "freeze-agent") {
    master_->freeze_agent(agent, now());
  } else if (path == "thaw-agent") {
    master_->thaw_agent(agent, now());
  } else if (path == "mark-gone") {
    master_->mark_gone(agent, now());
    stop_agent(agent);
  } else if (path == "drain") {
    master_->drain_agent(agent, now());
  } else if (path == "rescind") {
    master_->rescind_all(now());
  } else if (path == "cut") {
    // In the middle of a record, where asked: the rest of it never comes.
    const std::string record = framed({R"({"type":"HEARTBEAT"})"});
    for (const auto& [stream, open] : streams_) {
      open.exchange->write(record.substr(0, given.value("bytes", std::size_t{0})));
      master_->disconnect(stream, now());
    }
    streams_.clear();
  } else if (path == "lose-answers") {
    lost_answers_ = given.value("count", 1);
  } else if (path == "fail-over") {
    streams_.clear();
    master_->fail_over(given.value("id", "22222222-2222-4333-8444-555555555555"),
                       given.value("registry_kept", true),
                       std::chrono::milliseconds(given.value("detection_ms", 500)), now());
  } else if (path == "down") {
    down_ = given.value("down", true);
    if (down_) {
      for (const auto& [stream, open] : streams_) master_->disconnect(stream, now());
      streams_.clear();
    }
  } else if (path == "recovering") {
    master_->recovering(given.value("recovering", true));
  } else if (path == "redirect") {
    master_->lead(false);
    master_->redirect_to(given.value("to", ""));
  } else {
    return {404, "text/plain", {}, "no such control"};
  }
  return {200, "application/json", {}, "{}"};
}

}  // namespace retz::testing::mesos
