#include "load/report/html.h"

#include <fmt/format.h>

#include "load/report/html_documents.h"
#include "load/report/html_sections.h"
#include "load/report/html_style.h"
#include "load/report/markup.h"

namespace wsdeep::load {
namespace {

/// No request leaves the page, whatever stands in it: what is not allowed here no browser does.
constexpr const char* kPolicy = "default-src 'none'; style-src 'unsafe-inline'";

void write_head(Markup& page, const std::string& title) {
  const auto head = page.open("head");
  page.empty("meta", {{"charset", "utf-8"}});
  page.empty("meta", {{"http-equiv", "Content-Security-Policy"}, {"content", kPolicy}});
  page.empty("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}});
  page.element("title", title);
  const auto style = page.open("style");
  page.verbatim(html_style());
}

void write_run(Markup& page, const Result& result) {
  write_verdict(page, result);
  write_key_figures(page, result);
  write_levels(page, result);
  write_attempts(page, result);
  write_latency_course(page, result);
  write_times(page, result);
  write_throughput(page, result);
  write_errors(page, result);
  write_stages(page, result);
  write_nodes(page, result);
  write_edge(page, result);
  write_connections(page, result);
  write_cost(page, result);
  write_own_signs(page, result);
  write_how_it_was_run(page, result);
  write_definitions(page, result);
}

/// A whole page, of which `write` writes what is to be read.
template <class Write>
std::string page_of(const std::string& title, Write write) {
  Markup page;
  page.verbatim("<!DOCTYPE html>\n");
  {
    const auto html = page.open("html", {{"lang", "en"}});
    write_head(page, title);
    const auto body = page.open("body");
    const auto main = page.open("main");
    write(page);
  }
  return page.source();
}

}  // namespace

std::string result_html(const Result& result) {
  return page_of(fmt::format("{} load test of {}", result.kind, result.target),
                 [&](Markup& page) { write_run(page, result); });
}

std::string series_html(const Series& series) {
  return page_of(fmt::format("{} runs of a load test", series.runs.size()),
                 [&](Markup& page) { write_series(page, series); });
}

std::string limit_html(const LimitSearch& search) {
  return page_of(fmt::format("limit of {}", search.target), [&](Markup& page) { write_limit(page, search); });
}

}  // namespace wsdeep::load
