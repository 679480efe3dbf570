// A TLS server on a free loopback port with a certificate for "localhost" of its own making; it
// answers each request with the same bytes.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "unit/http/raw_socket.hpp"

namespace retz::test {

class TlsPeer {
 public:
  explicit TlsPeer(std::string_view answer) : answer_(answer) {
    make_certificate();
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    ::listen(listener_, 8);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~TlsPeer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
    SSL_CTX_free(context_);
    std::filesystem::remove_all(folder_);
  }
  TlsPeer(const TlsPeer&) = delete;
  TlsPeer& operator=(const TlsPeer&) = delete;

  std::uint16_t port = 0;
  std::filesystem::path ca_file, key_file;

 private:
  void make_certificate() {
    char name[] = "/tmp/retz-tls-XXXXXX";
    folder_ = ::mkdtemp(name);
    EVP_PKEY* const key = EVP_RSA_gen(2048);
    X509* const certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    const unsigned char subject[] = "localhost";
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC, subject, -1,
                               -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    X509_EXTENSION* const names =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost");
    X509_add_ext(certificate, names, -1);
    X509_EXTENSION_free(names);
    X509_sign(certificate, key, EVP_sha256());
    ca_file = folder_ / "ca.pem";
    key_file = folder_ / "key.pem";
    std::FILE* out = std::fopen(ca_file.c_str(), "w");
    PEM_write_X509(out, certificate);
    std::fclose(out);
    out = std::fopen(key_file.c_str(), "w");
    PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(out);
    context_ = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(context_, certificate);
    SSL_CTX_use_PrivateKey(context_, key);
    X509_free(certificate);
    EVP_PKEY_free(key);
  }

  void serve() {
    for (;;) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      SSL* const ssl = SSL_new(context_);
      SSL_set_fd(ssl, fd);
      if (SSL_accept(ssl) == 1) {
        std::string seen;
        char room[4096];
        int got = 0;
        while ((got = SSL_read(ssl, room, sizeof room)) > 0) {
          seen.append(room, static_cast<std::size_t>(got));
          if (seen.find("\r\n\r\n{}") == std::string::npos) continue;
          SSL_write(ssl, answer_.data(), static_cast<int>(answer_.size()));
          seen.clear();
        }
      }
      SSL_free(ssl);
      ::close(fd);
    }
  }

  std::string answer_;
  std::filesystem::path folder_;
  SSL_CTX* context_ = nullptr;
  int listener_ = -1;
  std::thread thread_;
};

}  // namespace retz::test
