#include "stack/template/lab_shape.h"

#include "stack/settings/lab_section.h"

namespace wsdeep::stack {

void shape_lab(const EnvironmentSettings& s, Shape& shape) {
  shape.flags["lab"] = s.lab.has_value();
  if (!s.lab) return;
  const bool by_id = s.lab->ami.starts_with("ami-");
  shape.slots["lab.ami_type"] = by_id ? "AWS::EC2::Image::Id" : "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>";
  shape.slots["lab.ami_default"] = s.lab->ami.empty() ? std::optional<std::string>(kLabImage) : std::nullopt;
  // Ref gives a secret's ARN.
  shape.flags["backend.secret"] = true;
  shape.slots["backend.secret"] = shape.slots["backend.secret_arn"] = "!Ref LabSigningSecret";
}

}  // namespace wsdeep::stack
