#include "engine/figures.hpp"

namespace retz::engine {

namespace {

std::string thousandths(std::int64_t n) {
  std::string text = std::to_string(n / 1000);
  if (n < 0 && n > -1000) text.insert(0, 1, '-');  // -0.5: the whole part has no sign of its own
  const std::int64_t rest = n < 0 ? -(n % 1000) : n % 1000;
  if (rest == 0) return text;
  text += '.';
  text += std::to_string(rest + 1000).substr(1);
  while (text.back() == '0') text.pop_back();
  return text;
}

// Memory: in GiB where it is whole.
std::string binary(std::int64_t mebibytes) {
  const bool whole = mebibytes % 1024 == 0;
  return std::to_string(whole ? mebibytes / 1024 : mebibytes) + (whole ? " GiB" : " MiB");
}

std::string two_digits(unsigned n) {
  return {static_cast<char>('0' + n / 10 % 10), static_cast<char>('0' + n % 10)};
}

}  // namespace

std::string less(const std::string& resource, std::int64_t amount) {
  if (resource == "mem") return binary(amount) + " less memory";
  if (resource == "disk") return binary(amount) + " less disk";
  const std::string number = figure(resource, amount);
  if (resource == "gpus.share") return number + " less of a GPU";
  const bool one = number == "1";
  if (resource == "cpus") return number + (one ? " cpu less" : " cpus less");
  if (resource == "gpus") return number + (one ? " GPU less" : " GPUs less");
  if (resource == "ports") return number + (one ? " port less" : " ports less");
  return number + " less of " + resource;
}

std::string utc(Instant time) {
  using namespace std::chrono;
  const auto whole = ceil<seconds>(time.time_since_epoch());
  const auto day = floor<days>(whole);
  const year_month_day date{sys_days(day)};
  const hh_mm_ss clock{whole - day};
  return std::to_string(static_cast<int>(date.year())) + "-" +
         two_digits(static_cast<unsigned>(date.month())) + "-" +
         two_digits(static_cast<unsigned>(date.day())) + "T" +
         two_digits(static_cast<unsigned>(clock.hours().count())) + ":" +
         two_digits(static_cast<unsigned>(clock.minutes().count())) + ":" +
         two_digits(static_cast<unsigned>(clock.seconds().count())) + "Z";
}

std::string figure(const std::string& resource, std::int64_t amount) {
  if (resource == "mem" || resource == "disk") return std::to_string(amount) + " MiB";
  if (resource == "gpus" || resource == "ports") return std::to_string(amount);
  return thousandths(amount);
}

}  // namespace retz::engine
