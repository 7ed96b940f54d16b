#pragma once

#include <string>
#include <string_view>

/// Pages for a person who signs in: plain HTML, no scripts, nothing from elsewhere; light and dark, from a phone's
/// width on.
namespace wsdeep::auth {

/// `title` and `footer` are texts, `body` is HTML; what is typed stands in `label` and `input`, what went wrong in
/// `<div role="alert">`.
std::string plain_page(std::string_view title, std::string_view body, std::string_view footer);
/// The Content-Security-Policy that fits. `form_targets`: origins, with blanks between them, that a posted form may
/// lead on to beside our own; browsers hold the redirect that answers a form to form-action too.
std::string plain_page_policy(std::string_view form_targets = {});

}  // namespace wsdeep::auth
