// Command lines as Retz users write them, made readable for CLI11, and errors that suggest.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Validators.hpp>

namespace retz::cli {

/// The original's options with one dash and more than one letter ("-cmd", "-cpu", "-id") get their
/// second dash; everything behind "--" stays as it is.
std::vector<std::string> with_two_dashes(std::vector<std::string> arguments);

/// A check that a value is a whole number of at least `least`.
CLI::Validator whole_number_from(std::int64_t least);

/// What to say of a word that is no subcommand, with the nearest that is one.
std::string unknown_subcommand(const CLI::App& app, const std::string& word);

/// Parses and runs the callbacks. On bad usage writes one sentence, with the nearest known
/// subcommand or option, to stderr. Returns -1 where the program shall go on, else its exit code:
/// 0 after --help, 2 for bad usage.
int parse_arguments(CLI::App& app, const std::vector<std::string>& arguments);

}  // namespace retz::cli
