#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "preflight/checks.h"

namespace wsdeep::preflight {
namespace {

constexpr const char* kCertificatesCheck = "certificates";
constexpr std::chrono::hours kSoon{30 * 24};

/// `*.example.com` covers names with one label more, as TLS has it (RFC 6125, 6.4.3).
bool covers_name(const std::string& pattern, const std::string& name) {
  if (!pattern.starts_with("*.")) return pattern == name;
  const std::size_t dot = name.find('.');
  return dot != std::string::npos && dot > 0 && name.substr(dot) == pattern.substr(1);
}

std::string day_of(SystemTime time) {
  return iso8601(time).substr(0, 10);
}

struct Subject {
  const char* path;
  const std::string& arn;
  const std::string& name;  ///< that it has to cover
};

Finding not_there(const Subject& of, const Facts& facts) {
  return {kCertificatesCheck, Severity::kError,
          fmt::format("{}: account {} has no such certificate in {} ({})", of.path, facts.who.account,
                      facts.settings.region, of.arn),
          "the deployment would fail at it",
          "request one with: aws acm request-certificate --domain-name " + of.name +
              " --validation-method DNS --region " + facts.settings.region};
}

Finding not_issued(const Subject& of, const aws::Certificate& found) {
  if (found.status == "PENDING_VALIDATION")
    return {
        kCertificatesCheck, Severity::kError, fmt::format("{} is not issued yet: it waits for validation", of.path),
        "nothing can use it before",
        "make the CNAME records that `aws acm describe-certificate` lists in the domain's DNS, and wait for ISSUED"};
  const std::string reason = found.failure_reason.empty() ? "" : fmt::format(" ({})", found.failure_reason);
  return {kCertificatesCheck, Severity::kError, fmt::format("{} is {}{}", of.path, found.status, reason),
          "nothing can use it", "request or import another one, and name it in the settings"};
}

Finding not_covering(const Subject& of, const aws::Certificate& found) {
  return {kCertificatesCheck, Severity::kError,
          fmt::format("{} does not cover {}: it is for {}", of.path, of.name, join(found.names, ", ")),
          "clients would refuse the connection",
          fmt::format("request one for {}, and name it in the settings", of.name)};
}

Finding by_time(const Subject& of, const aws::Certificate& found, SystemTime now) {
  const std::string covers = fmt::format("{} covers {}", of.path, of.name);
  if (!found.not_after) return {kCertificatesCheck, Severity::kOk, covers};
  const std::string day = day_of(*found.not_after);
  if (*found.not_after <= now)
    return {kCertificatesCheck, Severity::kError, fmt::format("{} has expired on {}", of.path, day),
            "clients refuse the connection", "import a new one into the same ARN, or name another"};
  if (*found.not_after - now < kSoon && !found.renews_itself)
    return {kCertificatesCheck, Severity::kWarning,
            fmt::format("{} ends on {}, and ACM will not renew it", of.path, day),
            "from then on clients refuse the connection",
            "an imported certificate is renewed by importing it again; one of ACM's needs its DNS records, and to be "
            "in use"};
  return {kCertificatesCheck, Severity::kOk, fmt::format("{} until {}", covers, day)};
}

Finding about(const Subject& of, const Asked<aws::Certificate>& asked, const Facts& facts) {
  if (asked.trouble)
    return asked.trouble->is_missing ? not_there(of, facts)
                                     : unanswered(kCertificatesCheck, of.path, *asked.trouble, facts);
  const aws::Certificate& found = *asked;
  if (found.status != "ISSUED") return not_issued(of, found);
  const bool covers = std::ranges::any_of(found.names, [&](const auto& one) { return covers_name(one, of.name); });
  return covers ? by_time(of, found, facts.now) : not_covering(of, found);
}

void add_about(Findings& out, const Subject& of, const Facts& facts, bool of_fleet) {
  const auto asked = facts.certificates.find(of.arn);
  if (asked == facts.certificates.end()) return;
  out.push_back(about(of, asked->second, facts));
  out.back().of_fleet = of_fleet;
}

}  // namespace

Findings check_certificates(const Facts& facts) {
  Findings found;
  const stack::EnvironmentSettings& settings = facts.settings;
  add_about(found, {"llm.certificate", settings.llm.certificate, settings.llm.domain}, facts, true);
  if (settings.domain)
    add_about(found, {"domain.certificate", settings.domain->certificate, settings.domain->name}, facts, false);
  return found;
}

}  // namespace wsdeep::preflight
