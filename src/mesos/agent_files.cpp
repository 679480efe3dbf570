// Sandboxes of attempts, read from the agents that hold them.
#include "mesos/agent_files.hpp"

#include <sys/stat.h>

#include <algorithm>

#include <nlohmann/json.hpp>

#include "mesos/agent_answers.hpp"

namespace retz::mesos {
namespace {

constexpr std::size_t places_max = 65536;      // of attempts; older ones are found by their records
constexpr std::int64_t piece_max = 64 * 1024;  // of one answer of an agent
constexpr std::int64_t chunk_max = std::int64_t{4} << 20U;  // of one read

std::string name_of(AttemptRef attempt) {
  return "attempt " + std::to_string(attempt.attempt) + " of job " +
         std::to_string(attempt.job.value);
}

/// A user gives "a/b", "/a/b", "." or "": all of them are meant from the sandbox on. The agent
/// resolves links and refuses what leads out of the sandbox; ".." is refused here already.
Result<std::string> inside_of(const std::string& path) {
  std::string out;
  std::size_t at = 0;
  while (at <= path.size()) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string part = path.substr(at, end - at);
    at = end + 1;
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      return fail(Errc::not_found, "\"" + path + "\" leads out of the sandbox", "path");
    }
    out += (out.empty() ? "" : "/") + part;
  }
  return out;
}

}  // namespace

AgentFiles::AgentFiles(http::Loop& loop, AgentFilesOptions options)
    : loop_(loop), options_(std::move(options)) {}

void AgentFiles::framework(const std::string& id) {
  const std::lock_guard lock(mutex_);
  framework_ = id;
}

void AgentFiles::master(const Address& address) {
  const std::lock_guard lock(mutex_);
  master_ = address;
}

void AgentFiles::learn(Place place) {
  const std::lock_guard lock(mutex_);
  const AttemptRef attempt = place.attempt;
  places_[attempt] = std::move(place);
  if (places_.size() > places_max) places_.erase(places_.begin());
}

void AgentFiles::node(const std::string& name, const std::string& value) {
  const std::lock_guard lock(mutex_);
  if (value.empty()) {
    nodes_.erase(name);
  } else {
    nodes_[name] = value;
  }
}

void AgentFiles::close() {
  closed_ = true;
  for (auto& [address, line] : lines_) line->close();
  lines_.clear();
}

Result<AgentFiles::Found> AgentFiles::find(AttemptRef attempt) {
  Found found;
  std::string task;
  std::string address;
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = places_.find(attempt); known != places_.end()) {
      task = known->second.task_id;
      address = known->second.address;
      found.node = known->second.agent_id;
    }
    found.root = "/frameworks/" + framework_;
  }
  if (task.empty() || address.empty()) {
    const auto record = options_.attempt ? options_.attempt(attempt) : std::nullopt;
    if (record) {
      task = task_id(attempt, record->started);
      found.node = record->placement.node;
      const std::lock_guard lock(mutex_);
      if (const auto node = nodes_.find(found.node); node != nodes_.end()) {
        address = node->second.substr(node->second.find(' ') + 1);
      }
    }
  }
  if (task.empty()) {
    return fail(Errc::not_found, name_of(attempt) + " has no sandbox (not started yet)");
  }
  found.root += "/executors/" + task + "/runs/latest";
  auto agent = address_of(address);
  if (!agent) agent = ask_master(found.node);
  if (!agent) {
    return fail(Errc::not_found, "the sandbox of " + name_of(attempt) + " is on the agent " +
                                     found.node +
                                     ", which the Mesos master does not know (any "
                                     "more)");
  }
  found.agent = *agent;
  return found;
}

/// Of an agent that made no offer in this life: the master lists all that are registered.
std::optional<Address> AgentFiles::ask_master(const std::string& node) {
  std::optional<Address> master;
  {
    const std::lock_guard lock(mutex_);
    master = master_;
  }
  if (!master || node.empty()) return std::nullopt;
  const auto answer = ask(*master, "the Mesos master", "GET", "/slaves");
  if (!answer || answer->status != 200) return std::nullopt;
  auto agent = agent_in_slaves(answer->body, node);
  if (!agent) return std::nullopt;
  this->node(node, agent->first + " " + agent->second.text());
  return agent->second;
}

void AgentFiles::send(const Address& at, const std::string& method, const std::string& target,
                      const std::string& body, http::Reply reply) {
  if (closed_) return reply.end(fail(Errc::unavailable, "the server is ending"), false);
  auto& line = lines_[at.text()];
  if (!line || line->closed()) {
    line = http::outgoing(loop_, {.host = at.host,
                                  .port = at.port,
                                  .tls = options_.access.tls,
                                  .connect_timeout = options_.access.connect_timeout,
                                  .answer_timeout = options_.access.answer_timeout});
  }
  http::Headers headers{{"Accept", "application/json"}};
  if (!body.empty()) headers.emplace_back("Content-Type", "application/json");
  if (!options_.access.authorization.empty()) {
    headers.emplace_back("Authorization", options_.access.authorization);
  }
  line->send(method, target, headers, body, std::move(reply));
}

