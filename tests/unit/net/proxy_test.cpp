#include "net/proxy.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <vector>

#include "base/error.h"

namespace wsdeep::net {
namespace {

using Environment = std::map<std::string, std::string>;

std::optional<Proxy> proxy_of(const Environment& environment, const std::string& url) {
  return proxy_for(parse_url(url), [&](const char* name) -> std::optional<std::string> {
    const auto found = environment.find(name);
    return found == environment.end() ? std::nullopt : std::optional(found->second);
  });
}

std::string route_of(const Environment& environment, const std::string& url) {
  const auto proxy = proxy_of(environment, url);
  return proxy ? proxy->url() + " by " + proxy->variable : "direct";
}

struct Route {
  Environment environment;
  const char* url;
  const char* route;
};

TEST(ProxyFor, AsksTheSchemesVariableThenTheOneForAll) {
  const Route routes[] = {
      {{}, "https://a.test/", "direct"},
      {{{"HTTPS_PROXY", "http://p:1"}}, "https://a.test/", "http://p:1 by HTTPS_PROXY"},
      {{{"HTTPS_PROXY", "http://p:1"}}, "wss://a.test/", "http://p:1 by HTTPS_PROXY"},
      {{{"HTTPS_PROXY", "http://p:1"}}, "http://a.test/", "direct"},
      {{{"HTTPS_PROXY", "http://p:1"}}, "ws://a.test/", "direct"},
      {{{"https_proxy", "http://low:1"}, {"HTTPS_PROXY", "http://p:1"}},
       "wss://a.test/",
       "http://low:1 by https_proxy"},
      {{{"https_proxy", ""}, {"HTTPS_PROXY", "http://p:1"}}, "wss://a.test/", "http://p:1 by HTTPS_PROXY"},
      {{{"HTTP_PROXY", "http://p:1"}}, "http://a.test/", "direct"},
      {{{"HTTP_PROXY", "http://p:1"}}, "ws://a.test/", "direct"},
      {{{"http_proxy", "http://p:1"}}, "http://a.test/", "http://p:1 by http_proxy"},
      {{{"http_proxy", "http://p:1"}}, "ws://a.test/", "http://p:1 by http_proxy"},
      {{{"http_proxy", "http://p:1"}}, "wss://a.test/", "direct"},
      {{{"ALL_PROXY", "http://all:1"}}, "ws://a.test/", "http://all:1 by ALL_PROXY"},
      {{{"ALL_PROXY", "http://all:1"}}, "wss://a.test/", "http://all:1 by ALL_PROXY"},
      {{{"ALL_PROXY", "http://all:1"}, {"all_proxy", "http://low:1"}}, "https://a.test/", "http://low:1 by all_proxy"},
      {{{"ALL_PROXY", "http://all:1"}, {"HTTPS_PROXY", "http://p:1"}}, "wss://a.test/", "http://p:1 by HTTPS_PROXY"},
      {{{"WSS_PROXY", "http://own:1"}, {"HTTPS_PROXY", "http://p:1"}}, "wss://a.test/", "http://own:1 by WSS_PROXY"},
      {{{"WSS_PROXY", "http://own:1"}}, "https://a.test/", "direct"},
  };
  for (const auto& [environment, url, route] : routes) EXPECT_EQ(route_of(environment, url), route) << url;
}

TEST(ProxyFor, ReachesThisMachineDirectly) {
  const Environment all{{"ALL_PROXY", "http://p:1"}};
  for (const char* host : {"localhost", "LOCALHOST", "localhost.", "app.localhost", "127.0.0.1", "127.8.8.8", "[::1]",
                           "[::ffff:127.0.0.1]"})
    EXPECT_EQ(route_of(all, std::string("ws://") + host + ":80/"), "direct") << host;
  for (const char* host : {"127.evil.test", "notlocalhost", "localhost.test", "10.0.0.1", "[::2]"})
    EXPECT_NE(route_of(all, std::string("ws://") + host + ":80/"), "direct") << host;
}

TEST(ProxyFor, ReadsAProxyAsPeopleWriteIt) {
  const std::pair<const char*, const char*> written[] = {
      {"proxy.test", "http://proxy.test:1080"},
      {"proxy.test:3128", "http://proxy.test:3128"},
      {"proxy.test:", "http://proxy.test:1080"},
      {"HTTP://proxy.test:3128/", "http://proxy.test:3128"},
      {"http://proxy.test:3128/ignored?x#y", "http://proxy.test:3128"},
      {"https://proxy.test", "https://proxy.test:443"},
      {"socks5h://proxy.test", "socks5h://proxy.test:1080"},
      {"socks://proxy.test", "socks4://proxy.test:1080"},
      {"http://[2001:db8::1]:3128", "http://[2001:db8::1]:3128"},
      {"[2001:db8::1]", "http://[2001:db8::1]:1080"},
      {" http://proxy.test:3128 ", "http://proxy.test:3128"},
  };
  for (const auto& [text, url] : written) {
    const auto proxy = proxy_of({{"ALL_PROXY", text}}, "wss://a.test/");
    ASSERT_TRUE(proxy) << text;
    EXPECT_EQ(proxy->url(), url);
    EXPECT_FALSE(proxy->has_login);
  }
}

TEST(ProxyFor, DecodesTheLoginAndNeverShowsIt) {
  const auto proxy = proxy_of({{"HTTPS_PROXY", "http://al%40ice:p%3Ass%2F%25@proxy.test:3128"}}, "wss://a.test/");
  ASSERT_TRUE(proxy);
  EXPECT_EQ(proxy->user, "al@ice");
  EXPECT_EQ(proxy->password, "p:ss/%");
  EXPECT_EQ(proxy->name(), "proxy.test:3128 (HTTPS_PROXY)");
  EXPECT_EQ(proxy->url(), "http://proxy.test:3128");
  const auto user_only = proxy_of({{"HTTPS_PROXY", "alice@proxy.test"}}, "wss://a.test/");
  EXPECT_EQ(user_only->user + "|" + user_only->password, "alice|");
  EXPECT_EQ(user_only->host, "proxy.test");
}

TEST(ProxyFor, NamesTheVariableThatIsNoProxyAndNotItsPassword) {
  const std::pair<const char*, const char*> bad[] = {
      {"ftp://u:secret@proxy.test", "no proxy speaks 'ftp'"},
      {"http://u:secret@", "it has no host"},
      {"http://:3128", "it has no host"},
      {"http://u:secret@proxy.test:65536", "its port is not a number from 1 to 65535"},
      {"http://proxy.test:http", "its port is not a number from 1 to 65535"},
      {"http://[::1]3128", "its port is not a number from 1 to 65535"},
      {"http://u:sec%ret@proxy.test", "its user or password has a '%' that must be written as %25"},
      {"http://pro xy.test", "its host has a blank or a control character"},
  };
  for (const auto& [text, cause] : bad) try {
      proxy_of({{"HTTPS_PROXY", text}}, "wss://a.test/");
      ADD_FAILURE() << text << " was taken";
    } catch (const Error& error) {
      EXPECT_EQ(error.what(), std::string("HTTPS_PROXY does not name a proxy: ") + cause);
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    }
}

struct Exemption {
  const char* list;
  const char* host;
  bool exempt;
};

/// Those in which libcurl has a say too.
const Exemption kExemptions[] = {
    {"*", "a.test", true},
    {"*", "192.0.2.9", true},
    {"a.test", "a.test", true},
    {"a.test", "A.TEST", true},
    {"A.Test", "a.test", true},
    {"a.test", "b.a.test", true},
    {"a.test", "ba.test", false},
    {"a.test", "a.test.example", false},
    {".a.test", "b.a.test", true},
    {".a.test", "a.test", true},
    {"a.test.", "a.test", true},
    {"a.test", "b.a.test.", true},
    {"b.a.test", "a.test", false},
    {"*.a.test", "b.a.test", false},
    {"one.test,a.test", "a.test", true},
    {"one.test, a.test", "a.test", true},
    {"one.test a.test", "a.test", true},
    {",,one.test,,a.test,,", "a.test", true},
    {"one.test,*", "a.test", false},
    {"test", "a.test", true},
    {".", "a.test", false},
    {"192.0.2.9", "192.0.2.9", true},
    {"192.0.2.9", "192.0.2.90", false},
    {"192.0.2.0/24", "192.0.2.9", true},
    {"192.0.2.0/24", "192.0.3.9", false},
    {"192.0.2.8/31", "192.0.2.9", true},
    {"192.0.2.8/31", "192.0.2.10", false},
    {"192.0.2.9/32", "192.0.2.9", true},
    {"0.0.0.0/0", "192.0.2.9", false},
    {"192.0.2.0/33", "192.0.2.9", false},
    {"2.9", "192.0.2.9", false},
    {".9", "192.0.2.9", false},
    {"2001:db8::9", "[2001:db8::9]", true},
    {"2001:db9::/32", "[2001:db8::9]", false},
    {"192.0.2.0/24", "[2001:db8::9]", false},
    {"10.0.0.0/8", "a.test", false},
};

TEST(NoProxy, ExemptsWhomItNames) {
  for (const auto& [list, host, exempt] : kExemptions)
    EXPECT_EQ(!proxy_of({{"ALL_PROXY", "http://p:1"}, {"NO_PROXY", list}}, std::string("wss://") + host + ":8443/"),
              exempt)
        << "NO_PROXY=" << list << " " << host;
}

/// As its page says; libcurl 7.88 takes an IPv6 address for a name, and finds it in no network.
TEST(NoProxy, KnowsNetworksOfBothKinds) {
  for (const auto& [list, exempt] : {std::pair("2001:db8::/32", true), std::pair("2001:db8::/127", false),
                                     std::pair("2001:db8::8/127", true), std::pair("2001:db8::/129", false)})
    EXPECT_EQ(!proxy_of({{"ALL_PROXY", "http://p:1"}, {"NO_PROXY", list}}, "wss://[2001:db8::9]/"), exempt) << list;
}

TEST(NoProxy, HoldsForThePortThatItNames) {
  const Exemption rows[] = {{"a.test:8443", "a.test", true},       {"a.test:443", "a.test", false},
                            {".a.test:8443", "b.a.test", true},    {"192.0.2.9:8443", "192.0.2.9", true},
                            {"192.0.2.9:443", "192.0.2.9", false}, {"[2001:db8::9]:8443", "[2001:db8::9]", true},
                            {"a.test:", "a.test", false}};
  for (const auto& [list, host, exempt] : rows)
    EXPECT_EQ(!proxy_of({{"ALL_PROXY", "http://p:1"}, {"NO_PROXY", list}}, std::string("wss://") + host + ":8443/"),
              exempt)
        << "NO_PROXY=" << list << " " << host;
}

TEST(NoProxy, IsTheLowerCaseOneWhenThereAreTwo) {
  const Environment both{{"ALL_PROXY", "http://p:1"}, {"NO_PROXY", "a.test"}, {"no_proxy", "b.test"}};
  EXPECT_EQ(route_of(both, "wss://b.test/"), "direct");
  EXPECT_NE(route_of(both, "wss://a.test/"), "direct");
}

/// Where libcurl goes by its own reading of the environment: it is stopped when it opens its first socket.
std::string libcurl_goes_to(const std::string& url, const std::string& host) {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy(curl_easy_init(), curl_easy_cleanup);
  const std::string resolved = host + ":8443:203.0.113.9";
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> names(curl_slist_append(nullptr, resolved.c_str()),
                                                                          curl_slist_free_all);
  std::string peer;
  curl_easy_setopt(easy.get(), CURLOPT_URL, url.c_str());
  if (!host.starts_with('[')) curl_easy_setopt(easy.get(), CURLOPT_RESOLVE, names.get());
  curl_easy_setopt(easy.get(), CURLOPT_OPENSOCKETDATA, &peer);
  curl_easy_setopt(
      easy.get(), CURLOPT_OPENSOCKETFUNCTION, +[](void* seen, curlsocktype, curl_sockaddr* address) -> curl_socket_t {
        char text[INET6_ADDRSTRLEN] = "";
        const void* bytes = &reinterpret_cast<const sockaddr_in*>(&address->addr)->sin_addr;
        if (address->family == AF_INET6) bytes = &reinterpret_cast<const sockaddr_in6*>(&address->addr)->sin6_addr;
        *static_cast<std::string*>(seen) = inet_ntop(address->family, bytes, text, sizeof text);
        return CURL_SOCKET_BAD;
      });
  curl_easy_perform(easy.get());
  return peer;
}

TEST(NoProxy, IsReadAsLibcurlReadsIt) {
  setenv("https_proxy", "http://198.51.100.7:3128", 1);
  for (const auto& [list, host, exempt] : kExemptions) {
    setenv("no_proxy", list, 1);
    const std::string peer = libcurl_goes_to(std::string("https://") + host + ":8443/", host);
    EXPECT_EQ(peer != "198.51.100.7", exempt) << "no_proxy=" << list << " " << host << " goes to " << peer;
  }
  unsetenv("https_proxy");
  unsetenv("no_proxy");
}

TEST(ProxyRefusal, SaysWhatToDo) {
  const auto proxy = proxy_of({{"HTTPS_PROXY", "http://proxy.test:3128"}}, "wss://a.test/");
  const auto with_login = proxy_of({{"HTTPS_PROXY", "http://u:secret@proxy.test:3128"}}, "wss://a.test/");
  const auto told = [](const ProxyRefusal& refusal) {
    return refusal.cause + (refusal.for_good ? " | for good | " : " | ") + refusal.hint;
  };
  EXPECT_EQ(told(explain_refusal(*proxy, 407, "a.test:443", true)),
            "the proxy proxy.test:3128 (HTTPS_PROXY) asks for user and password (407) | for good | "
            "put both into HTTPS_PROXY: http://USER:PASSWORD@proxy.test:3128");
  EXPECT_EQ(told(explain_refusal(*with_login, 407, "a.test:443", true)),
            "the proxy proxy.test:3128 (HTTPS_PROXY) does not accept its user and password (407) | for good | "
            "in HTTPS_PROXY, characters such as @ : / % are written as %40 %3A %2F %25");
  EXPECT_EQ(
      told(explain_refusal(*with_login, 407, "a.test:443", false)),
      "the proxy proxy.test:3128 (HTTPS_PROXY) asks for a login of a kind that we do not speak (407) | for good | "
      "only Basic is spoken: a proxy on this machine, such as cntlm, can speak NTLM or Kerberos for us");
  EXPECT_EQ(told(explain_refusal(*proxy, 403, "a.test:443", true)),
            "the proxy proxy.test:3128 (HTTPS_PROXY) refuses to connect to a.test:443 (403) | for good | "
            "ask its owner to allow it, or, if a.test:443 needs no proxy, name it in NO_PROXY");
  EXPECT_EQ(told(explain_refusal(*proxy, 405, "a.test:443", true)),
            "the proxy proxy.test:3128 (HTTPS_PROXY) knows no CONNECT (405) | for good | "
            "is it an HTTP proxy? If a.test:443 needs none, name it in NO_PROXY");
  EXPECT_EQ(told(explain_refusal(*proxy, 503, "a.test:443", true)),
            "the proxy proxy.test:3128 (HTTPS_PROXY) does not reach a.test:443 (503) | ");
}

}  // namespace
}  // namespace wsdeep::net
