#include "support/mesos/agent_files.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>

#include <nlohmann/json.hpp>

#include "support/mesos/schema.hpp"

namespace retz::testing::mesos {
namespace {

namespace fs = std::filesystem;
using http::Request;
using http::Response;
using nlohmann::json;

Response plain(int status, std::string body) {
  return {status, "text/plain; charset=utf-8", {}, std::move(body)};
}

std::string unescaped(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::map<std::string, std::string> query_of(const std::string& target) {
  std::map<std::string, std::string> out;
  const auto mark = target.find('?');
  if (mark == std::string::npos) return out;
  for (std::size_t at = mark + 1; at < target.size();) {
    const std::size_t end = std::min(target.find('&', at), target.size());
    const std::string pair = target.substr(at, end - at);
    const auto equals = std::min(pair.find('='), pair.size());
    out[pair.substr(0, equals)] = unescaped(pair.substr(std::min(equals + 1, pair.size())));
    at = end + 1;
  }
  return out;
}

/// The file that a path names, real or by "/frameworks/F/executors/T/runs/latest"; none: it is
/// not there, or not in a sandbox.
std::optional<fs::path> found(const fs::path& work, const std::string& path) {
  fs::path real = path;
  std::error_code error;
  if (path.starts_with("/frameworks/")) {
    for (const auto& agent : fs::directory_iterator(work / "slaves", error)) {
      real = agent.path() / path.substr(1);
      if (fs::exists(real, error)) break;
    }
  }
  const fs::path inside = fs::canonical(work, error) / "slaves";
  const fs::path resolved = fs::canonical(real, error);
  if (error) return std::nullopt;
  const std::string text = resolved.string() + '/';
  if (!text.starts_with(inside.string() + '/') || text.find("/runs/") == std::string::npos) {
    return std::nullopt;
  }
  return resolved;
}

std::string mode_text(mode_t mode) {
  std::string out = S_ISDIR(mode) ? "d" : S_ISLNK(mode) ? "l" : "-";
  for (unsigned bit = 0; bit < 9; ++bit) {
    out += (mode & (0400U >> bit)) != 0 ? "rwx"[bit % 3] : '-';
  }
  return out;
}

Response browse(const fs::path& work, const std::string& path) {
  const auto real = found(work, path);
  if (!real) return plain(404, "");
  json list = json::array();
  std::error_code error;
  if (fs::is_directory(*real, error)) {
    for (const auto& entry : fs::directory_iterator(*real, error)) {
      struct stat facts = {};
      if (lstat(entry.path().c_str(), &facts) != 0) continue;
      const passwd* user = getpwuid(facts.st_uid);
      const group* owners = getgrgid(facts.st_gid);
      list.push_back({{"path", path + '/' + entry.path().filename().string()},
                      {"mode", mode_text(facts.st_mode)},
                      {"nlink", facts.st_nlink},
                      {"size", facts.st_size},
                      {"mtime", static_cast<double>(facts.st_mtime)},
                      {"uid", user != nullptr ? user->pw_name : std::to_string(facts.st_uid)},
                      {"gid", owners != nullptr ? owners->gr_name : std::to_string(facts.st_gid)}});
    }
  }
  std::sort(list.begin(), list.end(),
            [](const json& a, const json& b) { return a["path"] < b["path"]; });
  return {200, "application/json", {}, list.dump(-1, ' ', false, json::error_handler_t::ignore)};
}

std::string piece_of(const fs::path& file, std::int64_t offset, std::size_t most) {
  std::ifstream in(file, std::ios::binary);
  in.seekg(offset);
  std::string data(most, '\0');
  in.read(data.data(), static_cast<std::streamsize>(most));
  data.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  return data;
}

constexpr std::size_t piece_max = 65536;

Response read(const fs::path& work, const std::map<std::string, std::string>& query) {
  const auto real = found(work, query.at("path"));
  if (!real) return plain(404, "");
  if (fs::is_directory(*real)) return plain(400, "Cannot read a directory.\n");
  std::int64_t offset = -1, length = static_cast<std::int64_t>(piece_max);
  try {
    if (query.count("offset") != 0) offset = std::stoll(query.at("offset"));
    if (query.count("length") != 0) length = std::stoll(query.at("length"));
  } catch (const std::exception&) {
    return plain(400, "Failed to parse offset: Failed to convert to number.\n");
  }
  if (offset < 0) {
    return {
        200, "application/json", {}, json{{"data", ""}, {"offset", fs::file_size(*real)}}.dump()};
  }
  if (length < 0) length = static_cast<std::int64_t>(piece_max);
  const std::string data =
      piece_of(*real, offset, std::min(piece_max, static_cast<std::size_t>(length)));
  // The bytes as they are: what is no UTF-8 makes this no JSON, as with the real one.
  std::string quoted;
  for (const char c : data) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) {
      quoted += c;
    } else {
      const std::string one = json(std::string(1, c)).dump();
      quoted += one.substr(1, one.size() - 2);
    }
  }
  return {200,
          "application/json",
          {},
          "{\"data\":\"" + quoted + "\",\"offset\":" + std::to_string(offset) + '}'};
}

Response download(const fs::path& work, const std::string& path) {
  const auto real = found(work, path);
  if (!real) return plain(404, "404 Not Found.");
  if (fs::is_directory(*real)) return plain(400, "Cannot download a directory.\n");
  return {200,
          "application/octet-stream",
          {{"Content-Disposition", "attachment; filename=" + real->filename().string()}},
          piece_of(*real, 0, fs::file_size(*real))};
}

Response operator_call(const fs::path& work, const std::string& body) {
  const json call = json::parse(body, nullptr, false);
  if (call.is_discarded() || !call.is_object()) return plain(400, "Failed to parse body");
  if (call.value("type", "") != "READ_FILE") return plain(501, "not modelled");
  const json& asked = call["read_file"];
  const auto real = found(work, asked["path"]);
  if (!real) return plain(404, "");
  if (fs::is_directory(*real)) return plain(400, "Cannot read a directory.\n");
  const auto length = asked.value("length", std::uint64_t{piece_max});
  const std::string data =
      piece_of(*real, asked["offset"], std::min(piece_max, static_cast<std::size_t>(length)));
  return {200,
          "application/json",
          {},
          json{{"type", "READ_FILE"},
               {"read_file", {{"size", fs::file_size(*real)}, {"data", base64_of(data)}}}}
              .dump()};
}

}  // namespace

Response agent_files(const fs::path& work, const Request& request) {
  std::string target = request.target;
  if (target.starts_with("/slave(1)")) target.erase(0, 9);
  const std::string path = target.substr(0, target.find('?'));
  if (path == "/health") return plain(200, "");
  if (path == "/api/v1" && request.method == "POST") return operator_call(work, request.body);
  const bool known = path == "/files/browse" || path == "/files/read" || path == "/files/download";
  if (!known) return plain(404, "404 Not Found.");
  const auto query = query_of(target);
  if (query.count("path") == 0) return plain(400, "Expecting 'path=value' in query.\n");
  if (path == "/files/browse") return browse(work, query.at("path"));
  if (path == "/files/read") return read(work, query);
  return download(work, query.at("path"));
}

}  // namespace retz::testing::mesos
