#include "load/drive/fleet_watch.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "llm/engine/sim_engine.h"
#include "llm/node/node.h"
#include "load/measure/figure_fold.h"
#include "support/scripted_http_server.h"

namespace wsdeep::load {
namespace {

using ::testing::HasSubstr;

TEST(FigureFold, KeepsFirstLastPeakAndMeanOfAGauge) {
  FigureFold fold;
  for (const double value : {2.0, 6.0, 1.0}) fold.take("load", false, value);
  EXPECT_EQ(fold.figures(), std::vector<EngineFigure>({{"load", false, 2, 1, 6, 3, 3}}));
}

TEST(FigureFold, CountsOnWhenAProgramBeginsAnew) {
  FigureFold fold;
  for (const double value : {100.0, 130.0, 5.0, 7.0}) fold.take("requests_total", true, value);
  EXPECT_EQ(fold.figures(), std::vector<EngineFigure>({{"requests_total", true, 100, 137, 137, 0, 4}}));
}

struct WatchedSim {
  WatchedSim() {
    llm::NodeOptions options;
    options.node_id = "n1";
    options.metrics_listen = "127.0.0.1:0";
    node = std::make_unique<llm::Node>(options, llm::make_sim_engine({}));
  }
  llm::ClientTarget target() const { return {fmt::format("grpc://127.0.0.1:{}", node->port())}; }
  std::string page() const { return fmt::format("http://127.0.0.1:{}/metrics", node->metrics_port()); }

  std::unique_ptr<llm::Node> node;
};

const EngineFigure* figure_of(const EngineFigures& figures, const std::string& name) {
  const auto found = std::find_if(figures.figures.begin(), figures.figures.end(),
                                  [&](const EngineFigure& figure) { return figure.name == name; });
  return found == figures.figures.end() ? nullptr : &*found;
}

TEST(FleetWatch, ReadsANodesHealthAndItsPage) {
  WatchedSim sim;
  FleetWatch watch({{sim.target()}, {sim.page()}});
  watch.stop({});
  const auto all = watch.figures();
  ASSERT_EQ(all.size(), 2U) << "the simulated engine has no page of its own";
  EXPECT_EQ(all[0].node, "n1");
  EXPECT_EQ(all[0].engine, "sim");
  EXPECT_EQ(all[0].asked, 2U);
  EXPECT_EQ(all[0].failed, 0U) << all[0].fault;
  ASSERT_NE(figure_of(all[0], "load"), nullptr);
  ASSERT_NE(figure_of(all[1], "wsdeep_node_requests_total"), nullptr);
  EXPECT_TRUE(figure_of(all[1], "wsdeep_node_requests_total")->counts_up);
}

TEST(FleetWatch, SaysWhatCouldNotBeRead) {
  WatchedSim sim;
  FleetWatch watch({{sim.target()}, {}});
  EXPECT_EQ(watch.nodes().at(0).name, "n1");
  EXPECT_TRUE(watch.nodes().at(0).answers);
  sim.node.reset();
  watch.stop({});
  EXPECT_FALSE(watch.nodes().at(0).answers);
  const EngineFigures figures = watch.figures().at(0);
  EXPECT_EQ(figures.asked, 2U);
  EXPECT_EQ(figures.failed, 1U);
  EXPECT_THAT(figures.fault, HasSubstr("cannot read the health at grpc://127.0.0.1:"));
}

TEST(FleetWatch, ReadsTheEnginesPageBehindANodesAndSaysWhenItCouldNot) {
  const std::string node = "# HELP wsdeep_node_build_info What runs here.\nwsdeep_node_build_info 1\n";
  const std::string engine =
      "vllm:num_requests_waiting{engine=\"0\"} 3\nvllm:num_requests_waiting{engine=\"1\"} 4\n"
      "vllm:prefix_cache_hits_total 10\nvllm:kv_cache_usage_perc 0.5\nvllm:lora_requests_info 1\n";
  testing::ScriptedHttpServer server;
  server.expect(200, node + "wsdeep_node_generated_tokens_total 5\n");
  server.expect(200, engine);  // it has one
  server.expect(200, engine);
  server.expect(200, node + "wsdeep_node_generated_tokens_total 25\n");
  server.expect(502, "the engine is away\n");
  FleetWatch watch({{}, {server.url() + "/metrics"}});
  watch.stop({});
  const auto all = watch.figures();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].figures, std::vector<EngineFigure>({{"wsdeep_node_generated_tokens_total", true, 5, 25, 25, 0, 2}}));
  EXPECT_EQ(all[1].url, server.url() + "/metrics?engine=1");
  EXPECT_EQ(all[1].figures, std::vector<EngineFigure>({{"vllm:kv_cache_usage_perc", false, 0.5, 0.5, 0.5, 0.5, 1},
                                                       {"vllm:num_requests_waiting", false, 7, 7, 7, 7, 1},
                                                       {"vllm:prefix_cache_hits_total", true, 10, 10, 10, 0, 1}}));
  EXPECT_EQ(all[1].failed, 1U);
  EXPECT_EQ(all[1].fault, "cannot read " + server.url() + "/metrics?engine=1: HTTP 502");
}

/// What is thrown for a page that answers so.
std::string fault_of_page(int status, const std::string& body) {
  testing::ScriptedHttpServer server;
  server.expect(status, body);
  try {
    const FleetWatch watch({{}, {server.url() + "/metrics"}});
  } catch (const Error& fault) {
    return fault.what();
  }
  return {};
}

TEST(FleetWatch, ReadsNothingThatIsNoPageOfMetrics) {
  EXPECT_THAT(fault_of_page(404, "not found\n"), HasSubstr("HTTP 404"));
  EXPECT_THAT(fault_of_page(200, "<html>hello</html>"), HasSubstr("it is no page of metrics"));
}

}  // namespace
}  // namespace wsdeep::load
