#include "load/report/outputs.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "load/report/csv.h"
#include "load/report/hdr_log.h"
#include "load/report/json.h"
#include "load/report/prometheus.h"
#include "support/file_size_limit.h"
#include "support/load_results.h"
#include "support/memory_files.h"
#include "support/temporary_folder.h"

namespace wsdeep::load {
namespace {

using testing::full_result;

/// A disk on which these files find no room.
class FullFor final : public Files {
 public:
  explicit FullFor(std::set<std::filesystem::path> paths) : paths_(std::move(paths)) {}

  std::optional<std::string> read(const std::filesystem::path& path, std::size_t limit) const override {
    return memory.read(path, limit);
  }
  void write(const std::filesystem::path& path, std::string_view content, mode_t mode) override {
    if (paths_.contains(path))
      throw Error(ErrorKind::kFailure, "cannot write " + path.string() + ": No space left on device");
    memory.write(path, content, mode);
  }
  bool remove(const std::filesystem::path& path) override { return memory.remove(path); }

  testing::MemoryFiles memory;

 private:
  std::set<std::filesystem::path> paths_;
};

std::vector<std::string> faults_of(const Outputs& outputs) {
  std::vector<std::string> said;
  for (const Error& fault : outputs.faults) said.push_back(fmt::format("{} | {}", fault.what(), fault.hint()));
  return said;
}

TEST(Outputs, AreAllThatWasAskedFor) {
  testing::MemoryFiles files;
  const Result result = full_result();
  const Outputs outputs =
      write_outputs({.json = "j", .csv = "c", .hdr = "h", .prometheus = "p"}, result, nullptr, files);
  EXPECT_TRUE(outputs.faults.empty());
  EXPECT_EQ(outputs.on_stdout, "");
  const std::map<std::filesystem::path, std::string> expected = {{"j", result_json(result)},
                                                                 {"c", result_csv(result)},
                                                                 {"h", write_hdr_log(hdr_log_of(result))},
                                                                 {"p", result_prometheus(result)}};
  EXPECT_EQ(files.contents, expected);
}

TEST(Outputs, AreNothingWhereNothingWasAskedFor) {
  testing::MemoryFiles files;
  const Outputs outputs = write_outputs({}, full_result(), nullptr, files);
  EXPECT_TRUE(outputs.on_stdout.empty() && outputs.faults.empty() && files.contents.empty());
}

TEST(Outputs, LoseNothingThatStdoutCanCarry) {
  const Result result = full_result();
  const std::string json = result_json(result);
  const std::string no_room = "cannot write {0}: No space left on device | free space there, or give {1} another path";
  struct Row {
    const char* what;
    OutputOptions options;
    std::set<std::filesystem::path> full;
    std::string on_stdout;
    std::vector<std::string> faults;
    std::set<std::filesystem::path> written;
  };
  const std::vector<Row> rows = {
      {"asked for", {.json = "-", .csv = "c"}, {}, json, {}, {"c"}},
      {"the JSON found no room", {.json = "j", .csv = "c"}, {"j"}, json, {"j --json"}, {"c"}},
      {"another one did not, the JSON did", {.json = "j", .csv = "c"}, {"c"}, "", {"c --csv"}, {"j"}},
      {"no JSON was asked for", {.csv = "c", .hdr = "h"}, {"c"}, json, {"c --csv"}, {"h"}},
      {"nothing found room",
       {.json = "j", .csv = "c", .hdr = "h", .prometheus = "p"},
       {"j", "c", "h", "p"},
       json,
       {"c --csv", "h --hdr", "p --prometheus", "j --json"},
       {}},
      {"stdout has it already", {.json = "-", .csv = "c"}, {"c"}, json, {"c --csv"}, {}},
  };
  for (const Row& row : rows) {
    FullFor files(row.full);
    const Outputs outputs = write_outputs(row.options, result, nullptr, files);
    EXPECT_EQ(outputs.on_stdout, row.on_stdout) << row.what;
    std::vector<std::string> expected;
    for (const std::string& fault : row.faults)
      expected.push_back(fmt::format(fmt::runtime(no_room), fault.substr(0, 1), fault.substr(2)));
    EXPECT_EQ(faults_of(outputs), expected) << row.what;
    std::set<std::filesystem::path> written;
    for (const auto& [path, content] : files.memory.contents) written.insert(path);
    EXPECT_EQ(written, row.written) << row.what;
  }
}

TEST(Outputs, OfADiskWithoutRoomAreOnStdoutAndNothingIsLeftInPart) {
  const testing::TemporaryFolder folder;
  const auto at = [&](const char* name) { return (folder.path() / name).string(); };
  const OutputOptions options{
      .json = at("j"), .records = at("r"), .csv = at("c"), .hdr = at("h"), .prometheus = at("p")};
  const Result result = full_result();
  RecordsFile records(options.records);
  for (int i = 0; i < 10; ++i) records.add({});
  DiskFiles files;
  const testing::FileSizeLimit limit(100);
  const Outputs outputs = write_outputs(options, result, &records, files);
  EXPECT_EQ(outputs.on_stdout, result_json(result));
  EXPECT_EQ(outputs.faults.size(), 5);
  EXPECT_EQ(faults_of(outputs).back(),
            "cannot write " + at("j") + ": File too large | free space there, or give --json another path");
  std::vector<std::filesystem::path> left;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) left.push_back(entry.path());
  EXPECT_EQ(left, std::vector<std::filesystem::path>{at("r.partial")}) << "nothing but the records' whole lines";
}

TEST(Outputs, HaveTheRecordsWithTheOthers) {
  const testing::TemporaryFolder folder;
  const std::string path = folder.path() / "turns.jsonl";
  RecordsFile records(path);
  records.add({});
  testing::MemoryFiles files;
  EXPECT_TRUE(write_outputs({.records = path}, full_result(), &records, files).faults.empty());
  EXPECT_EQ(DiskFiles().read(path), turn_json({}) + "\n");
}

std::string refusal_of_outputs(const OutputOptions& options) {
  try {
    check_outputs(options);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.what();
  }
  return "";
}

TEST(Outputs, AreCheckedBeforeTheRun) {
  const testing::TemporaryFolder folder;
  const std::string one = folder.path() / "one", same = folder.path() / "." / "one", at = folder.path();
  EXPECT_EQ(refusal_of_outputs({.json = "-", .records = one, .csv = "relative.csv"}), "");
  EXPECT_EQ(refusal_of_outputs({.json = one, .csv = same}), "--json and --csv name the same file: " + same);
  EXPECT_EQ(refusal_of_outputs({.hdr = at}), "cannot write --hdr " + at + ": it is a folder");
  std::filesystem::create_symlink("/dev/null", folder.path() / "link");
  EXPECT_EQ(refusal_of_outputs({.csv = "/dev/null"}), "cannot write --csv /dev/null: it is there, and no regular file");
  EXPECT_EQ(refusal_of_outputs({.csv = at + "/link"}),
            "cannot write --csv " + at + "/link: it is there, and no regular file");
  const std::string long_name = at + "/" + std::string(300, 'x');
  EXPECT_EQ(refusal_of_outputs({.csv = long_name}), "cannot write --csv " + long_name + ": File name too long");
  EXPECT_EQ(refusal_of_outputs({.csv = "-"}), "cannot write --csv -: only --json can go to stdout");
  EXPECT_EQ(refusal_of_outputs({.hdr = "/nowhere/x"}),
            "cannot write --hdr /nowhere/x: /nowhere: No such file or directory");
}

TEST(ResultCsv, HasARowForEachPartAndMetric) {
  Result result = testing::refused_result();
  result.summary.nodes = {testing::full_slice("=n,\"1\"\n")};
  result.summary.stages.emplace_back();
  EXPECT_EQ(
      result_csv(result),
      "part,name,from_us,to_us,intended_rate_per_s,sent_rate_per_s,goodput_per_s,output_tokens_per_s,attempts,"
      "good,slow,refused,failed,truncated,cancelled,unfinished,metric,of,counted,lower_bounds,min_us,mean_us,"
      "max_us,p50_us,p50_more_than,p75_us,p75_more_than,p90_us,p90_more_than,p95_us,p95_more_than,p99_us,"
      "p99_more_than,p99.9_us,p99.9_more_than,least_usd,most_usd,least_usd_per_mtok,most_usd_per_mtok\r\n"
      "whole,,0,60000000,5,5,0,0,300,0,0,300,0,0,0,0,send_lag,300,3,0,40,52,61,55,0,61,0,61,0,61,0,61,0,61,0,,,,\r\n"
      "whole,,0,60000000,5,5,0,0,300,0,0,300,0,0,0,0,ttft,300,0,0,,,,,,,,,,,,,,,,,,,\r\n"
      "stage,,0,0,0,0,0,0,0,0,0,0,0,0,0,0,,,,,,,,,,,,,,,,,,,,,,,\r\n"
      "node,\"'=n,\"\"1\"\"\\n\",5000000,65000000,2,1.95,0.05,12.5,10,3,1,1,1,1,1,2,ttft,10,6,2,312000,22881086.5,"
      "90000001,700415,0,30998528,1,89980928,1,89980928,1,89980928,1,89980928,1,,,,\r\n"
      "node,\"'=n,\"\"1\"\"\\n\",5000000,65000000,2,1.95,0.05,12.5,10,3,1,1,1,1,1,2,itl,3,3,0,0,12400.333333333334,"
      "18601,18607,0,18607,0,18607,0,18607,0,18607,0,18607,0,,,,\r\n");
}

TEST(ResultPrometheus, CountsWhatIsUnfinishedInTheLastBucketAlone) {
  const std::string page = result_prometheus(full_result());
  for (const char* line :
       {"# TYPE wsdeep_loadtest_ttft_seconds histogram\n", "wsdeep_loadtest_ttft_seconds_bucket{le=\"0.25\"} 0\n",
        "wsdeep_loadtest_ttft_seconds_bucket{le=\"0.5\"} 1\n", "wsdeep_loadtest_ttft_seconds_bucket{le=\"50\"} 3\n",
        "wsdeep_loadtest_ttft_seconds_bucket{le=\"1000\"} 4\n", "wsdeep_loadtest_ttft_seconds_bucket{le=\"+Inf\"} 6\n",
        "wsdeep_loadtest_ttft_seconds_sum 124.524346\n", "wsdeep_loadtest_ttft_seconds_count 6\n",
        "wsdeep_loadtest_attempts_total{end=\"unfinished\"} 2\n"})
    EXPECT_NE(page.find(line), std::string::npos) << line;
}

}  // namespace
}  // namespace wsdeep::load
