// Renders tests/golden/render/<behaviour>/wsdeep.yaml wherever an expected.yaml stands beside it, and compares byte by
// byte. WSDEEP_REWRITE_GOLDEN=1 writes the files instead (start a new one empty); look at the difference before
// committing it. The folders without expected.yaml belong to the command's own tests.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "base/files.h"
#include "stack/checks/validate.h"
#include "stack/template/compose.h"

namespace wsdeep::stack {
namespace {

namespace fs = std::filesystem;

const fs::path kGolden = fs::path(WSDEEP_TESTS) / "golden/render";

std::vector<std::string> behaviours() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kGolden))
    if (fs::exists(entry.path() / "wsdeep.yaml") && fs::exists(entry.path() / "expected.yaml"))
      names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

std::string test_name(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

class RenderGolden : public ::testing::TestWithParam<std::string> {
 protected:
  DiskFiles files_;
  fs::path folder_ = kGolden / GetParam();

  ComposedTemplate rendered() {
    const ParsedSettings parsed = parse_settings(files_.read(folder_ / "wsdeep.yaml").value(), "wsdeep.yaml");
    EXPECT_EQ(render(parsed.diagnostics), "");
    return compose(parsed.settings.environments.front());
  }

  void compare(const std::string& file, const std::string& actual) {
    if (std::getenv("WSDEEP_REWRITE_GOLDEN") != nullptr)
      files_.write(folder_ / file, actual);
    else
      EXPECT_EQ(files_.read(folder_ / file).value_or("(no such file)"), actual) << folder_ / file;
  }
};

TEST_P(RenderGolden, IsTheExpectedTemplate) {
  compare("expected.yaml", rendered().text);
}

TEST_P(RenderGolden, LeavesOnlyThePackagersParametersToFill) {
  const ComposedTemplate composed = rendered();
  EXPECT_EQ(composed.to_fill, (std::vector<std::string>{"NodePackageBucket", "NodePackageKey"}));
}

TEST_P(RenderGolden, PassesOurOwnChecksWithItsParameters) {
  const ComposedTemplate composed = rendered();
  ValidateOptions options;
  options.parameters = composed.parameters;
  for (const std::string& key : composed.to_fill) options.parameters.push_back({key, "filled-in"});
  options.complete = true;
  std::vector<Diagnostic> diagnostics = validate_template(composed.text, options);
  // The whole stack is larger than what CloudFormation takes inline; that is a note, and true.
  std::erase_if(diagnostics, [](const Diagnostic& one) { return one.severity == Severity::kNote; });
  EXPECT_EQ(render(diagnostics), "");
}

INSTANTIATE_TEST_SUITE_P(Settings, RenderGolden, ::testing::ValuesIn(behaviours()), test_name);

TEST(RenderGoldenFiles, CoverAtLeastSixSettingsFiles) {
  EXPECT_GE(behaviours().size(), 6u);
}

}  // namespace
}  // namespace wsdeep::stack
