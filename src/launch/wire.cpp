#include "launch/wire.hpp"

#include <type_traits>

namespace retz::launch {
namespace {

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  template <class Int>
  void integer(Int value) {
    auto bits = static_cast<std::make_unsigned_t<Int>>(value);
    for (std::size_t i = 0; i < sizeof(Int); ++i) {
      out_ += static_cast<char>(static_cast<unsigned char>(bits & 0xFFU));
      if constexpr (sizeof(Int) > 1) bits = static_cast<decltype(bits)>(bits >> 8U);
    }
  }
  void text(std::string_view value) {
    integer(static_cast<std::uint32_t>(value.size()));
    out_ += value;
  }
  void attempt(AttemptRef ref) {
    integer(ref.job.value);
    integer(ref.attempt);
  }
  void duration(Duration value) { integer(value.count()); }

  void body(const Hello& m) {
    integer(m.version);
    text(m.boot_id);
  }
  void body(const LaunchOrder& m) {
    attempt(m.attempt);
    integer(m.uid);
    integer(m.gid);
    integer(static_cast<std::uint32_t>(m.groups.size()));
    for (const auto group : m.groups) integer(group);
    text(m.command);
    integer(static_cast<std::uint32_t>(m.environment.size()));
    for (const auto& entry : m.environment) text(entry);
    integer(m.cpus);
    integer(m.mem);
    duration(m.time_limit);
    duration(m.grace_period);
  }
  void body(const StopOrder& m) {
    attempt(m.attempt);
    duration(m.grace_period);
  }
  void body(const Query& m) { attempt(m.attempt); }
  void body(const ShutDown&) {}
  void body(const Started& m) {
    attempt(m.attempt);
    text(m.confinement);
  }
  void body(const Ended& m) { text(to_text(m.record)); }

 private:
  std::string& out_;
};

/// Reads past the end give zeros and set `ok` to false.
class Reader {
 public:
  explicit Reader(std::string_view in) : in_(in) {}
  bool whole() const { return ok_ && at_ == in_.size(); }

  template <class Int>
  void integer(Int& value) {
    std::make_unsigned_t<Int> bits = 0;
    if (in_.size() - at_ < sizeof(Int)) {
      ok_ = false;
    } else {
      for (std::size_t i = sizeof(Int); i > 0; --i) {
        if constexpr (sizeof(Int) > 1) bits = static_cast<decltype(bits)>(bits << 8U);
        bits = static_cast<decltype(bits)>(bits | static_cast<unsigned char>(in_[at_ + i - 1]));
      }
      at_ += sizeof(Int);
    }
    value = static_cast<Int>(bits);
  }
  void text(std::string& value) {
    const std::size_t size = count(1);
    value.assign(in_.substr(at_, size));
    at_ += size;
  }
  /// A number of things of at least `least` bytes each, so that a false number allocates nothing.
  std::size_t count(std::size_t least) {
    std::uint32_t n = 0;
    integer(n);
    if (std::size_t{n} * least <= in_.size() - at_) return n;
    ok_ = false;
    return 0;
  }
  void attempt(AttemptRef& ref) {
    integer(ref.job.value);
    integer(ref.attempt);
  }
  void duration(Duration& value) {
    std::int64_t us = 0;
    integer(us);
    value = Duration(us);
  }

  void body(Hello& m) {
    integer(m.version);
    text(m.boot_id);
  }
  void body(LaunchOrder& m) {
    attempt(m.attempt);
    integer(m.uid);
    integer(m.gid);
    m.groups.resize(count(4));
    for (auto& group : m.groups) integer(group);
    text(m.command);
    m.environment.resize(count(4));
    for (auto& entry : m.environment) text(entry);
    integer(m.cpus);
    integer(m.mem);
    duration(m.time_limit);
    duration(m.grace_period);
  }
  void body(StopOrder& m) {
    attempt(m.attempt);
    duration(m.grace_period);
  }
  void body(Query& m) { attempt(m.attempt); }
  void body(ShutDown&) {}
  void body(Started& m) {
    attempt(m.attempt);
    text(m.confinement);
  }
  void body(Ended& m) {
    std::string record;
    text(record);
    auto parsed = exit_record_from_text(record);
    ok_ = ok_ && parsed.has_value();
    if (parsed) m.record = std::move(*parsed);
  }

 private:
  std::string_view in_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

template <std::size_t I = 0>
bool read_alternative(std::size_t index, Reader& reader, Message& message) {
  if constexpr (I == std::variant_size_v<Message>) {
    return false;
  } else {
    if (index != I) return read_alternative<I + 1>(index, reader, message);
    reader.body(message.emplace<I>());
    return reader.whole();
  }
}

}  // namespace

void encode(std::string& out, const Message& message) {
  const std::size_t head = out.size();
  out.append(4, '\0');
  Writer writer(out);
  writer.integer(static_cast<std::uint8_t>(message.index()));
  std::visit([&](const auto& m) { writer.body(m); }, message);
  auto size = static_cast<std::uint32_t>(out.size() - head - 4);
  for (std::size_t i = 0; i < 4; ++i, size >>= 8U) {
    out[head + i] = static_cast<char>(static_cast<unsigned char>(size & 0xFFU));
  }
}

Result<std::optional<Message>> decode(std::string_view in, std::size_t& from) {
  in.remove_prefix(from);
  if (in.size() < 4) return std::optional<Message>();
  std::uint32_t size = 0;
  Reader(in).integer(size);
  if (size == 0 || size > frame_max) {
    return fail(Errc::invalid_argument, "a frame of " + std::to_string(size) + " bytes");
  }
  if (in.size() - 4 < size) return std::optional<Message>();
  Reader reader(in.substr(5, size - 1));
  Message message;
  if (!read_alternative(static_cast<unsigned char>(in[4]), reader, message)) {
    return fail(Errc::invalid_argument, "a frame that is no message of this version");
  }
  from += 4 + std::size_t{size};
  return std::optional<Message>(std::move(message));
}

}  // namespace retz::launch
