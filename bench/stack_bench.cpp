// What the offline half of a deployment costs: reading the settings, rendering the template, checking it. The largest
// golden settings file stands for a real one; the aim is 50 ms each for render and validate.

#include <benchmark/benchmark.h>

#include <filesystem>

#include "base/files.h"
#include "stack/checks/validate.h"
#include "stack/template/compose.h"

namespace wsdeep::stack {
namespace {

std::string settings_text() {
  const auto path =
      std::filesystem::path(__FILE__).parent_path() / "../tests/golden/stack/template/everything/wsdeep.yaml";
  return DiskFiles().read(path).value();
}

void BM_ParseSettings(benchmark::State& state) {
  const std::string text = settings_text();
  for (auto _ : state) benchmark::DoNotOptimize(parse_settings(text));
}
BENCHMARK(BM_ParseSettings)->Unit(benchmark::kMillisecond);

void BM_Render(benchmark::State& state) {
  const std::string text = settings_text();
  for (auto _ : state)
    benchmark::DoNotOptimize(compose(parse_settings(text).settings.environments.front(), Part::kService));
}
BENCHMARK(BM_Render)->Unit(benchmark::kMillisecond);

void BM_Validate(benchmark::State& state) {
  const ComposedTemplate composed =
      compose(parse_settings(settings_text()).settings.environments.front(), Part::kService);
  const ValidateOptions options{"template.yaml", composed.parameters, false};
  for (auto _ : state) benchmark::DoNotOptimize(validate_template(composed.text, options));
}
BENCHMARK(BM_Validate)->Unit(benchmark::kMillisecond);

void BM_RenderJson(benchmark::State& state) {
  const std::string text = compose(parse_settings(settings_text()).settings.environments.front(), Part::kService).text;
  for (auto _ : state) benchmark::DoNotOptimize(template_json(text));
}
BENCHMARK(BM_RenderJson)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace wsdeep::stack
