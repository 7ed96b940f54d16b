// What stands in a file of parameters, and what becomes of it: the values that its owner's tool would use, or words.
// The rows marked SAM are of SAM CLI's own tests of CfnParameterOverridesType.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "stack/settings/parameters.h"
#include "stack/toml_tree.h"

namespace wsdeep::stack {
namespace {

/// `Key=<value> …` of what was read, or the refusal and, behind an arrow, what to do.
std::string read(const std::string& text, const std::string& file, std::string_view environment = {}) {
  try {
    std::string out;
    for (const Parameter& one : read_parameters(text, file, environment))
      out +=
          fmt::format("{}{}={}", out.empty() ? "" : " ", one.key, one.previous ? "(previous)" : "<" + one.value + ">");
    return out.empty() ? "nothing" : out;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage) << text;
    return std::string(error.what()) + (error.hint().empty() ? "" : " -> " + error.hint());
  }
}

struct SamconfigRow {
  const char* text;
  const char* expected;
};

constexpr const char* kQuoteHint =
    " -> a key is made of letters and digits; a value with blanks stands in quotes: Key=\"two words\"";
constexpr const char* kBreak =
    "s:1:1: a line break or tab in parameter_overrides: SAM CLI takes it as a part of the value -> write a list of "
    "strings, one a parameter, or end each line but the last with a blank and a backslash";

/// One string of overrides, as a literal string of TOML: nothing in it is unescaped before SAM's rules.
TEST(Samconfig, ReadsAStringOfOverridesAsSamDoes) {
  const std::string loses = "SAM CLI loses";
  const SamconfigRow table[] = {
      {"ParameterKey=KeyPairName,ParameterValue=MyKey ParameterKey=InstanceType,ParameterValue=t1.micro",  // SAM
       "KeyPairName=<MyKey> InstanceType=<t1.micro>"},
      {"KeyPairName=MyKey InstanceType=t1.micro", "KeyPairName=<MyKey> InstanceType=<t1.micro>"},      // SAM
      {"KeyPairName=MyKey, InstanceType=t1.micro,", "KeyPairName=<MyKey,> InstanceType=<t1.micro,>"},  // SAM
      {R"(ParameterKey="Key",ParameterValue=Val\ ue)", "Key=<Val ue>"},                                // SAM
      {R"(ParameterKey="Key",ParameterValue="Val\"ue")", "Key=<Val\"ue>"},                             // SAM
      {R"(ParameterKey=Key,ParameterValue="")", "Key=<>"},                                             // SAM
      {"  ParameterKey=Key,ParameterValue=Value   ParameterKey=Key2,ParameterValue=Value2     ",       // SAM
       "Key=<Value> Key2=<Value2>"},
      {R"(ParameterKey=Key,ParameterValue=Value\")", "Key=<Value\">"},                                    // SAM
      {R"(ParameterKey=Key,ParameterValue=\"Value)", "Key=<\"Value>"},                                    // SAM
      {"ParameterKey=Key,ParameterValue==-_)(*&^%$#@!`~:;,.    ParameterKey=Key2,ParameterValue=Value2",  // SAM
       "Key=<=-_)(*&^%$#@!`~:;,.> Key2=<Value2>"},
      {R"(ParameterKey=Key1230,ParameterValue="{\"a\":\"b\"}")", "Key1230=<{\"a\":\"b\"}>"},  // SAM
      {R"(Key=Key1230 Value="{\"a\":\"b\"}")", "Key=<Key1230> Value=<{\"a\":\"b\"}>"},        // SAM
      {R"(Stack=new Over="{\"bucketName\":\"production\",\"bucketRegion\":\"eu-west-1\"}")",  // SAM
       "Stack=<new> Over=<{\"bucketName\":\"production\",\"bucketRegion\":\"eu-west-1\"}>"},
      {"", "nothing"},  // SAM
      {R"(A="two words" B="" C=1)", "A=<two words> B=<> C=<1>"},
      {R"(A=C:\dir B="\n\\" )", R"(A=<C:\dir> B=<\n\\>)"},
      {"A=x=y B=ü", "A=<x=y> B=<ü>"},
      {"A=1 A=1", "A=<1>"},
      {"A=1 A=2", "s:1:1: the parameter 'A' is there twice, with different values"},
      {"A", "s:1:1: expected Key=Value in parameter_overrides, got 'A'"},
      {"some string", "s:1:1: expected Key=Value in parameter_overrides, got 'some'"},  // SAM
      {"ParameterKey:Key,ParameterValue:Value",
       "s:1:1: expected Key=Value in parameter_overrides, got 'ParameterKey:Key,ParameterValue:Value'"},  // SAM
      {"Node-Max=1", "s:1:1: expected Key=Value in parameter_overrides, got 'Node-Max=1'"},
      {"A=two words", "s:1:1: expected Key=Value in parameter_overrides, got 'words'"},
      {"A= B=1", "s:1:1: 'A' has no value: SAM CLI passes over it -> write A=\"\""},
      {"ParameterKey=A,ParameterValue=", "s:1:1: 'A' has no value: SAM CLI passes over it -> write A=\"\""},
      {R"(A="x)", "s:1:1: the quote of 'A' does not end"},
      {R"(A="x"y)",
       "s:1:1: text behind the closing quote of 'A': SAM CLI loses it -> put a blank behind the quote, or \\\" inside "
       "of it"},
      {R"(A={"a":1})",
       "s:1:1: a quote inside of the value of 'A': SAM CLI loses what follows -> quote the whole value, with \\\" "
       "inside: A=\"…\""},
      {R"(A=x\)", "s:1:1: the value of 'A' ends with a backslash, which SAM CLI cannot read"},
      {"A=1 ParameterKey=B,ParameterValue=2",
       "s:1:1: Key=Value and ParameterKey=…,ParameterValue=… in one string: SAM CLI reads only the second form -> "
       "write "
       "all of them as Key=Value"},
      {"file://more.toml",
       "s:1:1: a file:// among the overrides is not followed -> pass that file with --parameters too"}};
  for (const auto& [text, expected] : table) {
    std::string wanted = expected;
    if (wanted.find(": expected Key=Value") != std::string::npos) wanted += kQuoteHint;
    const std::string toml = fmt::format("default.deploy.parameters.parameter_overrides = '''{}'''", text);
    std::string got = read(toml, "s.toml");
    if (got.starts_with("s.toml:1:")) got = "s:1:1" + got.substr(got.find(": "));
    EXPECT_EQ(got, wanted) << text;
  }
}

TEST(Samconfig, ReadsEveryFormOfToml) {
  const std::string head = "version = 0.1\n[default.deploy.parameters]\nparameter_overrides = ";
  const auto moved = [](std::string words) { return words.replace(0, 1, "s.toml").replace(6, 4, ":3:23"); };
  const SamconfigRow table[] = {
      {"\"A=1 B=\\\"2 3\\\"\"", "A=<1> B=<2 3>"},
      {"'A=1 B=\"2 3\"'", "A=<1> B=<2 3>"},
      {"\"\"\"\nA=1 \\\n  B=2\"\"\"", "A=<1> B=<2>"},
      {"\"\"\"\n  A=1 \n B=2\n\"\"\"", "A=<1> B=<2>"},
      {"'''A=1'''", "A=<1>"},
      {"[\"A=1\", # one\n 'B=\"2 3\"',\n]", "A=<1> B=<2 3>"},
      {"[\"A=1 B=2\", \"ParameterKey=C,ParameterValue=3\"]", "A=<1> B=<2> C=<3>"},
      {"[]", "nothing"},
      {"\"A=\\u00fc\"", "A=<ü>"},
      {"{A = \"1\", B = 2, C = [\"x\", \"y\"]}", "A=<1> B=<2> C=<x,y>"},
      {"[{A = \"1\"}, \"B=2\"]", "A=<1> B=<2>"},
      {"{A = 99999999999999999999}",
       "s.toml:3:28: '99999999999999999999' for 'A' has no quotes: tools make different texts of it -> put it in "
       "quotes: "
       "\"99999999999999999999\""},
      {"{A = true}",
       "s.toml:3:28: 'true' for 'A' has no quotes: tools make different texts of it -> put it in quotes: \"true\""},
      {"{A = 1.50}",
       "s.toml:3:28: '1.50' for 'A' has no quotes: tools make different texts of it -> put it in quotes: \"1.50\""},
      {"{A = 0x10}",
       "s.toml:3:28: '0x10' for 'A' has no quotes: tools make different texts of it -> put it in quotes: \"0x10\""},
      {"{A = 1979-05-27}",
       "s.toml:3:28: '1979-05-27' for 'A' has no quotes: tools make different texts of it -> put it in quotes: "
       "\"1979-05-27\""},
      {"{A = {B = 1}}", "s.toml:3:28: expected text for 'A' -> write a value in quotes, or a list of such"},
      {"{A-b = 1}", "s.toml:3:30: 'A-b' is no name of a parameter -> letters and digits only"},
      {"true", "s.toml:3:23: expected Key=Value in parameter_overrides, got 'true'"},
      {"[1]", "s.toml:3:24: expected Key=Value in parameter_overrides, got '1'"},
      {"[[\"A=1\"]]", "s.toml:3:24: expected a string, such as \"Key=Value\""},
      {"\"\"\"\nA=1\nB=2\"\"\"", kBreak},
      {"\"\"\"A=1\n  B=2\"\"\"", kBreak},
      {"\"\"\"A=1 \nB=2\"\"\"", kBreak},
      {"\"A=1\\tB=2\"", kBreak}};
  for (const auto& [text, expected] : table) {
    std::string wanted = expected == kBreak ? moved(kBreak) : expected;
    if (wanted.find(": expected Key=Value") != std::string::npos) wanted += kQuoteHint;
    EXPECT_EQ(read(head + text, "s.toml"), wanted) << text;
  }
}

TEST(Samconfig, RefusesWhatIsNotTomlByItsPlace) {
  const std::string deep(200, '['), dots = "a" + [] {
    std::string text;
    for (int i = 0; i < 200; ++i) text += ".a";
    return text;
  }();
  const std::pair<std::string, const char*> table[] = {
      {"a = \"x", "s.toml:1:5: not TOML: the next token is not a valid string"},
      {"a = \"\\q\"", "s.toml:1:5: not TOML: the next token is not a valid string"},
      {"a = 1\na = 2", "s.toml:2:5: not TOML: value (\"a\") already exists. (value defined twice)"},
      {"[a]\n[a]", "s.toml:2:1: not TOML: table (\"a\") already exists. (table defined twice)"},
      {"[x", "s.toml:1:1: not TOML: an invalid key appeared. (is not a valid key)"},
      {"a = 1 b = 2", "s.toml:1:7: not TOML: invalid line format (expected newline, but got 'b'.)"},
      {"a = [\"x\"\n\"y\"]", "s.toml:2:1: not TOML: missing array separator `,` after a value (should be `,`)"},
      {"a: 1", "s.toml:1:2: not TOML: missing key-value separator `=` (should be `=`)"},
      {"\n\na = " + deep, "s.toml:3:1: nested deeper than 100 levels"},
      {dots + " = 1", "s.toml:1:1: nested deeper than 100 levels"},
      {"a = \"" + deep + dots + "\"",
       "s.toml: there is no environment 'default'; it has none -> add [default.deploy.parameters] with "
       "parameter_overrides"},
      {"\xff", "s.toml: not UTF-8 text of at most 262.1 kB"}};
  for (const auto& [text, expected] : table) EXPECT_EQ(read(text, "s.toml"), expected) << text;
}

TEST(Samconfig, TakesTheSectionThatSamWouldTake) {
  const std::string both =
      "[default.global.parameters]\nparameter_overrides = 'A=global'\n[default.deploy.parameters]\n"
      "parameter_overrides = 'A=deploy'\n[dev.global.parameters]\nparameter_overrides = 'A=dev'\n"
      "[dev.deploy.parameters]\nstack_name = 'x'\n[bare.deploy.parameters]\nstack_name = 'y'\n";
  EXPECT_EQ(read(both, "s.toml"), "A=<deploy>");
  EXPECT_EQ(read(both, "s.toml", "default"), "A=<deploy>");
  EXPECT_EQ(read(both, "s.toml", "dev"), "A=<dev>");
  EXPECT_EQ(read(both, "s.toml", "bare"),
            "s.toml: no parameter_overrides in [bare.deploy.parameters], nor in [bare.global.parameters] -> write them "
            "there, or leave the file out");
  EXPECT_EQ(read(both, "s.toml", "prod"),
            "s.toml: there is no environment 'prod'; it has bare, default, dev -> add [prod.deploy.parameters] with "
            "parameter_overrides");
  const std::string only_default = "[default.deploy.parameters]\nparameter_overrides = 'A=1'\n";
  EXPECT_EQ(read(only_default, "s.toml", "prod"), "A=<1>");
  EXPECT_EQ(read("[dev.deploy.parameters]\nparameter_overrides = 'A=1'\n", "s.toml"),
            "s.toml: there is no environment 'default'; it has dev -> add [default.deploy.parameters] with "
            "parameter_overrides");
  EXPECT_EQ(read("\xef\xbb\xbf" + only_default, "s.toml"), "A=<1>");
}

TEST(Samconfig, ReadsYamlToo) {
  const std::string head = "version: 0.1\ndefault:\n  deploy:\n    parameters:\n      parameter_overrides: ";
  const SamconfigRow table[] = {
      {"A=1 B=\"2 3\"", "A=<1> B=<2 3>"},
      {">\n        A=1\n        B=2\n", "A=<1> B=<2>"},
      {"\n        - A=1\n        - B=\"2 3\"\n", "A=<1> B=<2 3>"},
      {"\n        A: 1\n        B: two words\n        C: [x, y]\n        D: 10.0.0.0/16\n        E: \"true\"\n",
       "A=<1> B=<two words> C=<x,y> D=<10.0.0.0/16> E=<true>"},
      {"\n        A: true\n",
       "samconfig.yaml:6:12: 'true' for 'A' has no quotes: tools make different texts of it -> put it in quotes: "
       "\"true\""},
      {"\n        A: 0123\n",
       "samconfig.yaml:6:12: '0123' for 'A' has no quotes: tools make different texts of it -> put it in quotes: "
       "\"0123\""},
      {"\n        A:\n", "samconfig.yaml:6:9: expected text for 'A' -> write a value in quotes, or a list of such"},
      {"|\n        A=1\n        B=2\n",
       "samconfig.yaml:5:28: a line break or tab in parameter_overrides: SAM CLI takes it as a part of the value -> "
       "write "
       "a list of strings, one a parameter, or end each line but the last with a blank and a backslash"}};
  for (const auto& [text, expected] : table) EXPECT_EQ(read(head + text, "samconfig.yaml"), expected) << text;
}

TEST(ParameterFiles, AreReadAsTheirOwnersDo) {
  const SamconfigRow table[] = {
      {R"(["A=1", "B=\"x\" y", "C="])", "A=<1> B=<\"x\" y> C=<>"},
      {R"(["A"])", "p:1:2: expected \"Key=Value\", got 'A'"},
      {R"([["A=1"]])", "p:1:2: expected ParameterKey and ParameterValue, or UsePreviousValue"},
      {R"([{"ParameterKey": "A", "ParameterValue": "1", "ResolvedValue": "2"}])", "A=<1>"},
      {R"([{"ParameterKey": "A", "ParameterValue": "1", "UsePreviousvalue": true}])",
       "p:1:47: a parameter has no field 'UsePreviousvalue', did you mean 'UsePreviousValue'?"},
      {R"({"Parameters": {"A": "1", "B": ["x", "y"]}, "Tags": {}})", "A=<1> B=<x,y>"},
      {R"({"Parameters": {"A": {"Fn::GetParam": ["x", "y", "z"]}}})", "p:1:22: expected a value or a list of values"},
      {R"({"Parameters": {"A": "1"}, "Tags": {"t": "v"}})",
       "p:1:28: tags are not read from a file of parameters -> pass each as --tags KEY=VALUE"},
      {R"({"Parameters": {"A": "1"}, "StackPolicy": {"Statement": []}})",
       "p:1:28: 'StackPolicy' beside Parameters is not carried out -> take it out, and set it with: aws cloudformation "
       "set-stack-policy"},
      {R"({"Parameters": {"A": "1"}, "B": "2"})",
       "p:1:28: 'B' beside Parameters is not carried out -> take it out, or move it into Parameters"},
      {R"({"Parameters": "x"})", "Parameters=<x>"}};
  for (const auto& [text, expected] : table) EXPECT_EQ(read(text, "p"), expected) << text;
}

TEST(Samconfig, IsNotWrittenWithWhatSamWouldLose) {
  EnvironmentSettings dev;
  dev.name = "dev";
  for (const char* value : {"x\\", "say \\\"", "a\\ b", "a\\'b", "a\\\nb"}) {
    try {
      render_parameters({{"A", value}}, ParameterFormat::kSamConfig, dev, Part::kService);
      ADD_FAILURE() << value;
    } catch (const Error& error) {
      EXPECT_STREQ(error.what(), "the value of 'A' cannot be written for SAM CLI, which loses the backslash in it");
    }
  }
}

}  // namespace
}  // namespace wsdeep::stack
