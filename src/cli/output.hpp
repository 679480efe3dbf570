// Standard output and error that never hold the program up.
#pragma once

#include <memory>
#include <string>

namespace retz::cli {

/// Opens /dev/null where one of the descriptors 0 to 2 is closed, lest a database get its number
/// and log lines be written into it. Call it first.
void reserve_standard_descriptors();

/// Text on its way to a descriptor, written by a thread of its own. A reader that has stopped
/// costs lines (the oldest go, and their number is told once it reads again), never time. A closed
/// or full target takes nothing and is no error.
/// Threads: any may write.
class Output {
 public:
  explicit Output(int descriptor, std::size_t capacity = 256 * 1024);
  /// Gives what is queued a moment to get out, then leaves it.
  ~Output();
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  /// One or more whole lines.
  void write(std::string lines);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace retz::cli
