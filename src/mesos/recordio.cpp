// RecordIO, the framing of a stream of events.
#include "mesos/recordio.hpp"

#include <algorithm>
#include <charconv>

namespace retz::mesos {

/// Takes the size off the front. False: not all of it has come. Error: no size, or beyond the
/// limit.
Result<bool> RecordReader::read_size(std::string_view& bytes) {
  constexpr std::size_t digits_max = 19;
  const std::size_t end = std::min(bytes.find('\n'), bytes.size());
  pending_.append(bytes.substr(0, std::min(end, digits_max + 1)));
  const auto wrong = [&](const std::string& why) {
    return fail(Errc::io_error, "the stream of events is broken: " + why);
  };
  const bool digits =
      std::all_of(pending_.begin(), pending_.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || pending_.size() > digits_max) return wrong("a record's size is not a number");
  const bool whole = end < bytes.size();
  bytes.remove_prefix(whole ? end + 1 : end);
  if (!whole) return false;
  if (pending_.empty()) return wrong("a record has no size");
  std::from_chars(pending_.data(), pending_.data() + pending_.size(), size_);
  if (size_ > max_) {
    return wrong("a record of " + pending_ + " bytes is larger than " + std::to_string(max_));
  }
  pending_.clear();
  return true;
}

Result<void> RecordReader::take(std::string_view bytes,
                                const std::function<bool(std::string_view)>& record) {
  for (;;) {
    if (!sized_) {
      if (bytes.empty()) return {};
      const auto sized = read_size(bytes);
      if (!sized) return tl::unexpected(sized.error());
      if (!*sized) return {};
      sized_ = true;
    }
    const std::size_t missing = size_ - pending_.size();
    if (bytes.size() < missing) {
      pending_.append(bytes);
      return {};
    }
    sized_ = false;
    bool more = true;
    if (pending_.empty()) {
      more = record(bytes.substr(0, missing));
    } else {
      pending_.append(bytes.substr(0, missing));
      more = record(pending_);
      pending_.clear();
    }
    bytes.remove_prefix(missing);
    if (!more) return {};
  }
}

}  // namespace retz::mesos
