// /v1/jobs/{id}/files: what is there, and what is in it.
#include "server/files.hpp"

#include <charconv>

#include "server/json_text.hpp"
#include "server/pump.hpp"
#include "server/routes.hpp"

namespace retz::server {

Result<std::optional<AttemptRef>> wanted_attempt(const Call& call, const JobRecord& job) {
  const auto number = number_parameter(call, "attempt", 1, UINT32_MAX);
  if (!number) return tl::unexpected(number.error());
  const std::uint32_t wanted =
      number->has_value() ? static_cast<std::uint32_t>(**number) : job.status.attempts;
  if (wanted == 0) return std::nullopt;
  if (wanted <= job.status.attempts) return AttemptRef{job.id, wanted};
  if (!is_terminal(job.status.state) && wanted == job.status.attempts + 1) return std::nullopt;
  return fail(Errc::not_found,
              "job " + std::to_string(job.id.value) + " has no attempt " + std::to_string(wanted),
              "attempt");
}

Result<AttemptRef> started_attempt(const Call& call) {
  const auto job = visible_job(call);
  if (!job) return tl::unexpected(job.error());
  const auto attempt = wanted_attempt(call, *job);
  if (!attempt) return tl::unexpected(attempt.error());
  if (attempt->has_value()) return **attempt;
  return fail(Errc::not_found,
              "job " + std::to_string(job->id.value) + " has no files yet: it has not started");
}

RangeFit range_of(std::string_view field, std::int64_t size, ByteRange& out) {
  constexpr std::string_view unit = "bytes=";
  if (!field.starts_with(unit)) return RangeFit::none;
  field.remove_prefix(unit.size());
  const std::size_t dash = field.find('-');
  if (dash == std::string_view::npos || field.find(',') != std::string_view::npos) {
    return RangeFit::none;
  }
  const auto number = [](std::string_view text) -> std::optional<std::int64_t> {
    std::int64_t value = 0;
    const auto [stop, error] = std::from_chars(text.begin(), text.end(), value);
    if (error != std::errc{} || stop != text.end() || value < 0) return std::nullopt;
    return value;
  };
  const auto first = number(field.substr(0, dash)), last = number(field.substr(dash + 1));
  const bool from_start = dash != 0, to_number = dash + 1 < field.size();
  if ((from_start && !first) || (to_number && !last) || (!from_start && !to_number)) {
    return RangeFit::none;
  }
  if (!from_start) {
    out = {std::max<std::int64_t>(0, size - *last), size - 1};
    return *last == 0 || size == 0 ? RangeFit::unsatisfiable : RangeFit::partial;
  }
  if (to_number && *last < *first) return RangeFit::none;
  out = {*first, to_number ? std::min(*last, size - 1) : size - 1};
  return *first >= size ? RangeFit::unsatisfiable : RangeFit::partial;
}

void list_files(Call&& call) {
  const auto attempt = started_attempt(call);
  if (!attempt) return answer(call, attempt.error());
  const auto files = call.state->sandboxes.list(*attempt, call.parameter("path").value_or(""));
  if (!files) return answer(call, files.error());
  answer(call, 200, "{\"files\":" + list_of(*files, [](const FileEntry& file) {
                      return "{\"path\":" + json_string(file.path) +
                             ",\"size\":" + std::to_string(file.size) +
                             ",\"modified\":" + std::to_string(file.modified) +
                             ",\"mode\":" + std::to_string(file.mode) +
                             ",\"owner\":" + json_string(file.owner) +
                             ",\"group\":" + json_string(file.group) + "}";
                    }) + "}");
}

namespace {

/// A part of a file whose length was announced.
struct FilePart {
  std::shared_ptr<State> state;
  std::shared_ptr<http::Exchange> exchange;
  AttemptRef attempt;
  std::string path;
  std::int64_t offset = 0, left = 0;

