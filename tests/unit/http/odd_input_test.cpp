// Requests that nobody means: the server answers or closes, and serves the next one. Seeded.
#include <doctest/doctest.h>

#include "base/generator.hpp"
#include "raw_socket.hpp"
#include "retz/http.hpp"

using namespace retz;
using retz::test::RawSocket;

namespace {

std::string damaged(std::string text, base::Generator& chance) {
  for (std::uint64_t times = 1 + chance.below(4); times != 0; --times) {
    const auto at = static_cast<std::size_t>(chance.below(text.size()));
    switch (chance.below(3)) {
      case 0:
        text[at] = static_cast<char>(chance.below(256));
        break;
      case 1:
        text.insert(at, text.substr(at, static_cast<std::size_t>(chance.below(20))));
        break;
      default:
        text.erase(at, static_cast<std::size_t>(1 + chance.below(5)));
    }
  }
  return text;
}

}  // namespace

TEST_CASE("a server outlives requests damaged at random") {
  const auto server =
      http::serve({}, [](http::Request request, const std::shared_ptr<http::Exchange>& exchange) {
        http::Response response;
        response.body = std::move(request.body);
        exchange->send(std::move(response));
      });
  REQUIRE(server);
  base::Generator chance(20261122);
  const std::string whole =
      "POST /v1/jobs?a=b HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"
      "bodyPOST /v1/jobs HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3;x=y\r\nabc\r\n0\r\nTrailer: t\r\n\r\nGET / HTTP/1.0\r\n\r\n";
  for (int i = 0; i < 1000; ++i) {
    const std::string bytes = damaged(whole, chance);
    CAPTURE(bytes);
    RawSocket socket((*server)->port());
    REQUIRE(socket.connected());
    socket.send(bytes);
    socket.end_output();
    const std::string seen = socket.read_to_end();
    REQUIRE(socket.ended());
    REQUIRE((seen.empty() || seen.starts_with("HTTP/1.")));
  }
  RawSocket socket((*server)->port());
  socket.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(socket.read_until("\r\n\r\n").starts_with("HTTP/1.1 200 OK"));
}
