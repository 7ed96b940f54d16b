#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "local/store/expiring_table.h"

namespace wsdeep::local {

/// What a sign-in at the hosted UI leaves for the app to fetch (RFC 6749 §4.1.2).
struct CodeGrant {
  std::string client_id;
  std::string redirect_uri;
  std::string code_challenge;  ///< S256 of the verifier that the app keeps (RFC 7636)
  std::string sub;             ///< of the user
  std::string scopes;
  std::string nonce;
  std::int64_t auth_seconds = 0;
  std::string origin_jti;  ///< of the session that the code gives: known before it is there
};

/// Authorization codes, in memory: each is good for five minutes and for one attempt.
class CodeTable {
 public:
  explicit CodeTable(const Clock& clock) : codes_(clock, {std::chrono::minutes(5), 10'000, 32}) {}

  /// Returns the code.
  std::string add(CodeGrant grant);
  struct Found {
    CodeGrant grant;
    bool used_before;  ///< by an earlier `use`: what it gave has to be taken back
  };
  /// Uses the code up. Nothing when it is unknown or expired.
  std::optional<Found> use(const std::string& code);
  /// Whether the code was used more than once.
  bool was_replayed(const std::string& code);

 private:
  struct Entry {
    CodeGrant grant;
    int uses = 0;
  };
  ExpiringTable<Entry> codes_;
};

}  // namespace wsdeep::local
