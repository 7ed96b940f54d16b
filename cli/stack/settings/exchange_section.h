#pragma once

#include "stack/settings/checks.h"
#include "stack/settings/reader.h"
#include "stack/settings/settings.h"

/// `auth.exchange`: signing in with a browser.
namespace wsdeep::stack {

void read_exchange(SectionReader& reader, ExchangeSettings& exchange);

/// Reports what does not go together, above all cookies that browsers would not keep, or not send where they are
/// needed.
void check_exchange(const EnvironmentSettings& settings, const Places& places, Position environment,
                    ReadContext& context);

/// Whether `host` is `domain` or below it.
bool is_within(std::string_view host, std::string_view domain);
/// The host of a URL or origin that a rule has accepted.
std::string host_of(const std::string& url);
/// What the hosted UI sends browsers back to.
std::string exchange_callback(const ExchangeSettings& exchange);

}  // namespace wsdeep::stack
