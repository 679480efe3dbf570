// Command lines as Retz users write them, made readable for CLI11, and errors that suggest.
#include "cli/arguments.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <iostream>
#include <string_view>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/nearest.hpp"

namespace retz::cli {

namespace {

constexpr std::array<std::string_view, 12> one_dash{"-cmd",  "-cpu",     "-mem",    "-gpu",
                                                    "-id",   "-tag",     "-ports",  "-prio",
                                                    "-name", "-appname", "-stderr", "-disk"};

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    for (const auto& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

std::vector<std::string> subcommand_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(sub->get_name());
  }
  return names;
}

/// The first word that is neither an option of `app` nor such an option's value.
std::string first_word(const CLI::App& app, const std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto& argument = arguments[i];
    if (argument.empty() || argument[0] != '-') return argument;
    if (argument.find('=') != std::string::npos) continue;
    const auto* option = app.get_option_no_throw(argument);
    if (option != nullptr && option->get_items_expected_max() > 0) ++i;
  }
  return "";
}

int complain(const CLI::App& app, const std::string& sentence) {
  std::cerr << app.get_name() << ": " << sentence << "\n";
  return 2;
}

/// "retz-sim generate batch_mix": what a user types to reach `app`.
std::string typed_path(const CLI::App* app) {
  std::string path = app->get_name();
  for (app = app->get_parent(); app != nullptr; app = app->get_parent()) {
    path.insert(0, app->get_name() + " ");
  }
  return path;
}

const CLI::App& innermost(const CLI::App& app) {
  const auto parsed = app.get_subcommands();
  return parsed.empty() ? app : innermost(*parsed.back());
}

/// Options that a subcommand does not know fall through to the program, so both are asked.
std::string sentence_for(const CLI::App& app, const CLI::App& inner, const CLI::ParseError& error) {
  auto known = option_names(inner);
  for (auto& name : option_names(app)) known.push_back(std::move(name));
  const auto extras = app.remaining(true);
  for (const auto& extra : extras) {
    const auto name = extra.substr(0, extra.find('='));
    if (name.size() > 1 && name[0] == '-') {
      return "unknown option " + name + did_you_mean(name, known);
    }
  }
  return extras.empty() ? error.what() : "unexpected argument \"" + extras.front() + "\"";
}

}  // namespace

CLI::Validator whole_number_from(std::int64_t least) {
  const auto complaint = [least](const std::string& text) -> std::string {
    std::int64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error == std::errc{} && stop == end && value >= least) return "";
    return '"' + text + "\" is not a whole number from " + std::to_string(least) + " on";
  };
  return {complaint, "", "whole number"};
}

std::string unknown_subcommand(const CLI::App& app, const std::string& word) {
  return "unknown subcommand \"" + word + "\"" + did_you_mean(word, subcommand_names(app)) + "; `" +
         app.get_name() + " --help` lists them";
}

std::vector<std::string> with_two_dashes(std::vector<std::string> arguments) {
  for (auto& argument : arguments) {
    if (argument == "--") break;
    const std::string_view name = std::string_view(argument).substr(0, argument.find('='));
    if (std::find(one_dash.begin(), one_dash.end(), name) != one_dash.end()) {
      argument.insert(0, 1, '-');
    }
  }
  return arguments;
}

int parse_arguments(CLI::App& app, const std::vector<std::string>& arguments) {
  const auto subcommands = subcommand_names(app);
  if (const auto word = first_word(app, arguments); !subcommands.empty() && !word.empty()) {
    if (std::find(subcommands.begin(), subcommands.end(), word) == subcommands.end()) {
      return complain(app, unknown_subcommand(app, word));
    }
  }
  try {
    // CLI11 takes the words from the last to the first.
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::Success&) {
    const auto& inner = innermost(app);
    const CLI::App* parent = inner.get_parent();
    std::cout << inner.help(parent == nullptr ? "" : typed_path(parent)) << std::flush;
    return 0;
  } catch (const CLI::ParseError& error) {
    const auto& inner = innermost(app);
    return complain(
        app, sentence_for(app, inner, error) + "; `" + typed_path(&inner) + " --help` says more");
  }
  return -1;
}

}  // namespace retz::cli
