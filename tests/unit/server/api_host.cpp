#include "api_host.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

namespace retz::test {

Instant TestClock::wall() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return at_micros(std::chrono::duration_cast<Duration>(now).count() + offset);
}

Duration TestClock::steady() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<Duration>(now);
}

Result<std::vector<FileEntry>> TestSandboxes::list(AttemptRef attempt, const std::string& path) {
  const std::lock_guard lock(mutex_);
  const std::string prefix = path.empty() ? "" : path + "/";
  std::map<std::string, FileEntry> found;
  for (const auto& [key, file] : files_) {
    if (key.first != attempt || !key.second.starts_with(prefix)) continue;
    const std::string rest = key.second.substr(prefix.size());
    const std::size_t slash = rest.find('/');
    FileEntry entry;
    entry.path = prefix + rest.substr(0, slash);
    entry.mode = slash == std::string::npos ? S_IFREG | 0640U : S_IFDIR | 0755U;
    entry.size = slash == std::string::npos ? static_cast<std::int64_t>(file.content.size()) : 0;
    entry.modified = 1'500'000'000;
    entry.owner = "nobody";
    entry.group = "nogroup";
    found.emplace(entry.path, entry);
  }
  if (found.empty()) return fail(Errc::not_found, "there is no folder " + path);
  std::vector<FileEntry> out;
  for (auto& [name, entry] : found) out.push_back(entry);
  return out;
}

Result<FileChunk> TestSandboxes::read(AttemptRef attempt, const std::string& path,
                                      std::int64_t offset, std::int64_t length) {
  ++reads;
  const std::lock_guard lock(mutex_);
  const auto found = files_.find({attempt, path});
  if (found == files_.end()) return fail(Errc::not_found, "there is no file " + path, "path");
  const std::string& content = found->second.content;
  FileChunk out;
  out.offset = offset;
  out.size = found->second.claimed >= 0 ? found->second.claimed
                                        : static_cast<std::int64_t>(content.size());
  if (offset < static_cast<std::int64_t>(content.size())) {
    out.data = content.substr(static_cast<std::size_t>(offset), static_cast<std::size_t>(length));
  }
  return out;
}

void TestSandboxes::put(AttemptRef attempt, const std::string& path, std::string content) {
  const std::lock_guard lock(mutex_);
  files_[{attempt, path}].content = std::move(content);
}

void TestSandboxes::append(AttemptRef attempt, const std::string& path, const std::string& more) {
  const std::lock_guard lock(mutex_);
  files_[{attempt, path}].content += more;
}

void TestSandboxes::claim(AttemptRef attempt, const std::string& path, std::int64_t size) {
  const std::lock_guard lock(mutex_);
  files_[{attempt, path}].claimed = size;
}

ApiHost::ApiHost(server::ApiOptions options) : store(memory_store()) {
  std::vector<Write> users;
  for (const char* name : {"alice", "bob", "root", "carol"}) {
    User user;
    user.key_id = name;
    user.secret = user.key_id + "-secret";
    user.admin = user.key_id == "root";
    user.enabled = user.key_id != "carol";
    users.emplace_back(PutUser{user});
  }
  commit(std::move(users));
  api_ = std::make_unique<server::Api>(
      std::move(options), *store, mailbox_, sandboxes, [this] { return status; }, clock);
  auto server = http::serve({}, api_->handler(), api_->guard());
  REQUIRE(server);
  server_ = std::move(*server);
  api_->attach(*server_);
  runtime_ = std::thread([this] { answer_commands(); });
}

ApiHost::~ApiHost() {
  server_.reset();
  over_ = true;
  mailbox_.wake();
  runtime_.join();
}

void ApiHost::answer_commands() {
  while (!over_) {
    for (auto& [command, reply] : mailbox_.drain().commands) {
      std::unique_lock lock(mutex_);
      commands_.push_back(command);
      if (mute) {
        unanswered_.push_back(std::move(reply));
        continue;
      }
      const auto script = script_;
      lock.unlock();
      reply(script ? script(command) : Answer{});
    }
    mailbox_.wait(std::chrono::milliseconds(100));
  }
}

std::string ApiHost::url() const {
  return "http://127.0.0.1:" + std::to_string(server_->port());
}

std::unique_ptr<http::Client> ApiHost::client(const std::string& user) {
  http::ClientOptions options;
  options.url = url();
  options.key_id = user;
  if (!user.empty()) options.secret = user + "-secret";
  auto client = http::connect(options);
  REQUIRE(client);
  return std::move(*client);
}

http::Response ApiHost::call(const std::string& method, const std::string& target,
                             const std::string& body, const http::Headers& headers,
                             const std::string& user) {
  auto response = client(user)->call(method, target, body, headers);
  REQUIRE_MESSAGE(response, (response ? "" : response.error().message));
  return *response;
}

void ApiHost::commit(std::vector<Write> writes) {
  ++number_.value;
  REQUIRE(store->commit(number_, clock.wall(), writes));
  if (api_) api_->committed(number_, clock.wall(), writes);
}

JobRecord ApiHost::add_job(std::uint64_t id, const std::string& user, const std::string& tag) {
  JobSpec spec;
  spec.application = "app";
  spec.user = user;
  spec.command = "true";
  spec.name = "job" + std::to_string(id);
  spec.tags = {tag};
  JobRecord job;
  job.id = JobId{id};
  job.spec = std::make_shared<const JobSpec>(spec);
  job.status.arrival = Arrival{id};
  job.status.submitted = clock.wall();
  commit({AddJob{job}});
  return job;
}

void ApiHost::update(JobRecord& job, JobState state, std::uint32_t attempts) {
  job.status.state = state;
  job.status.attempts = attempts;
  if (is_terminal(state)) job.status.outcome = Outcome{};
  commit({UpdateJob{job.id, job.status}});
}

void ApiHost::put_attempt(AttemptRef attempt, AttemptState state) {
  AttemptRecord record;
  record.ref = attempt;
  record.state = state;
  record.placement.node = "local";
  if (state == AttemptState::ended) record.outcome = Outcome{};
  commit({PutAttempt{record}});
}

void ApiHost::on_command(std::function<Result<Answer>(const Command&)> script) {
  const std::lock_guard lock(mutex_);
  script_ = std::move(script);
}

std::vector<Command> ApiHost::commands() {
  const std::lock_guard lock(mutex_);
  return commands_;
}

bool eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace retz::test
