// Where the masters are, as an operator writes it.
#include "mesos/masters.hpp"

#include <charconv>

namespace retz::mesos {
namespace {

constexpr std::uint16_t zookeeper_port = 2181;

tl::unexpected<Error> wrong(std::string_view text, const std::string& why) {
  std::string shown(text);
  // A password is nobody's business.
  if (const auto at = shown.rfind('@'); at != std::string::npos) shown = "..." + shown.substr(at);
  return fail(Errc::invalid_argument,
              "retz.mesos is \"" + shown + "\": " + why +
                  "; write HOST:PORT, HOST1:PORT,HOST2:PORT or "
                  "zk://[USER:PASSWORD@]HOST1:PORT,HOST2:PORT/PATH, for example "
                  "10.0.0.1:5050 or zk://zk1:2181,zk2:2181/mesos",
              "retz.mesos");
}

Result<std::vector<Address>> addresses_of(std::string_view text, std::string_view whole,
                                          std::uint16_t port_else) {
  std::vector<Address> out;
  for (;;) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view one = text.substr(0, comma);
    auto address = address_of(one, port_else);
    if (!address) {
      if (one.empty()) return wrong(whole, "an address is missing");
      return wrong(whole, "\"" + std::string(one) + "\" is not HOST:PORT");
    }
    out.push_back(std::move(*address));
    if (comma == text.size()) return out;
    text.remove_prefix(comma + 1);
  }
}

Result<Masters> in_zookeeper(std::string_view whole) {
  std::string_view rest = whole.substr(5);
  ZooKeeperPlace place;
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
    place.credentials = rest.substr(0, at);
    rest.remove_prefix(at + 1);
    if (place.credentials.find(':') == std::string::npos || place.credentials.starts_with(':')) {
      return wrong(whole, "what stands before the @ is not USER:PASSWORD");
    }
  }
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  place.path = rest.substr(slash);
  while (place.path.ends_with('/')) place.path.pop_back();
  if (place.path.empty()) return wrong(whole, "the path, under which masters register, is missing");
  if (place.path.find("//") != std::string::npos) return wrong(whole, "its path has an empty part");
  auto servers = addresses_of(rest.substr(0, slash), whole, zookeeper_port);
  if (!servers) return tl::unexpected(servers.error());
  place.servers = std::move(*servers);
  return Masters{.list = {}, .zookeeper = std::move(place)};
}

}  // namespace

std::string Address::text() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::optional<Address> address_of(std::string_view text, std::uint16_t port_else) {
  Address out{.host = {}, .port = port_else};
  std::size_t colon = text.rfind(':');
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    out.host = text.substr(1, close - 1);
    colon = close + 1 < text.size() ? close + 1 : std::string_view::npos;
    if (colon != std::string_view::npos && text[colon] != ':') return std::nullopt;
  } else {
    out.host = text.substr(0, colon);
    if (out.host.find(':') != std::string::npos) return std::nullopt;
  }
  if (colon != std::string_view::npos) {
    const auto digits = text.substr(colon + 1);
    const auto end = digits.data() + digits.size();
    const auto parsed = std::from_chars(digits.data(), end, out.port);
    if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  }
  if (out.port == 0 || out.host.empty() ||
      out.host.find_first_of(" \t\r\n/@?#\"") != std::string::npos) {
    return std::nullopt;
  }
  return out;
}

std::optional<Address> address_in_location(std::string_view location) {
  for (const std::string_view scheme : {"http:", "https:"}) {
    if (location.starts_with(scheme)) location.remove_prefix(scheme.size());
  }
  if (!location.starts_with("//")) return std::nullopt;
  location.remove_prefix(2);
  return address_of(location.substr(0, location.find_first_of("/?#")));
}

Result<Masters> masters_of(std::string_view text) {
  if (text.empty()) return wrong(text, "no address of a master is given");
  if (text.starts_with("zk://")) return in_zookeeper(text);
  if (text.find("://") != std::string_view::npos) {
    return wrong(text, "only zk:// may stand before the address (for https set retz.mesos.tls)");
  }
  auto list = addresses_of(text, text, 0);
  if (!list) return tl::unexpected(list.error());
  return Masters{.list = std::move(*list), .zookeeper = {}};
}

}  // namespace retz::mesos
