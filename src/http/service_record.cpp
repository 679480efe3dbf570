#include "http/service_record.hpp"

#include <arpa/nameser.h>
#include <netdb.h>
#include <resolv.h>

#include <algorithm>
#include <array>
#include <tuple>

namespace retz::http {
namespace {

constexpr int fixed_part = 6;  // bytes: priority, weight, port; the target follows

// Nothing where the record is of another kind, damaged, or says that there is no such service.
bool read_record(ns_msg& answer, int index, ServiceAddress& out) {
  ns_rr record{};
  if (::ns_parserr(&answer, ns_s_an, index, &record) != 0) return false;
  if (ns_rr_type(record) != ns_t_srv || ns_rr_rdlen(record) <= fixed_part) return false;
  const unsigned char* const data = ns_rr_rdata(record);
  std::array<char, NS_MAXDNAME> target{};
  if (::ns_name_uncompress(ns_msg_base(answer), ns_msg_end(answer), data + fixed_part,
                           target.data(), target.size()) < 0) {
    return false;
  }
  out.priority = static_cast<std::uint16_t>(ns_get16(data));
  out.weight = static_cast<std::uint16_t>(ns_get16(data + 2));
  out.port = static_cast<std::uint16_t>(ns_get16(data + 4));
  out.host = target.data();
  return !out.host.empty() && out.host != "." && out.port != 0;
}

}  // namespace

Result<std::vector<ServiceAddress>> look_up_service(const std::string& name) {
  const auto unknown = [&name](const std::string& why) {
    return fail(Errc::unavailable, "no server is known as srv://" + name + " (" + why +
                                       "): check the name (_PORT._APP._tcp.marathon.mesos) and "
                                       "that this machine asks Mesos-DNS");
  };
  struct __res_state resolver {};
  if (::res_ninit(&resolver) != 0) return unknown("the resolver cannot be set up");
  std::array<unsigned char, 65536> bytes{};
  const int size = ::res_nquery(&resolver, name.c_str(), ns_c_in, ns_t_srv, bytes.data(),
                                static_cast<int>(bytes.size()));
  const int cause = resolver.res_h_errno;
  ::res_nclose(&resolver);
  if (size < 0) return unknown(::hstrerror(cause));
  ns_msg answer{};
  if (::ns_initparse(bytes.data(), size, &answer) != 0) return unknown("a damaged answer");
  std::vector<ServiceAddress> found;
  for (int i = 0; i < ns_msg_count(answer, ns_s_an); ++i) {
    if (ServiceAddress one; read_record(answer, i, one)) found.push_back(std::move(one));
  }
  if (found.empty()) return unknown("its answer names no host");
  std::stable_sort(found.begin(), found.end(),
                   [](const ServiceAddress& a, const ServiceAddress& b) {
                     return std::tuple(a.priority, -a.weight) < std::tuple(b.priority, -b.weight);
                   });
  return found;
}

}  // namespace retz::http
