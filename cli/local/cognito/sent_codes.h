#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "local/cognito/attempts.h"

namespace wsdeep::local {

/// Six digits, each as likely as any other.
std::string random_code();

/// `+*******4567` for a phone number, `a***@e***` for an e-mail address.
std::string masked_address(std::string_view address);

/// What a code that was sent is good for.
enum class CodeUse { kSignUp, kPassword, kEmail, kPhone };

enum class CodeVerdict {
  kRight,
  kWrong,
  kNone,  ///< none was sent, or it is too old, or it went to another address than the user has now
};

/// Codes that were sent to users, in memory: one for each user and use, the last one. Good for an hour to choose a new
/// password, and for a day otherwise; who takes one has it forgotten.
/// https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html#resource-quotas-cup-codes
class SentCodes {
 public:
  explicit SentCodes(const Clock& clock);
  /// A new code, which takes the place of an earlier one.
  std::string make(CodeUse use, std::string_view username, const std::string& address);
  CodeVerdict check(CodeUse use, std::string_view username, const std::string& address, const std::string& code) const;
  void forget(CodeUse use, std::string_view username);

 private:
  struct Sent {
    std::string code;
    std::string address;
    SteadyTime until{};
  };
  const Clock& clock_;
  FadingTable<Sent> codes_;
};

}  // namespace wsdeep::local
