// Signed requests through OpenSSL's EVP interface. Digests are fetched once: a fetch per request
// costs more than the hash itself.
#include "retz/signature.hpp"

#include <array>
#include <cstddef>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "base/assert.hpp"

namespace retz {
namespace {

using Bytes = std::array<unsigned char, EVP_MAX_MD_SIZE>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

const EVP_MD* md5() {
  static const EVP_MD* const digest = EVP_MD_fetch(nullptr, "MD5", nullptr);
  return digest;
}

const EVP_MD* sha256() {
  static const EVP_MD* const digest = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return digest;
}

std::string base64(const unsigned char* data, std::size_t size) {
  std::array<unsigned char, (EVP_MAX_MD_SIZE / 3 + 1) * 4 + 1> out{};
  int length = EVP_EncodeBlock(out.data(), data, static_cast<int>(size));
  while (length > 0 && out[static_cast<std::size_t>(length) - 1] == '=') --length;
  return {out.begin(), out.begin() + length};
}

std::string hex(const unsigned char* data, std::size_t size) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(size * 2);
  for (std::size_t i = 0; i < size; ++i) {
    out += digits[data[i] >> 4U];
    out += digits[data[i] & 15U];
  }
  return out;
}

unsigned digest_of(const EVP_MD* digest, std::string_view text, Bytes& out) {
  unsigned size = 0;
  RETZ_ASSERT(digest != nullptr);
  const int done = EVP_Digest(text.data(), text.size(), out.data(), &size, digest, nullptr);
  RETZ_ASSERT(done == 1);
  return size;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string string_to_sign(std::string_view verb, std::string_view body_md5, std::string_view date,
                           std::string_view resource) {
  std::string out;
  out.reserve(verb.size() + body_md5.size() + date.size() + resource.size() + 4);
  for (const std::string_view line : {verb, body_md5, date, resource}) {
    out += line;
    out += '\n';
  }
  return out;
}

std::string sign(std::string_view secret, std::string_view text) {
  Bytes out{};
  unsigned size = 0;
  const unsigned char* done = HMAC(sha256(), secret.data(), static_cast<int>(secret.size()),
                                   bytes_of(text), text.size(), out.data(), &size);
  RETZ_ASSERT(done != nullptr);
  return base64(out.data(), size);
}

std::string body_md5(std::string_view body) {
  if (body.empty()) return {};
  Bytes out{};
  return base64(out.data(), digest_of(md5(), body, out));
}

std::string sha256_hex(std::string_view bytes) {
  Bytes out{};
  return hex(out.data(), digest_of(sha256(), bytes, out));
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string resource_of(std::string_view target) {
  const std::size_t query = target.find('?');
  const std::string_view path = target.substr(0, query);
  std::string out;
  out.reserve(target.size());
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '%' && i + 2 < path.size()) {
      const int high = hex_value(path[i + 1]);
      const int low = hex_value(path[i + 2]);
      if (high >= 0 && low >= 0) {
        out += static_cast<char>(high * 16 + low);
        i += 2;
        continue;
      }
    }
    out += path[i];
  }
  if (query != std::string_view::npos) out += target.substr(query);
  return out;
}

std::string random_key() {
  std::array<unsigned char, 16> out{};
  const int done = RAND_bytes(out.data(), static_cast<int>(out.size()));
  RETZ_ASSERT(done == 1);
  return hex(out.data(), out.size());
}

}  // namespace retz
