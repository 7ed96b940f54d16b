#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace wsdeep::local {

/// What a request to an emulated service gets instead of its answer: the service's own exception type and wording.
/// `members` are further JSON members of the error's body (`"Item":{…}`), or empty.
class ApiFault : public std::runtime_error {
 public:
  ApiFault(std::string type, const std::string& message, std::string members = {})
      : std::runtime_error(message), type_(std::move(type)), members_(std::move(members)) {}

  const std::string& type() const { return type_; }
  const std::string& members() const { return members_; }

 private:
  std::string type_;
  std::string members_;
};

/// The type of DynamoDB's answer to a request that is wrong in itself, and the answer.
inline constexpr const char* kValidationFault = "ValidationException";
inline ApiFault validation_fault(const std::string& message) {
  return {kValidationFault, message};
}
/// The type of Cognito's.
inline constexpr const char* kInvalidParameter = "InvalidParameterException";

}  // namespace wsdeep::local
