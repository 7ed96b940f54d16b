#include "stack/template/lab_shape.h"

#include <optional>
#include <string>

#include "stack/settings/lab_section.h"

namespace wsdeep::stack {
namespace {

/// What the instance's way to the services of AWS takes, where the network is the stack's own
/// (templates/network-nat.yaml).
std::optional<std::string> way_out(const NetworkSettings& network) {
  if (network.mode != NetworkMode::kNew || network.egress != Egress::kNat) return std::nullopt;
  return std::string(
             "[PrivateDefaultRouteA, PrivateDefaultRouteB, PrivateSubnetRoutesA, PrivateSubnetRoutesB, "
             "PublicDefaultRoute, PublicSubnetRoutesA") +
         (network.nat_per_zone ? ", PublicSubnetRoutesB]" : "]");
}

}  // namespace

void shape_lab(const EnvironmentSettings& s, Shape& shape) {
  shape.flags["lab"] = s.lab.has_value();
  if (!s.lab) return;
  const bool by_id = s.lab->ami.starts_with("ami-");
  shape.slots["lab.ami_type"] = by_id ? "AWS::EC2::Image::Id" : "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>";
  shape.slots["lab.ami_default"] = s.lab->ami.empty() ? std::optional<std::string>(kLabImage) : std::nullopt;
  shape.slots["lab.way_out"] = way_out(s.network);
  // Ref gives a secret's ARN.
  shape.flags["backend.secret"] = true;
  shape.slots["backend.secret"] = shape.slots["backend.secret_arn"] = "!Ref LabSigningSecret";
}

}  // namespace wsdeep::stack
