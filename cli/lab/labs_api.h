#pragma once

#include <memory>
#include <string>

#include "auth/jwks_cache.h"
#include "lab/lab_http.h"
#include "lab/sessions.h"

namespace wsdeep::lab {

struct TokenOptions {
  auth::TokenRules rules;
  std::string jwks_url;  ///< empty: below the issuer
  std::string ca_file;   ///< PEM to trust besides the system's
};

/// `/api/labs/…`, for whoever has a token of the pool: makes sessions, lists and ends his own, and says whether one is
/// his and runs. Refuses with `{"error": …}`.
class LabsApi {
 public:
  LabsApi(net::EventLoop& loop, Sessions& sessions, TokenOptions options);
  ~LabsApi();
  LabsApi(const LabsApi&) = delete;
  LabsApi& operator=(const LabsApi&) = delete;

  void serve(const Exchange& exchange, const std::string& path);

 private:
  void route(const Exchange& exchange, const std::string& path, const std::string& owner);
  void create(const Exchange& exchange, const std::string& owner);
  void list(const Exchange& exchange, const std::string& owner);
  void end(const Exchange& exchange, const std::string& owner, const std::string& id);
  void validate(const Exchange& exchange, const std::string& owner, const std::string& id);

  net::EventLoop& loop_;
  Sessions& sessions_;
  struct Judge;
  std::shared_ptr<Judge> judge_;  ///< of tokens; works on other threads
};

}  // namespace wsdeep::lab
