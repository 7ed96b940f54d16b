// Renders tests/golden/stack/template/<behaviour>/wsdeep.yaml and compares byte by byte with what is expected:
// minimal's expected.yaml, of the service, and fleet.yaml are whole, the others are expected.diff and fleet.diff, the
// differences from them (tests/golden/README.md).
// With WSDEEP_REWRITE_GOLDEN=1, whole templates are written instead, which tests/golden/rewrite makes differences of.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "base/files.h"
#include "stack/checks/validate.h"
#include "stack/template/compose.h"

namespace wsdeep::stack {
namespace {

namespace fs = std::filesystem;

const fs::path kGolden = fs::path(WSDEEP_TESTS) / "golden/stack/template";

std::vector<std::string> behaviours() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kGolden))
    if (fs::exists(entry.path() / "wsdeep.yaml")) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

std::string test_name(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

using Lines = std::vector<std::string_view>;

Lines lines_of(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

/// One difference: the pieces that it finds, between which all is taken away, and the lines that it puts there.
struct Hunk {
  std::vector<Lines> before{1};
  Lines after;
};

std::vector<Hunk> hunks_of(std::string_view differences) {
  std::vector<Hunk> hunks;
  for (const std::string_view line : lines_of(differences)) {
    if (line.starts_with("@@") || hunks.empty()) hunks.emplace_back();
    if (line[0] == '~') hunks.back().before.emplace_back();
    if (line[0] == ' ' || line[0] == '-') hunks.back().before.back().push_back(line.substr(1));
    if (line[0] == ' ' || line[0] == '+') hunks.back().after.push_back(line.substr(1));
  }
  return hunks;
}

/// Each difference belongs where its lines are found next; one without a place gives an empty text.
std::string with_differences(std::string_view base, std::string_view differences) {
  const Lines lines = lines_of(base);
  std::string whole;
  auto at = lines.begin();
  for (const Hunk& hunk : hunks_of(differences)) {
    const Lines& first = hunk.before.front();
    const auto place = std::search(at, lines.end(), first.begin(), first.end());
    for (; at != place; ++at) whole += *at;
    for (const std::string_view line : hunk.after) whole += line;
    for (const Lines& piece : hunk.before) {
      const auto found = std::search(at, lines.end(), piece.begin(), piece.end());
      if (found == lines.end()) return "";
      at = found + static_cast<std::ptrdiff_t>(piece.size());
    }
  }
  for (; at != lines.end(); ++at) whole += *at;
  return whole;
}

class RenderGolden : public ::testing::TestWithParam<std::string> {
 protected:
  DiskFiles files_;
  fs::path folder_ = kGolden / GetParam();

  EnvironmentSettings settings() {
    const ParsedSettings parsed = parse_settings(files_.read(folder_ / "wsdeep.yaml").value(), "wsdeep.yaml");
    EXPECT_EQ(render(parsed.diagnostics), "");
    return parsed.settings.environments.front();
  }
  std::string read(const fs::path& path) { return files_.read(path).value_or("(no such file)"); }

  std::string expected(const std::string& name) {
    const std::string whole = name + ".yaml";
    if (fs::exists(folder_ / whole)) return read(folder_ / whole);
    return with_differences(read(kGolden / "minimal" / whole), read(folder_ / (name + ".diff")));
  }

  void compare(const std::string& text, const std::string& name) {
    if (std::getenv("WSDEEP_REWRITE_GOLDEN") != nullptr)
      files_.write(folder_ / (name + ".yaml"), text);
    else
      EXPECT_EQ(expected(name), text) << folder_;
  }

  static void check(const ComposedTemplate& composed) {
    ValidateOptions options;
    options.parameters = composed.parameters;
    for (const std::string& key : composed.to_fill) options.parameters.push_back({key, "filled-in"});
    options.complete = true;
    std::vector<Diagnostic> diagnostics = validate_template(composed.text, options);
    // The whole stack is larger than what CloudFormation takes inline; that is a note, and true.
    std::erase_if(diagnostics, [](const Diagnostic& one) { return one.severity == Severity::kNote; });
    EXPECT_EQ(render(diagnostics), "");
  }
};

/// In one test, since composing is what takes the time: it is the expected one, leaves open only what a deployment
/// knows to fill, and passes our own checks.
TEST_P(RenderGolden, IsTheExpectedTemplate) {
  const EnvironmentSettings environment = settings();
  const ComposedTemplate service = compose(environment, Part::kService);
  compare(service.text, "expected");
  check(service);
  // Files that are built here.
  const std::set<std::string> packages{"LabPackageBucket", "LabPackageKey", "WebBucket", "WebPrefix"};
  for (const std::string& open : service.to_fill) EXPECT_TRUE(packages.contains(open)) << open;
  if (environment.llm.on_bedrock()) return;

  const ComposedTemplate fleet = compose(environment, Part::kFleet);
  compare(fleet.text, "fleet");
  check(fleet);
  EXPECT_EQ(fleet.to_fill, (std::vector<std::string>{"Vpc", "PrivateSubnets", "LoadBalancerSecurityGroup",
                                                     "NodeSecurityGroup", "NodePackageBucket", "NodePackageKey"}));
}

INSTANTIATE_TEST_SUITE_P(Settings, RenderGolden, ::testing::ValuesIn(behaviours()), test_name);

TEST(RenderGoldenFiles, CoverAtLeastSixSettingsFiles) {
  EXPECT_GE(behaviours().size(), 6u);
}

}  // namespace
}  // namespace wsdeep::stack
