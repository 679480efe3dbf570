#include "support/mesos/schema.hpp"

#include <array>
#include <map>
#include <sstream>

namespace retz::testing::mesos {
namespace {

using nlohmann::json;

// One line a field: message, field ('!' required, '*' repeated), type. Types that begin with a
// capital are messages below; `any` is a message that is not looked into.
constexpr const char* text = R"(
Call type enum:SUBSCRIBE|TEARDOWN|ACCEPT|DECLINE|ACCEPT_INVERSE_OFFERS|DECLINE_INVERSE_OFFERS
Call type more:REVIVE|KILL|SHUTDOWN|ACKNOWLEDGE|ACKNOWLEDGE_OPERATION_STATUS|RECONCILE
Call type more:RECONCILE_OPERATIONS|MESSAGE|REQUEST|SUPPRESS|UPDATE_FRAMEWORK|UNKNOWN
Call framework_id ID
Call subscribe Subscribe
Call accept Accept
Call decline Decline
Call accept_inverse_offers InverseOffers
Call decline_inverse_offers InverseOffers
Call revive Roles
Call suppress Roles
Call kill Kill
Call shutdown Shutdown
Call acknowledge Acknowledge
Call acknowledge_operation_status any
Call reconcile Reconcile
Call reconcile_operations any
Call message Message
Call request any
Call update_framework UpdateFramework
ID value! string
Subscribe framework_info! FrameworkInfo
Subscribe suppressed_roles* string
Subscribe offer_constraints any
UpdateFramework framework_info! FrameworkInfo
UpdateFramework suppressed_roles* string
UpdateFramework offer_constraints any
FrameworkInfo user! string
FrameworkInfo name! string
FrameworkInfo id ID
FrameworkInfo failover_timeout number
FrameworkInfo checkpoint bool
FrameworkInfo role string
FrameworkInfo roles* string
FrameworkInfo hostname string
FrameworkInfo principal string
FrameworkInfo webui_url string
FrameworkInfo capabilities* Capability
FrameworkInfo labels Labels
FrameworkInfo offer_filters any
Capability type enum:UNKNOWN|REVOCABLE_RESOURCES|TASK_KILLING_STATE|GPU_RESOURCES
Capability type more:SHARED_RESOURCES|PARTITION_AWARE|MULTI_ROLE|RESERVATION_REFINEMENT
Capability type more:REGION_AWARE
Accept offer_ids* ID
Accept operations* Operation
Accept filters Filters
Operation type enum:UNKNOWN|LAUNCH|LAUNCH_GROUP|RESERVE|UNRESERVE|CREATE|DESTROY|GROW_VOLUME
Operation type more:SHRINK_VOLUME|CREATE_DISK|DESTROY_DISK
Operation id ID
Operation launch Launch
Operation launch_group any
Operation reserve any
Operation unreserve any
Operation create any
Operation destroy any
Launch task_infos* TaskInfo
TaskInfo name! string
TaskInfo task_id! ID
TaskInfo agent_id! ID
TaskInfo resources* Resource
TaskInfo executor any
TaskInfo command CommandInfo
TaskInfo container ContainerInfo
TaskInfo health_check any
TaskInfo check any
TaskInfo kill_policy KillPolicy
TaskInfo max_completion_time DurationInfo
TaskInfo labels Labels
TaskInfo data bytes
TaskInfo discovery DiscoveryInfo
TaskInfo limits any
Resource name! string
Resource type! enum:SCALAR|RANGES|SET
Resource scalar Scalar
Resource ranges Ranges
Resource set Set
Resource role string
Resource allocation_info AllocationInfo
Resource reservation any
Resource reservations* any
Resource disk any
Resource revocable any
Resource shared any
Resource provider_id ID
Scalar value! number
Ranges range* Range
Range begin! number
Range end! number
Set item* string
AllocationInfo role string
CommandInfo uris* URI
CommandInfo environment Environment
CommandInfo shell bool
CommandInfo value string
CommandInfo arguments* string
CommandInfo user string
URI value! string
URI executable bool
URI extract bool
URI cache bool
URI output_file string
Environment variables* Variable
Variable name! string
Variable type enum:UNKNOWN|VALUE|SECRET
Variable value string
Variable secret Secret
Secret type enum:UNKNOWN|REFERENCE|VALUE
Secret reference any
Secret value SecretValue
SecretValue data! bytes
ContainerInfo type! enum:DOCKER|MESOS
ContainerInfo volumes* Volume
ContainerInfo hostname string
ContainerInfo docker DockerInfo
ContainerInfo mesos MesosInfo
ContainerInfo network_infos* any
ContainerInfo linux_info any
ContainerInfo rlimit_info any
ContainerInfo tty_info any
DockerInfo image! string
DockerInfo network enum:HOST|BRIDGE|NONE|USER
DockerInfo port_mappings* PortMapping
DockerInfo privileged bool
DockerInfo parameters* Parameter
DockerInfo force_pull_image bool
DockerInfo volume_driver string
PortMapping host_port! number
PortMapping container_port! number
PortMapping protocol string
Parameter key! string
Parameter value! string
MesosInfo image Image
Image type! enum:APPC|DOCKER
Image appc any
Image docker ImageDocker
Image cached bool
ImageDocker name! string
ImageDocker credential any
ImageDocker config Secret
Volume container_path! string
Volume host_path string
Volume mode! enum:RW|RO
Volume image Image
Volume source any
KillPolicy grace_period DurationInfo
DurationInfo nanoseconds! number
Labels labels* Label
Label key! string
Label value string
DiscoveryInfo visibility! enum:FRAMEWORK|CLUSTER|EXTERNAL
DiscoveryInfo name string
DiscoveryInfo environment string
DiscoveryInfo location string
DiscoveryInfo version string
DiscoveryInfo ports Ports
DiscoveryInfo labels Labels
Ports ports* Port
Port number! number
Port name string
Port protocol string
Port visibility enum:FRAMEWORK|CLUSTER|EXTERNAL
Port labels Labels
Decline offer_ids* ID
Decline filters Filters
Filters refuse_seconds number
InverseOffers inverse_offer_ids* ID
InverseOffers filters Filters
Roles roles* string
Kill task_id! ID
Kill agent_id ID
Kill kill_policy KillPolicy
Shutdown executor_id! ID
Shutdown agent_id! ID
Acknowledge agent_id! ID
Acknowledge task_id! ID
Acknowledge uuid! bytes
Reconcile tasks* ReconcileTask
ReconcileTask task_id! ID
ReconcileTask agent_id ID
Message agent_id! ID
Message executor_id! ID
Message data! bytes
)";

struct Field {
  std::string name, type;
  bool required = false, repeated = false;
};

const std::map<std::string, std::vector<Field>>& messages() {
  static const std::map<std::string, std::vector<Field>> table = [] {
    std::map<std::string, std::vector<Field>> out;
    std::istringstream lines(text);
    std::string message, name, type;
    while (lines >> message >> name >> type) {
      if (type.starts_with("more:")) {
        out[message].back().type += '|' + type.substr(5);
        continue;
      }
      Field field{name, type};
      field.required = name.back() == '!';
      field.repeated = name.back() == '*';
      if (field.required || field.repeated) field.name.pop_back();
      out[message].push_back(std::move(field));
    }
    return out;
  }();
  return table;
}

const Field* field_of(const std::vector<Field>& fields, const std::string& name) {
  for (const Field& field : fields) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

std::string word_for(const json& value) {
  if (value.is_string()) return "string";
  if (value.is_number()) return "number";
  if (value.is_boolean()) return "boolean";
  if (value.is_array()) return "array";
  return value.is_object() ? "object" : "null";
}

class Fitting {
 public:
  explicit Fitting(std::vector<std::string>& unknown) : unknown_(unknown) {}

  void message(json& value, const std::string& name) {
    const std::vector<Field>& fields = messages().at(name);
    for (auto it = value.begin(); it != value.end() && !error;) {
      const Field* field = field_of(fields, it.key());
      if (field == nullptr) {
        unknown_.push_back(name + '.' + it.key());
        it = value.erase(it);
        continue;
      }
      bool keep = true;
      if (!field->repeated) {
        keep = one(it.value(), *field);
      } else if (!it->is_array()) {
        refuse(*it, *field);
      } else {
        for (json& item : *it) {
          if (!one(item, *field)) item = json::object();  // an enum word nobody knows
        }
      }
      it = keep ? std::next(it) : value.erase(it);
    }
  }

  std::optional<std::string> error;

 private:
  void refuse(const json& value, const Field& field) {
    if (!error) {
      error = "Not expecting a JSON " + word_for(value) + " for field '" + field.name + "'";
    }
  }

  /// False: as if it were absent.
  bool one(json& value, const Field& field) {
    const std::string& type = field.type;
    if (type.starts_with("enum:")) {
      if (!value.is_string()) {
        refuse(value, field);
        return true;
      }
      return ('|' + type.substr(5) + '|').find('|' + value.get<std::string>() + '|') !=
             std::string::npos;
    }
    const bool fits = (type == "string" || type == "bytes") ? value.is_string()
                      : type == "number"                    ? value.is_number()
                      : type == "bool"                      ? value.is_boolean()
                                                            : value.is_object();
    if (!fits) {
      refuse(value, field);
      return true;
    }
    if (type == "bytes") {
      std::string out;
      if (const auto bad = bytes_of(value.get<std::string>(), out); bad && !error) {
        error = "Failed to base64 decode bytes field '" + field.name + "': " + *bad;
      }
    }
    if (value.is_object() && type != "any") message(value, type);
    return true;
  }

  std::vector<std::string>& unknown_;
};

void find_missing(const json& value, const std::string& name, const std::string& prefix,
                  std::string& out) {
  const std::vector<Field>& fields = messages().at(name);
  for (const Field& field : fields) {
    if (!field.required || value.contains(field.name)) continue;
    out += (out.empty() ? "" : ", ") + prefix + field.name;
  }
  for (const Field& field : fields) {
    const auto found = value.find(field.name);
    if (found == value.end() || messages().count(field.type) == 0) continue;
    if (!field.repeated) {
      find_missing(*found, field.type, prefix + field.name + '.', out);
      continue;
    }
    for (std::size_t i = 0; i < found->size(); ++i) {
      find_missing((*found)[i], field.type, prefix + field.name + '[' + std::to_string(i) + "].",
                   out);
    }
  }
}

constexpr std::string_view digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::optional<std::string> fit_call(json& call, std::vector<std::string>& unknown) {
  if (!call.is_object()) return "Expecting a JSON object";
  Fitting fitting(unknown);
  fitting.message(call, "Call");
  if (fitting.error) return fitting.error;
  std::string missing;
  find_missing(call, "Call", "", missing);
  if (!missing.empty()) return "Missing required fields: " + missing;
  return std::nullopt;
}

std::optional<std::string> bytes_of(const std::string& text, std::string& out) {
  std::uint32_t bits = 0;
  int count = 0;
  out.clear();
  for (const char c : text) {
    if (c == '=') break;
    const auto at = digits.find(c);
    if (at == std::string_view::npos) return std::string("Invalid character '") + c + '\'';
    bits = bits << 6U | static_cast<std::uint32_t>(at);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>(bits >> static_cast<unsigned>(count) & 255U);
    }
  }
  return std::nullopt;
}

std::string base64_of(const std::string& bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t bits = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      bits = bits << 8U | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    }
    for (unsigned j = 0; j < 4; ++j) {
      out += i + j > bytes.size() ? '=' : digits[bits >> (18U - 6U * j) & 63U];
    }
  }
  return out;
}

}  // namespace retz::testing::mesos
