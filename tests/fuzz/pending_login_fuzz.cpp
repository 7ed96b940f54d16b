// The cookies of a request to /auth: what is read is what would be written, and what is ended has a name of ours.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "auth/exchange/cookies.h"
#include "auth/exchange/pending_login.h"
#include "base/text.h"
#include "fuzz/target.h"

namespace pending_login_fuzz {
FUZZ_TARGET(pending_login_fuzz) {
  using namespace wsdeep;
  using namespace wsdeep::auth::exchange;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto login = read_pending(text);
  if (login && (write_pending(*login) != text || !is_cookie_value(text))) std::abort();
  std::vector<std::string> cookies;
  for (const std::string_view part : split(text, ';')) cookies.emplace_back(trim(part));
  for (const bool secure : {false, true}) {
    for (const std::string& name : pending_to_end(cookies, secure, from_epoch_ms(1'700'000'000'000)))
      if (!is_cookie_value(name) || name.find('=') != std::string::npos) std::abort();
    if (login && find_pending({pending_cookie_name(login->id(), secure) + "=" + std::string(text)}, login->state,
                              secure) != login)
      std::abort();
  }
  return 0;
}

}  // namespace pending_login_fuzz
