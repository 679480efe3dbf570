// Where the masters are, as an operator writes it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "retz/result.hpp"

namespace retz::mesos {

struct Address {
  std::string host = {};
  std::uint16_t port = 0;
  friend bool operator==(const Address&, const Address&) = default;
  std::string text() const;
};

/// "host:port" or "[v6]:port"; without a port it is `port_else`, if that is not 0.
std::optional<Address> address_of(std::string_view text, std::uint16_t port_else = 0);
/// Of a redirect: "//host:port/path", "http://host:port/path".
std::optional<Address> address_in_location(std::string_view location);

struct ZooKeeperPlace {
  std::vector<Address> servers = {};
  std::string path = {};         // "/mesos"
  std::string credentials = {};  // "user:password"; empty: none
};

struct Masters {
  std::vector<Address> list = {};
  std::optional<ZooKeeperPlace> zookeeper = {};  // or the list
};

/// Error: invalid_argument, whose message says what is wrong and which forms there are; its field
/// is "retz.mesos".
Result<Masters> masters_of(std::string_view text);

}  // namespace retz::mesos
