#include "local/cognito/codes.h"

namespace wsdeep::local {

std::string CodeTable::add(CodeGrant grant) {
  return codes_.add(Entry{std::move(grant)});
}

std::optional<CodeTable::Found> CodeTable::use(const std::string& code) {
  Entry* entry = codes_.find(code);
  if (entry == nullptr) return std::nullopt;
  return Found{entry->grant, entry->uses++ > 0};
}

bool CodeTable::was_replayed(const std::string& code) {
  const Entry* entry = codes_.find(code);
  return entry != nullptr && entry->uses > 1;
}

}  // namespace wsdeep::local