  Turned turn() {
    if (left == 0) return {Turned::Next::done};
    const auto length = std::min<std::int64_t>(left, slice);
    auto chunk = state->sandboxes.read(attempt, path, offset, length);
    // A file that shrank meanwhile: the connection's early end tells the client.
    if (!chunk || chunk->data.empty()) return {Turned::Next::abandon};
    offset += static_cast<std::int64_t>(chunk->data.size());
    left -= static_cast<std::int64_t>(chunk->data.size());
    exchange->write(std::move(chunk->data));
    return {left == 0 ? Turned::Next::done : Turned::Next::more};
  }
};

void answer_unsatisfiable(const Call& call, std::int64_t size) {
  auto out = response(
      *call.state,
      Error{Errc::invalid_argument,
            "the range begins behind the file's end, at " + std::to_string(size), "Range"});
  out.status = 416;
  out.headers.emplace_back("Content-Range", "bytes */" + std::to_string(size));
  call.exchange->send(std::move(out));
}

Error too_large(std::int64_t wanted, std::int64_t most) {
  return {Errc::too_large,
          "one read gives at most " + std::to_string(most) + " bytes, these are " +
              std::to_string(wanted) + ": read in parts with offset and length",
          "length"};
}

void send_part(const Call& call, AttemptRef attempt, const std::string& path, std::int64_t offset,
               std::optional<std::int64_t> length) {
  // One read of nothing tells the size, and whether the file is there.
  const auto probe = call.state->sandboxes.read(attempt, path, 0, 0);
  if (!probe) return answer(call, probe.error());
  const std::int64_t size = probe->size;
  ByteRange range;
  const bool plain = call.parameter("offset") || length || !call.request.header("If-Range").empty();
  const RangeFit fit = plain ? RangeFit::none : range_of(call.request.header("Range"), size, range);
  if (fit == RangeFit::unsatisfiable) return answer_unsatisfiable(call, size);
  std::int64_t left = std::max<std::int64_t>(0, size - offset);
  if (length) left = std::min(left, *length);
  if (fit == RangeFit::partial) {
    offset = range.first;
    left = range.last - range.first + 1;
  }
  const std::int64_t most = call.state->options.file_max;
  if (most >= 0 && left > most) return answer(call, too_large(left, most));
  auto head =
      response(*call.state, fit == RangeFit::partial ? 206 : 200, {}, "application/octet-stream");
  head.headers.emplace_back("Accept-Ranges", "bytes");
  if (fit == RangeFit::partial) {
    head.headers.emplace_back("Content-Range", "bytes " + std::to_string(range.first) + "-" +
                                                   std::to_string(range.last) + "/" +
                                                   std::to_string(size));
  }
  call.exchange->begin(std::move(head), static_cast<std::uint64_t>(left));
  if (call.request.method == "HEAD") return call.exchange->end();
  auto part =
      std::make_shared<FilePart>(FilePart{call.state, call.exchange, attempt, path, offset, left});
  std::make_shared<Pump>(call.state, call.exchange, [part] { return part->turn(); })->run();
}

/// The attempt to follow: the one asked for, the last, or the first that will be.
Result<AttemptRef> followed_attempt(const Call& call) {
  const auto job = visible_job(call);
  if (!job) return tl::unexpected(job.error());
  const auto attempt = wanted_attempt(call, *job);
  if (!attempt) return tl::unexpected(attempt.error());
  return attempt->value_or(AttemptRef{job->id, job->status.attempts + 1});
}

}  // namespace

void read_file(Call&& call) {
  const auto path = call.parameter("path");
  if (!path) {
    return answer(call, Error{Errc::invalid_argument, "path must name a file", "path"});
  }
  const auto offset = number_parameter(call, "offset", 0, INT64_MAX);
  const auto length = number_parameter(call, "length", 0, INT64_MAX);
  const auto following = flag_parameter(call, "follow"), later = flag_parameter(call, "later");
  if (!offset) return answer(call, offset.error());
  if (!length) return answer(call, length.error());
  if (!following) return answer(call, following.error());
  if (!later) return answer(call, later.error());
  if (*following && *length) {
    return answer(call, Error{Errc::invalid_argument,
                              "length has no meaning for a file that is followed", "length"});
  }
  if (*later && !*following) {
    return answer(call, Error{Errc::invalid_argument, "later needs follow=true", "later"});
  }
  if (*following) {
    const auto attempt = followed_attempt(call);
    if (!attempt) return answer(call, attempt.error());
    return follow(call, {*attempt, *path, offset->value_or(0), *later});
  }
  const auto attempt = started_attempt(call);
  if (!attempt) return answer(call, attempt.error());
  send_part(call, *attempt, *path, offset->value_or(0), *length);
}

}  // namespace retz::server
