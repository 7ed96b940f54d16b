#include "aws/xml.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace wsdeep::aws {
namespace {

TEST(Xml, ReadsNestedElementsListsAndText) {
  const XmlNode root = parse_xml(
      "<?xml version=\"1.0\"?>\n<R xmlns=\"http://x/\"><!-- c --><Stacks><member><Id a='1>'>one</Id></member>"
      "<member><Id>two</Id></member></Stacks><Empty/><ns:Owner><ns:ID> 7 </ns:ID></ns:Owner></R>\n",
      "answer");
  EXPECT_EQ(root.name, "R");
  const auto members = root.list("Stacks");
  ASSERT_EQ(members.size(), 2u);
  EXPECT_EQ(members[0]->text_of("Id"), "one");
  EXPECT_EQ(members[1]->text_of("Id"), "two");
  EXPECT_EQ(root.text_of("Owner/ID"), " 7 ");
  EXPECT_EQ(root.text_of("Empty"), "");
  EXPECT_EQ(root.find("Missing"), nullptr);
  EXPECT_EQ(root.text_of("Missing/ID"), "");
}

TEST(Xml, ResolvesEntitiesAndCharacterData) {
  EXPECT_EQ(parse_xml("<a>&lt;b&gt; &amp;lt; &quot;&apos; &#65;&#x20AC;&#x1F600;</a>", "x").text, "<b> &lt; \"' A€😀");
  EXPECT_EQ(parse_xml("<a>1<![CDATA[<2>&amp;]]>3</a>", "x").text, "1<2>&amp;3");
}

TEST(Xml, DropsTheBlanksBetweenElementsOnly) {
  EXPECT_EQ(parse_xml("<a>\n  <b> x </b>\n</a>", "x").text, "");
  EXPECT_EQ(parse_xml("<a>\n  <b> x </b>\n</a>", "x").text_of("b"), " x ");
}

void expect_refused(const std::string& text) {
  try {
    parse_xml(text, "the answer");
    ADD_FAILURE() << "no error for " << text.substr(0, 100);
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).substr(0, 25), "the answer: not XML at by") << error.what();
  }
}

class XmlRefuses : public ::testing::TestWithParam<std::string> {};

TEST_P(XmlRefuses, WhatIsNotWellFormed) {
  expect_refused(GetParam());
}

INSTANTIATE_TEST_SUITE_P(Texts, XmlRefuses,
                         ::testing::Values("", "text", "<a>", "<a></b>", "<a", "<a x></a>", "<a x=1/>", "<a/><b/>",
                                           "<a>&nope;</a>", "<a>&#xD800;</a>", "<a>&#0;</a>", "<a>&#x110000;</a>",
                                           "<a>&lt</a>", "<a><![CDATA[x</a>", "<!-- <a/>", "<a>\xff</a>",
                                           "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", "<!DOCTYPE a><a/>", "<a/>x",
                                           "x<a/>", "<a>&lt", std::string("<a>1\0002</a>", 9)));

TEST(Xml, RefusesATextOfMoreThanEightMegabytes) {
  expect_refused("<a/>" + std::string(8 << 20, ' '));
}

TEST(Xml, FindsTheFirstTextWithinAtAnyDepth) {
  const XmlNode root = parse_xml("<R><E><Code>one</Code></E><Code>two</Code><Empty/></R>", "x");
  EXPECT_EQ(root.text_within("Code"), "one");
  EXPECT_EQ(root.text_within("R"), "");
  EXPECT_EQ(root.text_within("Empty"), "");
}

TEST(Xml, RefusesToNestWithoutBound) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  EXPECT_THROW(parse_xml(deep, "x"), Error);
}

TEST(Xml, RefusesANameThatIsOnlyAPrefix) {
  EXPECT_THROW(parse_xml("<a><b:>x</b:></a>", "answer"), Error);
  EXPECT_EQ(parse_xml("<a:b/>", "answer").name, "b");
}

}  // namespace
}  // namespace wsdeep::aws
