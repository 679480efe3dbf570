// The JSON form of an application, and of what the stores keep beside jobs.
#include <algorithm>

#include "json/reading.hpp"
#include "json/stored.hpp"
#include "retz/json.hpp"

namespace retz::json {
namespace {

constexpr std::size_t files_max = 1024;

bool known_scheme(std::string_view uri) {
  if (uri.starts_with('/')) {
    return true;
  }
  for (const std::string_view scheme : {"file://", "http://", "https://", "hdfs://"}) {
    if (uri.starts_with(scheme) && uri.size() > scheme.size()) {
      return true;
    }
  }
  return false;
}

void read_uri(const Value& value, const Place& place, Reading& reading, FetchItem& out) {
  out.uri = reading.text(value, place);
  if (check_line(out.uri, place, reading, 1, 4096) && reading.strict() && !known_scheme(out.uri)) {
    reading.refuse(place,
                   "must be an absolute path or start with file://, http://, https:// or hdfs://");
  }
}

constexpr Field<FetchItem> file_fields[] = {
    {"uri", read_uri},
    {"executable", [](const Value& v, const Place& p, Reading& r,
                      FetchItem& out) { out.executable = r.boolean(v, p); }},
    {"extract", [](const Value& v, const Place& p, Reading& r,
                   FetchItem& out) { out.extract = r.boolean(v, p); }},
    {"cache", [](const Value& v, const Place& p, Reading& r,
                 FetchItem& out) { out.cache = r.boolean(v, p); }},
};

FetchItem read_file(const Value& value, const Place& place, Reading& reading) {
  FetchItem out;
  if (value.kind == Value::Kind::string) {
    read_uri(value, place, reading, out);
    return out;
  }
  read_object(value, place, reading, file_fields, out);
  if (out.uri.empty()) {
    reading.refuse(Place{&place, "uri"}, "is missing; say where the file is");
  }
  return out;
}

void read_files(const Value& value, const Place& place, Reading& reading, Application& out) {
  if (!reading.is(value, Value::Kind::array, place, "an array of files")) {
    return;
  }
  if (reading.strict() && value.items.size() > files_max) {
    reading.refuse(place, "must have at most 1024 entries");
  }
  for (std::size_t i = 0; i < value.items.size() && reading.ok(); ++i) {
    out.files.push_back(read_file(value.items[i], Place{&place, {}, i}, reading));
  }
}

constexpr Field<Application> application_fields[] = {
    {"name",
     [](const Value& v, const Place& p, Reading& r, Application& out) {
       out.name = r.text(v, p);
       check_name(out.name, p, r, 32);
     }},
    {"owner",
     [](const Value& v, const Place& p, Reading& r, Application& out) {
       out.owner = r.text(v, p);
       check_line(out.owner, p, r, 0, 32);
     }},
    {"files", read_files},
    {"unix_user",
     [](const Value& v, const Place& p, Reading& r, Application& out) {
       out.unix_user = r.text(v, p);
       if (!out.unix_user.empty()) {
         check_name(out.unix_user, p, r, 32);
       }
     }},
    {"container_image",
     [](const Value& v, const Place& p, Reading& r, Application& out) {
       out.container_image = r.text(v, p);
       if (check_line(out.container_image, p, r, 0, 512) && r.strict() &&
           out.container_image.find(' ') != std::string::npos) {
         r.refuse(p, "must be an image's reference, without blanks");
       }
     }},
    {"grace_period", [](const Value& v, const Place& p, Reading& r,
                        Application& out) { out.grace_period = r.duration(v, p, Duration(0)); }},
    {"enabled", [](const Value& v, const Place& p, Reading& r,
                   Application& out) { out.enabled = r.boolean(v, p); }},
};

constexpr std::int64_t any = INT64_MAX;

constexpr Field<GpuShare> share_fields[] = {
    {"device",
     [](const Value& v, const Place& p, Reading& r, GpuShare& out) {
       out.device = static_cast<std::uint32_t>(r.integer(v, p, 0, any));
     }},
    {"amount",
     [](const Value& v, const Place& p, Reading& r, GpuShare& out) {
       out.amount = static_cast<std::int32_t>(r.thousandths(v, p, 0, any));
     }},
};

void read_ports(const Value& value, const Place& place, Reading& reading, Placement& out) {
  reading.is(value, Value::Kind::array, place, "an array of ports");
  for (const Value& port : value.items) {
    out.ports.push_back(static_cast<std::uint16_t>(reading.integer(port, place, 0, 65535)));
  }
}

void read_shares(const Value& value, const Place& place, Reading& reading, Placement& out) {
  reading.is(value, Value::Kind::array, place, "an array of devices");
  for (const Value& device : value.items) {
    read_object(device, place, reading, share_fields, out.gpus.emplace_back());
  }
}

void read_given(const Value& value, const Place& place, Reading& reading, Placement& out) {
  reading.is(value, Value::Kind::object, place, "an object of numbers");
  for (std::size_t i = 0; i < value.items.size() && reading.ok(); ++i) {
    out.amounts.custom.push_back(
        {value.keys[i], reading.thousandths(value.items[i], place, 0, any)});
  }
  std::sort(out.amounts.custom.begin(), out.amounts.custom.end());
}

constexpr Field<Placement> placement_fields[] = {
    {"node",
     [](const Value& v, const Place& p, Reading& r, Placement& out) { out.node = r.text(v, p); }},
    {"cpus", [](const Value& v, const Place& p, Reading& r,
                Placement& out) { out.amounts.cpus = r.thousandths(v, p, 0, any); }},
    {"mem", [](const Value& v, const Place& p, Reading& r,
               Placement& out) { out.amounts.mem = r.mebibytes(v, p, 0); }},
    {"disk", [](const Value& v, const Place& p, Reading& r,
                Placement& out) { out.amounts.disk = r.mebibytes(v, p, 0); }},
    {"ports", read_ports},
    {"gpus", read_shares},
    {"custom", read_given},
};

template <class T, std::size_t N>
Result<T> read_text(std::string_view text, Trust trust, const Field<T> (&fields)[N]) {
  const Result<Value> root = parse(text);
  if (!root) {
    return tl::unexpected(root.error());
  }
  Reading reading(trust);
  T out;
  read_object(*root, Place{}, reading, fields, out);
  if (!reading.ok()) {
    return tl::unexpected(reading.take_error());
  }
  return out;
}

}  // namespace

Result<Application> stored_application(std::string_view text) {
  return read_text(text, Trust::trusted, application_fields);
}

Result<Placement> stored_placement(std::string_view text) {
  return read_text(text, Trust::trusted, placement_fields);
}

Result<std::vector<JobId>> stored_job_ids(std::string_view text) {
  const Result<Value> root = parse(text);
  if (!root) {
    return tl::unexpected(root.error());
  }
  Reading reading(Trust::trusted);
  reading.is(*root, Value::Kind::array, Place{}, "an array of numbers");
  std::vector<JobId> out;
  for (const Value& id : root->items) {
    out.push_back(JobId{static_cast<std::uint64_t>(reading.integer(id, Place{}, 0, any))});
  }
  if (!reading.ok()) {
    return tl::unexpected(reading.take_error());
  }
  return out;
}

}  // namespace retz::json

namespace retz {

Result<Application> application_from_json(std::string_view text) {
  return json::read_text(text, json::Trust::strict, json::application_fields);
}

}  // namespace retz
