#pragma once

#include <map>
#include <string>

#include "aws/cognito.h"
#include "wire/json_fields.h"
#include "wire/json_writer.h"

/// What Cognito's operations share. Private to the files cognito*.cpp.
namespace wsdeep::aws {

/// Whether a call may be sent again when nobody knows if the first one arrived.
enum class Repeat { kSafe, kUnsafe };

std::string run_cognito(Client& client, const char* operation, const wire::JsonObject& body, bool sign,
                        Repeat repeat = Repeat::kSafe);

/// `{"UserPoolId":…,"Username":…}`, open for more.
wire::JsonObject user_key(const std::string& pool, const std::string& username);
std::string json_map(const std::map<std::string, std::string>& values);
/// `[{"Name":…,"Value":…},…]`
std::string json_attributes(const Attributes& attributes);

Error unreadable_answer(const char* operation, const Error& cause);
/// What `read` makes of an answer's fields. An answer that is not JSON, or lacks one of them, is an Error{kFailure}
/// that asks whether this is Cognito at all.
template <typename Read>
auto read_answer(const std::string& answer, const char* operation, Read read) {
  try {
    const wire::Json document = wire::parse_json(answer, "answer");
    return read(wire::JsonFields(document));
  } catch (const ServiceError&) {
    throw;
  } catch (const Error& error) {
    throw unreadable_answer(operation, error);
  }
}

/// The answers call the attributes `Attributes` in lists and `UserAttributes` elsewhere.
CognitoUser user_in(const wire::JsonFields& fields, const char* attributes_name);
/// `{"Users":[…],…}` with the token of the next page in `token_name`.
UserPage user_page_in(const std::string& answer, const char* operation, const char* token_name);
AuthResult auth_result_in(const std::string& answer, const char* operation);

}  // namespace wsdeep::aws
