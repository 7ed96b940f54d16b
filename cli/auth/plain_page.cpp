#include "auth/plain_page.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/hash.h"

namespace wsdeep::auth {
namespace {

constexpr std::string_view kPageStyle = R"css(
:root{color-scheme:light dark;--ink:#1b1f24;--dim:#57606a;--page:#f3f4f6;--card:#fff;--line:#8c959f;--go:#0b5cad;--bad:#b42318}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--dim:#9da7b1;--page:#0d1117;--card:#161b22;--line:#6e7681;--go:#1f6feb;--bad:#ff8a80}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1rem;background:var(--page);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
main{width:100%;max-width:24rem;padding:2rem;background:var(--card);border-radius:.75rem;box-shadow:0 1px 4px #0003}
h1{margin:0 0 .25rem;font-size:1.4rem}
p{margin:.25rem 0 1rem;color:var(--dim)}
label{display:block;margin:1rem 0 .25rem;font-weight:600}
a{color:var(--go)}
input{width:100%;padding:.6rem .7rem;font:inherit;color:inherit;background:transparent;border:1px solid var(--line);border-radius:.4rem}
button{width:100%;margin-top:1.25rem;padding:.7rem;font:inherit;font-weight:600;color:#fff;background:var(--go);border:0;border-radius:.4rem;cursor:pointer}
input:focus-visible,button:focus-visible,a:focus-visible{outline:3px solid var(--go);outline-offset:2px}
code{display:block;padding:.6rem;border:1px dashed var(--line);border-radius:.4rem;overflow-wrap:anywhere;font-size:1.05rem;color:var(--ink)}
[role=alert]{margin:1rem 0 0;padding:.6rem .7rem;color:var(--bad);border:1px solid var(--bad);border-radius:.4rem}
footer{margin-top:1.5rem;font-size:.85rem;color:var(--dim)}
)css";

}  // namespace

std::string plain_page(std::string_view title, std::string_view body, std::string_view footer) {
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{0} · wsdeep</title>\n"
      "<link rel=\"icon\" href=\"data:,\">\n<style>{1}</style>\n</head>\n<body>\n<main>\n<h1>{0}</h1>\n{2}"
      "<footer>{3}</footer>\n</main>\n</body>\n</html>\n",
      html_escape(title), kPageStyle, body, html_escape(footer));
}

std::string plain_page_policy(std::string_view form_targets) {
  static const std::string kStyleHash = base64(sha256(kPageStyle));
  return fmt::format(
      "default-src 'none'; style-src 'sha256-{}'; img-src data:; form-action 'self'{}{}; base-uri 'none'; "
      "frame-ancestors 'none'",
      kStyleHash, form_targets.empty() ? "" : " ", form_targets);
}

}  // namespace wsdeep::auth
