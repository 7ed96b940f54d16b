#include "users/user_reader.h"

#include <gtest/gtest.h>

#include <sstream>

#include "base/error.h"

namespace wsdeep::users {
namespace {

constexpr aws::PasswordPolicy kPolicy{8, true, true, true, false};

/// `name password {attributes} [groups] temporary` of each user, and `! message` of each bad record.
std::string read_all(const std::string& text, UserFormat format) {
  std::istringstream in(text);
  std::string seen;
  try {
    UserReader reader(in, "f", format, {kPolicy});
    for (;;) {
      try {
        const auto user = reader.next();
        if (!user) return seen;
        seen += user->username + " " + user->password + " {";
        for (const auto& [name, value] : user->attributes) seen += name + "=" + value + ";";
        seen += "} [";
        for (const std::string& group : user->groups) seen += group + ";";
        seen += user->temporary ? "] temporary\n" : "]\n";
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::kUsage);
        seen += std::string("! ") + error.what() + "\n";
      }
    }
  } catch (const Error& error) {
    return seen + "! " + error.what() + "\n";
  }
}
std::string csv(const std::string& text) {
  return read_all(text, UserFormat::kCsv);
}
std::string json_lines(const std::string& text) {
  return read_all(text, UserFormat::kJsonLines);
}

TEST(UserReader, ReadsEveryColumn) {
  EXPECT_EQ(csv("username,password,email,groups,temporary,custom:plan\n"
                "ann,Secret123,a@b.c,staff; ops,true,gold\n"
                "bob,,,,,\n"),
            "ann Secret123 {custom:plan=gold;email=a@b.c;} [staff;ops;] temporary\n"
            "bob  {} []\n");
}

TEST(UserReader, FollowsTheRulesOfQuoting) {
  EXPECT_EQ(csv("username,name\r\nann,\"Ann \"\"A\"\", of B\"\r\nbob,\"two\nlines\"\r\n"),
            "ann  {name=Ann \"A\", of B;} []\nbob  {name=two\nlines;} []\n");
}

TEST(UserReader, PassesOverMarksEmptyLinesAndAMissingLastNewline) {
  EXPECT_EQ(csv("\xEF\xBB\xBFusername\n\nann\n\r\nbob"), "ann  {} []\nbob  {} []\n");
}

TEST(UserReader, TellsLineAndColumnOfWhatIsWrongAndGoesOn) {
  EXPECT_EQ(csv("username,email,temporary\n"
                "a b,x@y.z,\n"
                "\xC3\xA9\xC3\xA9,x@y.z,maybe\n"
                ",x@y.z,\n"
                "ann,\"a\nb\",true,more\n"
                "bob,\"b\"x,true\n"
                "eve,,\n"),
            "! f:2:1: a user name has 1 to 128 characters and no blanks\n"
            "! f:3:10: expected true or false\n"
            "! f:4:1: no username\n"
            "! f:6:9: 4 fields, but only 3 columns\n"
            "! f:7:8: expected a comma or the end of the line behind a quote\n"
            "eve  {} []\n");
}

TEST(UserReader, HoldsAddressesAndAttributesAgainstTheirRules) {
  EXPECT_EQ(csv("username,email,name\nann,ann.example.com,A\nbob,b@x..y,B\neve,e@x.y,E\x01\nkim,k@x.y\nlea,l@x.y,L\n"),
            "! f:2:5: not an e-mail address\n"
            "! f:3:5: not an e-mail address\n"
            "! f:4:11: a control character in 'name'\n"
            "! f:5:10: 2 fields, but 3 columns\n"
            "lea  {email=l@x.y;name=L;} []\n");
}

TEST(UserReader, NeverQuotesAPassword) {
  EXPECT_EQ(csv("username,password\nann,short\nbob,alllowercase\n"),
            "! f:2:5: the password does not keep the pool's policy: it needs at least 8 characters, an upper-case "
            "letter, a digit\n"
            "! f:3:5: the password does not keep the pool's policy: it needs an upper-case letter, a digit\n");
}

TEST(UserReader, RefusesColumnsThatNoPoolHas) {
  EXPECT_EQ(csv("username,emial\n"), "! f:1:10: unknown column 'emial', did you mean 'email'?\n");
  EXPECT_EQ(csv("username,email,email\n"), "! f:1:16: column 'email' comes twice\n");
  EXPECT_EQ(csv("email\n"), "! f:1:1: no column 'username'\n");
  EXPECT_EQ(csv(""), "! f:1:1: no line of column names: the file is empty\n");
}

TEST(UserReader, RefusesAQuoteThatIsNeverClosed) {
  EXPECT_EQ(csv("username,name\nann,\"Ann\n"), "! f:2:5: a quote is opened here and never closed\n");
}

TEST(UserReader, BoundsTheLengthOfARecord) {
  EXPECT_EQ(csv("username\n" + std::string(70'000, 'x') + "\nann\n"),
            "! f:2:1: a record of more than 65536 bytes\nann  {} []\n");
}

TEST(UserReader, ReadsJsonLines) {
  EXPECT_EQ(json_lines("{\"username\":\"ann\",\"groups\":[\"staff\",\"ops\"],\"temporary\":true,"
                       "\"attributes\":{\"custom:plan\":\"gold\"}}\n\n"
                       "{\"username\":\"bob\",\"password\":null,\"email\":\"b@c.d\"}\n"),
            "ann  {custom:plan=gold;} [staff;ops;] temporary\nbob  {email=b@c.d;} []\n");
}

TEST(UserReader, TellsLineAndColumnInJsonLines) {
  EXPECT_EQ(json_lines("{\"username\":\"ann\",}\n"
                       "[1]\n"
                       "{\"username\":\"ann\",\"email\":7}\n"
                       "{\"username\":\"ann\",\"emial\":\"a@b.c\"}\n"
                       "{\"email\":\"a@b.c\"}\n"
                       "{\"username\":\"bob\"}\n"),
            "! f:1:19: not JSON\n"
            "! f:2:1: expected an object\n"
            "! f:3:19: 'email' has a value of the wrong type\n"
            "! f:4:19: unknown column 'emial', did you mean 'email'?\n"
            "! f:5:1: no username\n"
            "bob  {} []\n");
}

}  // namespace
}  // namespace wsdeep::users
