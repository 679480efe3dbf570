// The client's configuration, and what it makes of a server's answers.
#include "cli/session.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <fstream>

#include "scratch.hpp"

using namespace retz::cli;
using retz::Errc;

TEST_CASE("the configuration is read from the file given; what is missing is named") {
  const Scratch scratch;
  const auto file = (scratch / "p").string();
  std::ofstream(file) << "retz.server.uri = http://h:1/\nretz.access.key = k\n";
  const auto unsigned_key = client_config(file);
  REQUIRE_FALSE(unsigned_key);
  CHECK(unsigned_key.error().field == "retz.access.secret");
  std::ofstream(file, std::ios::app) << "retz.access.secret = s\n";
  const auto whole = client_config(file);
  REQUIRE(whole);
  CHECK(whole->url == "http://h:1");
  CHECK(whole->key == "k");
  std::ofstream(file) << "retz.server.url = http://h:1\n";
  const auto mistyped = client_config(file);
  REQUIRE_FALSE(mistyped);
  CHECK(mistyped.error().message.find("did you mean \"retz.server.uri\"") != std::string::npos);
  CHECK(client_config((scratch / "none").string()).error().code == Errc::not_found);
}

TEST_CASE("errors of the server come back with code, field and message") {
  retz::http::Response response;
  response.status = 422;
  response.body = R"({"error":{"code":"limit_exceeded","field":"resources.cpus","message":"m"}})";
  const auto error = error_of(response);
  CHECK(error.code == Errc::limit_exceeded);
  CHECK(error.field == "resources.cpus");
  CHECK(error.message == "m");
}

TEST_CASE("an answer that is no error document is told with its status") {
  retz::http::Response response;
  response.status = 503;
  response.body = "<html>busy</html>";
  const auto error = error_of(response);
  CHECK(error.code == Errc::unavailable);
  CHECK(error.message.find("503") != std::string::npos);
}

TEST_CASE("what is encoded for a query holds nothing that a URL could misread") {
  CHECK(encoded("a b/c?d&e=f%g+") == "a%20b%2Fc%3Fd%26e%3Df%25g%2B");
  CHECK(encoded("ä") == "%C3%A4");
  CHECK(encoded("A-z_0.9~") == "A-z_0.9~");
}

TEST_CASE("without a server a call says so, and at once") {
  Session session({"f", "http://127.0.0.1:1", true, "k", "s"}, false, std::nullopt);
  const auto answer = session.insist("GET", "/v1/ping");
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == Errc::unavailable);
}
