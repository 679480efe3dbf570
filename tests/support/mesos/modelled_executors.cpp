#include "support/mesos/modelled_executors.hpp"

#include <cstdlib>

#include <nlohmann/json.hpp>

namespace retz::testing::mesos {
namespace {

double number_after(const std::string& text, const char* word, double otherwise) {
  const auto at = text.find(word);
  if (at == std::string::npos) return otherwise;
  return std::strtod(text.c_str() + at + std::char_traits<char>::length(word), nullptr);
}

std::string command_of(const nlohmann::json& info) {
  const nlohmann::json command = info.value("command", nlohmann::json::object());
  std::string text = command.value("value", "");
  for (const std::string& word : command.value("arguments", std::vector<std::string>{})) {
    text += ' ' + word;
  }
  return text;
}

}  // namespace

void ModelledExecutors::say(Instant at, const Key& key, std::uint64_t number, TaskStatus status,
                            bool last) {
  words_.emplace(at, Word{key, number, std::move(status), last});
}

void ModelledExecutors::begin(const Key& key, const Order& order, Instant now) {
  const std::string command = command_of(nlohmann::json::parse(order.info));
  Task task;
  task.number = ++count_;
  task.run = Duration(static_cast<std::int64_t>(number_after(command, "sleep ", 0.0) * 1e6));
  task.exit_code = static_cast<int>(number_after(command, "exit ", 0.0));
  const auto spread = static_cast<std::uint64_t>(start_spread.count()) + 1;
  const Instant starts =
      now + start_least + Duration(static_cast<std::int64_t>(random_.below(spread)));
  const Instant runs = starts + std::chrono::milliseconds(1);
  say(starts, key, task.number, {"TASK_STARTING"}, false);
  say(runs, key, task.number, {"TASK_RUNNING"}, false);
  TaskStatus end;
  end.state = task.exit_code == 0 ? "TASK_FINISHED" : "TASK_FAILED";
  end.message = "Command exited with status " + std::to_string(task.exit_code);
  say(runs + task.run, key, task.number, std::move(end), true);
  tasks_[key] = task;
}

void ModelledExecutors::take(std::vector<Order> orders, Instant now) {
  for (Order& order : orders) {
    const Key key{order.agent, order.framework, order.task};
    const auto found = tasks_.find(key);
    if (order.kind == Order::Kind::launch) {
      begin(key, order, now);
    } else if (found == tasks_.end()) {
      continue;
    } else if (order.kind == Order::Kind::destroy) {
      tasks_.erase(found);
    } else if (!found->second.killed) {
      found->second.killed = true;
      const std::uint64_t number = found->second.number = ++count_;  // what it had to say is void
      if (order.tell_killing) say(now, key, number, {"TASK_KILLING"}, false);
      const auto grace = order.grace.value_or(Duration{0});
      const auto spread = static_cast<std::uint64_t>(grace.count()) + 1;
      say(now + Duration(static_cast<std::int64_t>(random_.below(spread))), key, number,
          {"TASK_KILLED", "Command terminated with signal Terminated"}, true);
    }
  }
}

void ModelledExecutors::pass(ScriptedMaster& master, Instant now) {
  while (!words_.empty() && words_.begin()->first <= now) {
    const Word word = std::move(words_.begin()->second);
    words_.erase(words_.begin());
    const auto found = tasks_.find(word.key);
    if (found == tasks_.end() || found->second.number != word.number) continue;
    if (word.last) tasks_.erase(found);
    master.task_says(word.key.agent, word.key.framework, word.key.task, word.status, now);
  }
}

std::optional<Instant> ModelledExecutors::next() const {
  if (words_.empty()) return std::nullopt;
  return words_.begin()->first;
}

}  // namespace retz::testing::mesos
