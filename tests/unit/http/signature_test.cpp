// The vectors were computed with the class of Retz 0.5 itself.
#include "retz/signature.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace retz;

TEST_CASE("signatures equal those of Retz 0.5") {
  struct Vector {
    const char *key, *secret, *verb, *md5, *date, *resource, *signature;
  };
  const Vector vectors[] = {
      {"deadbeef", "cafebabe", "GET", "", "2017-08-31T17:36:46.431+09:00", "/apps",
       "AIjdK6UHLp0HJw9D7wKGPBcQoybG541AgpzGlPHU++g"},
      {"deadbeef", "cafebabe", "GET", "", "2017-08-31T17:36:46.431+09:00", "/job/234",
       "huK0LpMPRfINlwjjChJbWP0jhcKttRagMEFlJ58za9g"},
      {"cafebabe", "deadbeef", "GET", "1234567890", "2017-08-31T17:36:46.431+09:00", "/job/234",
       "xbYw5WBntWIzjPEWcG+Yf2CKk/devNcKQYAa4VPXg6Y"},
      {"deadbeef", "cafebabe", "POST", "XeFMm5NK+ob2Ck1U5C1dtA", "2017-08-31T08:36:46.431Z",
       "/jobs", "nxs/CcI7hv765NVTUdv1ktWDm42aa4AJ6vpgTcNFb7c"},
      {"deadbeef", "cafebabe", "DELETE", "", "2017-08-31T08:36:46.431Z", "/job/7",
       "CjbcBbRvYty2HCPe7IIuiIr6QK6m+pkwPQD74KWCtXc"},
      {"deadbeef", "cafebabe", "GET", "", "2017-08-31T08:36:46.431Z",
       "/job/7/file?path=a%2Bb+c%2F%25d.txt&offset=0&length=65536",
       "7cZAg/aJlNZCsxZ8ZVtM/vi6blTiPjSY4F89n4KyhAM"},
      {"me", "日本語", "PUT", "abc", "2017-08-31T08:36:46.431Z", "/app/é",
       "giwceoT2ayj17XTHPAGdZPV6V9DQJGOoU2N1cSrOtns"},
  };
  for (const Vector& v : vectors) {
    CAPTURE(v.resource);
    CHECK(sign(v.secret, string_to_sign(v.verb, v.md5, v.date, v.resource)) == v.signature);
  }
}

TEST_CASE("the string to sign has four lines, each ended by a line feed") {
  CHECK(string_to_sign("GET", "", "now", "/x?a=1") == "GET\n\nnow\n/x?a=1\n");
}

TEST_CASE("the body digest equals that of Retz 0.5, and is empty without a body") {
  const std::string body = R"({"command":"list","state":"QUEUED","tag":null,"version":"0.2.1"})";
  REQUIRE(body.size() == 64);
  CHECK(body_md5(body) == "XeFMm5NK+ob2Ck1U5C1dtA");
  CHECK(body_md5("").empty());
}

TEST_CASE("the resource is the decoded path with the raw query") {
  CHECK(resource_of("/app/%C3%A9") == "/app/é");
  CHECK(resource_of("/job/7/file?path=a%2Bb") == "/job/7/file?path=a%2Bb");
  CHECK(resource_of("/a+b%2") == "/a+b%2");
  CHECK(resource_of("/%zz%41") == "/%zzA");
}

TEST_CASE("SHA-256 is written in lower-case hex") {
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("comparison in constant time compares") {
  CHECK(equal_in_constant_time("abc", "abc"));
  CHECK_FALSE(equal_in_constant_time("abc", "abd"));
  CHECK_FALSE(equal_in_constant_time("abc", "abcd"));
  CHECK(equal_in_constant_time("", ""));
}

TEST_CASE("random keys are 32 hex digits and differ") {
  const std::string a = random_key();
  CHECK(a.size() == 32);
  CHECK(a.find_first_not_of("0123456789abcdef") == std::string::npos);
  CHECK(a != random_key());
}
