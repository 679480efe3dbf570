// Parses with nlohmann's event interface into our own tree.
#include "json/value.hpp"

#include <nlohmann/json.hpp>

namespace retz::json {
namespace {

constexpr std::size_t depth_max = 32;
constexpr std::size_t count_max = 2'000'000;  // of about 100 bytes each, for 10,000 large jobs

class Builder {
 public:
  using Json = nlohmann::json;

  bool null() { return add(Value{}) != nullptr; }
  bool boolean(bool flag) {
    Value value;
    value.kind = Value::Kind::boolean;
    value.flag = flag;
    return add(std::move(value)) != nullptr;
  }
  bool number_integer(Json::number_integer_t number) {
    Value value;
    value.kind = Value::Kind::integer;
    value.integer = number;
    return add(std::move(value)) != nullptr;
  }
  bool number_unsigned(Json::number_unsigned_t number) {
    if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return decimal(std::to_string(number));
    }
    return number_integer(static_cast<Json::number_integer_t>(number));
  }
  bool number_float(Json::number_float_t, const std::string& text) { return decimal(text); }
  bool string(std::string& text) {
    Value value;
    value.kind = Value::Kind::string;
    value.text = std::move(text);
    return add(std::move(value)) != nullptr;
  }
  bool binary(Json::binary_t&) { return false; }
  bool start_object(std::size_t) { return open(Value::Kind::object); }
  bool key(std::string& name) {
    open_.back()->keys.push_back(std::move(name));
    return true;
  }
  bool end_object() { return close(); }
  bool start_array(std::size_t) { return open(Value::Kind::array); }
  bool end_array() { return close(); }
  bool parse_error(std::size_t, const std::string&, const Json::exception& error) {
    // "[json.exception.parse_error.101] parse error at line 1, column 2: ..."
    const std::string_view what = error.what();
    const std::size_t start = what.find("] ");
    message_ = what.substr(start == std::string_view::npos ? 0 : start + 2);
    return false;
  }

  Value root;
  std::string take_message() { return std::move(message_); }

 private:
  bool decimal(std::string text) {
    Value value;
    value.kind = Value::Kind::decimal;
    value.text = std::move(text);
    // The lexer writes the process's own decimal point; a host program may have set a locale.
    if (const std::size_t comma = value.text.find(','); comma != std::string::npos) {
      value.text[comma] = '.';
    }
    return add(std::move(value)) != nullptr;
  }
  Value* add(Value value) {
    if (++count_ > count_max) {
      message_ = "more than " + std::to_string(count_max) + " values";
      return nullptr;
    }
    if (open_.empty()) {
      root = std::move(value);
      return &root;
    }
    return &open_.back()->items.emplace_back(std::move(value));
  }
  bool open(Value::Kind kind) {
    if (open_.size() == depth_max) {
      message_ = "nested more than " + std::to_string(depth_max) + " levels deep";
      return false;
    }
    Value value;
    value.kind = kind;
    Value* const added = add(std::move(value));
    if (added != nullptr) open_.push_back(added);
    return added != nullptr;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  std::vector<Value*> open_;  // only the last one grows, so the others stay where they are
  std::size_t count_ = 0;
  std::string message_;
};

}  // namespace

std::string_view kind_name(Value::Kind kind) noexcept {
  switch (kind) {
    case Value::Kind::null:
      return "null";
    case Value::Kind::boolean:
      return "a boolean";
    case Value::Kind::integer:
    case Value::Kind::decimal:
      return "a number";
    case Value::Kind::string:
      return "a string";
    case Value::Kind::array:
      return "an array";
    case Value::Kind::object:
      return "an object";
  }
  return "a value";
}

Result<Value> parse(std::string_view text) {
  Builder builder;
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &builder)) {
    return fail(Errc::invalid_argument, "not valid JSON: " + builder.take_message());
  }
  return std::move(builder.root);
}

}  // namespace retz::json