Result<http::Response> AgentFiles::ask(const Address& at, const std::string& who,
                                       std::string method, std::string target, std::string body) {
  const std::string key = at.text();
  {
    const std::lock_guard lock(mutex_);
    const auto silent = silent_.find(key);
    if (silent != silent_.end()) {
      if (Steady::now() < silent->second.until) return tl::unexpected(silent->second.error);
      silent_.erase(silent);
    }
  }
  auto promise = std::make_shared<std::promise<Result<http::Response>>>();
  auto future = promise->get_future();
  loop_.post([this, at, method = std::move(method), target = std::move(target),
              body = std::move(body), promise] {
    http::Reply reply;
    reply.end = [promise](Result<http::Response> answer, bool) {
      promise->set_value(std::move(answer));
    };
    send(at, method, target, body, std::move(reply));
  });
  const auto patience = options_.access.connect_timeout + options_.access.answer_timeout * 2;
  if (future.wait_for(patience) != std::future_status::ready) {
    Error error{Errc::unavailable, who + " at " + key + " does not answer"};
    const std::lock_guard lock(mutex_);
    silent_[key] = {Steady::now() + options_.silence, error};
    return tl::unexpected(std::move(error));
  }
  auto answer = future.get();
  if (answer) return answer;
  Error error{Errc::unavailable, who + " does not answer: " + answer.error().message};
  const std::lock_guard lock(mutex_);
  silent_[key] = {Steady::now() + options_.silence, error};
  return tl::unexpected(std::move(error));
}

/// What is not 200, told to who asked for a file.
Result<http::Response> AgentFiles::checked(const Found& found, Result<http::Response> answer,
                                           const std::string& inside) {
  if (!answer || answer->status == 200) return answer;
  const std::string where = "the agent " + found.node + " (" + found.agent.text() + ")";
  if (answer->status == 404) {
    if (inside.empty()) {
      return fail(Errc::not_found, where + " has no such sandbox (any more)");
    }
    return fail(Errc::not_found, "no \"" + inside + "\" in the sandbox on " + where, "path");
  }
  if (answer->status == 400) {
    return fail(Errc::invalid_argument, "\"" + inside + "\": " + answer->body, "path");
  }
  if (answer->status == 401 || answer->status == 403) {
    return fail(Errc::unavailable, where + " shows its files only to whom it knows (" +
                                       std::to_string(answer->status) +
                                       "): check retz.mesos.principal and retz.mesos.secret.file");
  }
  return fail(Errc::unavailable, where + " answers " + std::to_string(answer->status) + " " +
                                     answer->body.substr(0, 200));
}

Result<std::vector<FileEntry>> AgentFiles::browse(const Found& found, const std::string& inside) {
  const std::string path = found.root + (inside.empty() ? "" : "/" + inside);
  auto answer = checked(found,
                        ask(found.agent, "the agent " + found.node, "GET",
                            "/files/browse?path=" + percent_encoded(path)),
                        inside);
  if (!answer) return tl::unexpected(answer.error());
  auto entries = entries_in_browse(answer->body, found.root);
  if (!entries) return fail(Errc::unavailable, "the agent " + found.node + " does not list files");
  return std::move(*entries);
}

Result<std::vector<FileEntry>> AgentFiles::list(AttemptRef attempt, const std::string& path) {
  const auto inside = inside_of(path);
  if (!inside) return tl::unexpected(inside.error());
  const auto found = find(attempt);
  if (!found) return tl::unexpected(found.error());
  auto entries = browse(*found, *inside);
  if (!entries || !entries->empty() || inside->empty()) return entries;
  // Of a file, too, an agent lists nothing: what it is tells the directory that it is in.
  const std::size_t slash = inside->rfind('/');
  auto beside = browse(*found, slash == std::string::npos ? "" : inside->substr(0, slash));
  if (!beside) return beside;
  const auto self = std::find_if(beside->begin(), beside->end(),
                                 [&](const FileEntry& entry) { return entry.path == *inside; });
  if (self == beside->end() || S_ISDIR(self->mode)) return entries;
  return std::vector<FileEntry>{*self};
}

Result<FileChunk> AgentFiles::read(AttemptRef attempt, const std::string& path, std::int64_t offset,
                                   std::int64_t length) {
  if (offset < 0) return fail(Errc::invalid_argument, "offset cannot be negative", "offset");
  if (length < 0) return fail(Errc::invalid_argument, "length cannot be negative", "length");
  const auto inside = inside_of(path);
  if (!inside) return tl::unexpected(inside.error());
  const auto found = find(attempt);
  if (!found) return tl::unexpected(found.error());
  const std::string who = "the agent " + found->node;
  FileChunk out{.data = {}, .offset = offset, .size = 0};
  const std::int64_t want = std::min(length, chunk_max);
  do {
    const auto have = static_cast<std::int64_t>(out.data.size());
    const nlohmann::json question = {
        {"type", "READ_FILE"},
        {"read_file",
         {{"path", found->root + "/" + *inside},
          {"offset", offset + have},
          {"length", std::clamp<std::int64_t>(want - have, 1, piece_max)}}}};
    const auto replaced = nlohmann::json::error_handler_t::replace;
    auto answer = checked(
        *found, ask(found->agent, who, "POST", "/api/v1", question.dump(-1, ' ', false, replaced)),
        *inside);
    if (!answer) return tl::unexpected(answer.error());
    auto piece = piece_in_read_file(answer->body);
    if (!piece) return fail(Errc::unavailable, who + " does not answer READ_FILE as it should");
    out.size = piece->size;
    const auto asked =
        static_cast<std::size_t>(std::clamp<std::int64_t>(want - have, 0, piece_max));
    piece->data.resize(std::min(piece->data.size(), asked));
    out.data += piece->data;
    if (piece->data.size() < asked) break;  // the end, or an agent that gives less than it could
    if (asked == 0) break;
  } while (static_cast<std::int64_t>(out.data.size()) < want);
  return out;
}

}  // namespace retz::mesos
