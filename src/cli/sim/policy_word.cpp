#include "cli/sim/policy_word.hpp"

#include <vector>

#include "cli/nearest.hpp"
#include "retz/json.hpp"

namespace retz::cli {

namespace {

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> out{""};
  for (const char c : text) {
    if (c == at) {
      out.emplace_back();
    } else if (c != ' ' || !out.back().empty()) {
      out.back() += c;
    }
  }
  return out;
}

/// The names that an error lists: "... there are: fifo, priority".
std::vector<std::string> listed_names(const std::string& message) {
  const std::string mark = "there are: ";
  const std::size_t found = message.find(mark);
  if (found == std::string::npos) return {};
  return split(message.substr(found + mark.size()), ',');
}

class Word {
 public:
  Word(RunConfig base, const std::string& word) : config_(std::move(base)), word_(word) {}

  Result<RunConfig> read() {
    const std::vector<std::string> parts = split(word_, ',');
    if (auto first = read_names(parts.front()); !first) return tl::unexpected(first.error());
    for (std::size_t i = 1; i < parts.size(); ++i) {
      if (auto one = read_setting(parts[i]); !one) return tl::unexpected(one.error());
    }
    if (auto checked = check(); !checked) return tl::unexpected(checked.error());
    return config_;
  }

 private:
  tl::unexpected<Error> wrong(const std::string& message) const {
    return fail(Errc::invalid_argument, "in \"" + word_ + "\": " + message, "--policy");
  }

  Result<void> read_names(const std::string& text) {
    const std::vector<std::string> names = split(text, '+');
    if (names.size() < 2 || names.size() > 3 || names[0].empty() || names[1].empty()) {
      return wrong("\"" + text +
                   "\" must be ORDERING+PLANNER or ORDERING+PLANNER+FIT, as in fifo+easy");
    }
    config_.policy.ordering = names[0];
    config_.policy.planner = names[1];
    if (names.size() == 3) config_.policy.fit_rule = names[2];
    return {};
  }

  Result<void> read_setting(const std::string& text) {
    const std::size_t equals = text.find('=');
    const std::string key = text.substr(0, equals);
    const std::vector<std::string> keys = {"backfill", "fit", "bound", "estimates", "events"};
    if (equals == std::string::npos || equals + 1 == text.size()) {
      return wrong("\"" + text + "\" must be KEY=VALUE, as in backfill=shortest");
    }
    const std::string value = text.substr(equals + 1);
    if (key == "backfill") {
      config_.policy.backfill_order = value;
    } else if (key == "fit") {
      config_.policy.fit_rule = value;
    } else if (key == "bound") {
      const auto bound = duration_from_text(value);
      if (!bound) return wrong("bound: " + bound.error().message);
      if (*bound <= Duration{0}) return wrong("bound: must be longer than no time");
      config_.starvation_bound = value;
    } else if (key == "estimates") {
      if (value != "requested" && value != "clairvoyant") {
        return wrong("estimates: is \"" + value + "\": requested or clairvoyant");
      }
      config_.estimates = value;
    } else if (key == "events") {
      if (value != "instant" && value != "event") {
        return wrong("events: is \"" + value + "\": instant or event");
      }
      config_.events = value;
    } else {
      return wrong("no setting \"" + key + "\"" + did_you_mean(key, keys) +
                   "; there are: backfill, fit, bound, estimates, events");
    }
    return {};
  }

  Result<void> check() const {
    const auto policy = make_policy(config_.policy);
    if (policy) return {};
    const std::string& field = policy.error().field;
    const std::string& name = field == "ordering"         ? config_.policy.ordering
                              : field == "planner"        ? config_.policy.planner
                              : field == "backfill_order" ? config_.policy.backfill_order
                                                          : config_.policy.fit_rule;
    const std::string& message = policy.error().message;
    return wrong(field + ": " + message + did_you_mean(name, listed_names(message)));
  }

  RunConfig config_;
  const std::string& word_;
};

}  // namespace

Result<RunConfig> with_policy(RunConfig base, const std::string& word) {
  return Word(std::move(base), word).read();
}

}  // namespace retz::cli
