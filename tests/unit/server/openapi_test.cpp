// The description against the table of routes, both ways.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "server/routes.hpp"

using namespace retz::server;
using Json = nlohmann::json;

namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return out;
}

void collect_references(const Json& at, std::set<std::string>& out) {
  if (at.is_object() && at.contains("$ref")) out.insert(at.at("$ref").get<std::string>());
  for (const auto& item : at) {
    if (item.is_structured()) collect_references(item, out);
  }
}

}  // namespace

TEST_CASE("every route is described, with just its parameters and its access") {
  const Json document = Json::parse(openapi_text());
  for (const Route& route : routes()) {
    CAPTURE(route.pattern);
    CAPTURE(route.method);
    const Json paths = document.at("paths");
    REQUIRE(paths.contains(route.pattern));
    REQUIRE(paths.at(std::string(route.pattern)).contains(lower(route.method)));
    const Json operation = paths.at(std::string(route.pattern)).at(lower(route.method));
    std::set<std::string> query, path, wanted_query, wanted_path;
    for (const auto& parameter : operation.value("parameters", Json::array())) {
      if (parameter.at("in") == "query") query.insert(parameter.at("name").get<std::string>());
      if (parameter.at("in") == "path") path.insert(parameter.at("name").get<std::string>());
    }
    for (const auto name : route.parameters) wanted_query.emplace(name);
    for (std::size_t at = route.pattern.find('{'); at != std::string_view::npos;
         at = route.pattern.find('{', at + 1)) {
      wanted_path.emplace(route.pattern.substr(at + 1, route.pattern.find('}', at) - at - 1));
    }
    CHECK(query == wanted_query);
    CHECK(path == wanted_path);
    const bool open = operation.contains("security") && operation.at("security").empty();
    CHECK(open == (route.access == Access::open || route.access == Access::legacy));
  }
}

TEST_CASE("every described operation is a route, under a name of its own") {
  const Json document = Json::parse(openapi_text());
  std::set<std::string> names;
  for (const auto& path : document.at("paths").items()) {
    for (const auto& operation : path.value().items()) {
      CAPTURE(path.key());
      CAPTURE(operation.key());
      bool found = false;
      for (const Route& route : routes()) {
        found = found || (route.pattern == path.key() && lower(route.method) == operation.key());
      }
      CHECK(found);
      CHECK(names.insert(operation.value().at("operationId")).second);
      CHECK(operation.value().at("responses").is_object());
    }
  }
}

TEST_CASE("every reference of the description leads somewhere, and every schema is used") {
  const Json document = Json::parse(openapi_text());
  std::set<std::string> references;
  collect_references(document, references);
  for (const std::string& reference : references) {
    CAPTURE(reference);
    REQUIRE(reference.starts_with("#/"));
    CHECK(document.contains(Json::json_pointer(reference.substr(1))));
  }
  for (const auto& schema : document.at("components").at("schemas").items()) {
    CAPTURE(schema.key());
    CHECK(references.count("#/components/schemas/" + schema.key()) == 1);
  }
}
