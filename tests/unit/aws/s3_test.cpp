#include "aws/s3.h"

#include <gtest/gtest.h>

#include "support/aws_client_test.h"

namespace wsdeep::aws {
namespace {

class S3Test : public testing::AwsClientTest<S3> {
 protected:
  /// As S3 does, which names every request.
  void answer(int status, std::string body, net::Headers headers = {}) {
    headers.emplace_back("x-amz-request-id", "4442587FB7D0A2F9");
    server_.expect(status, std::move(body), std::move(headers));
  }

  S3& s3_ = client_;
};

TEST_F(S3Test, BelievesNobodyElse) {
  const auto refused = [&](auto call) {
    server_.expect(200, "<html>Welcome to the hotel</html>", {{"Content-Type", "text/html"}, {"ETag", "\"1\""}});
    try {
      call();
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_EQ(refused([&] { s3_.object_exists("b", "k"); }),
            "the answer to HeadObject does not come from S3: it has no x-amz-request-id");
  EXPECT_EQ(refused([&] { s3_.bucket_exists("b", "1"); }),
            "the answer to HeadBucket does not come from S3: it has no x-amz-request-id");
  EXPECT_EQ(refused([&] { s3_.put_object("b", "k", "x"); }),
            "the answer to PutObject does not come from S3: it has no x-amz-request-id");
}

TEST(S3Urls, AreReadInTheirForms) {
  EXPECT_EQ(s3_place("https://b.c.s3.eu-west-1.amazonaws.com/a/b.yaml"), (S3Place{"b.c", "a/b.yaml"}));
  EXPECT_EQ(s3_place("https://b.s3.cn-north-1.amazonaws.com.cn/k"), (S3Place{"b", "k"}));
  EXPECT_EQ(s3_place("https://b.s3.amazonaws.com/k"), (S3Place{"b", "k"}));
  EXPECT_EQ(s3_place("https://s3.eu-west-1.amazonaws.com/b/a/k"), (S3Place{"b", "a/k"}));
  EXPECT_EQ(s3_place("https://s3-eu-west-1.amazonaws.com/b/k"), (S3Place{"b", "k"}));
  for (const char* other : {"", "http://b.s3.amazonaws.com/k", "https://b.s3.amazonaws.com/",
                            "https://s3.amazonaws.com/b", "https://s3.amazonaws.com/b/", "https://example.com/b/k",
                            "https://b.s3.amazonaws.com", "https://b.s3.amazonaws.com/k?versionId=1", "s3://b/k"})
    EXPECT_EQ(s3_place(other), std::nullopt) << other;
}

TEST(S3Urls, AreReadAsTheAwsCliWritesThem) {
  EXPECT_EQ(s3_uri("s3://b.c/a/b"), (S3Place{"b.c", "a/b"}));
  EXPECT_EQ(s3_uri("s3://b"), (S3Place{"b", ""}));
  EXPECT_EQ(s3_uri("s3://b/"), (S3Place{"b", ""}));
  for (const char* other : {"", "s3://", "s3:///k", "https://b/k", "S3://b/k"}) EXPECT_EQ(s3_uri(other), std::nullopt);
}

TEST(S3Urls, AreThoseOfThePartition) {
  net::HttpClient http;
  StaticCredentials credentials({});
  const SystemClock clock;
  const auto url = [&](const std::string& region) {
    ClientOptions options;
    options.region = region;
    options.endpoint = resolve_endpoint(Env(std::map<std::string, std::string, std::less<>>{}), "S3", "s3", region);
    return S3(http, options, credentials, clock).url_of("b", "templates/a b.yaml");
  };
  EXPECT_EQ(url("eu-west-1"), "https://b.s3.eu-west-1.amazonaws.com/templates/a%20b.yaml");
  EXPECT_EQ(url("us-gov-west-1"), "https://b.s3.us-gov-west-1.amazonaws.com/templates/a%20b.yaml");
  EXPECT_EQ(url("cn-north-1"), "https://b.s3.cn-north-1.amazonaws.com.cn/templates/a%20b.yaml");
}

TEST_F(S3Test, NamesTheRegionOfANewBucketAndClosesIt) {
  for (int i = 0; i < 4; ++i) answer(200, "");
  s3_.create_bucket("b");
  EXPECT_NE(server_.last_request().body.find("<LocationConstraint>eu-west-1<"), std::string::npos);
  s3_.secure_bucket("b");
  const auto requests = server_.requests();
  ASSERT_EQ(requests.size(), 4u);
  EXPECT_EQ(requests[1].target, "/b?publicAccessBlock=");
  EXPECT_EQ(requests[2].target, "/b?encryption=");
  EXPECT_EQ(requests[3].target, "/b?versioning=");
  EXPECT_TRUE(net::header(requests[1].headers, "x-amz-checksum-sha256"));
}

TEST_F(S3Test, AddsWhatABucketLacksOfItsProtection) {
  const std::string all =
      "<C><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls>"
      "<BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets></C>";
  answer(404, "<Error><Code>NoSuchPublicAccessBlockConfiguration</Code></Error>");
  answer(200, "");
  answer(200, "<C><Rule><ApplyServerSideEncryptionByDefault/></Rule></C>");
  answer(200, "<VersioningConfiguration/>");
  answer(200, "");
  EXPECT_EQ(s3_.complete_protection("b"), (std::vector<std::string>{"public access block", "versioning"}));
  const auto requests = server_.requests();
  ASSERT_EQ(requests.size(), 5u);
  EXPECT_EQ(requests[1].method + requests[1].target, "PUT/b?publicAccessBlock=");
  EXPECT_EQ(requests[4].method + requests[4].target, "PUT/b?versioning=");
  answer(200, all);
  EXPECT_TRUE(s3_.blocks_public_access("b"));
  answer(200, "<C><BlockPublicAcls>true</BlockPublicAcls></C>");
  EXPECT_FALSE(s3_.blocks_public_access("b"));
}

TEST_F(S3Test, TellsWhatWentWrongFirstWhenItCannotCleanUpEither) {
  answer(200, "<R><UploadId>u</UploadId></R>");
  answer(403, "<Error><Code>AccessDenied</Code><Message>no parts for you</Message></Error>");
  answer(403, "<Error><Code>AccessDenied</Code><Message>no abort either</Message></Error>");
  try {
    s3_.put_object("b", "k", std::string(17 << 20, 'x'));
    ADD_FAILURE();
  } catch (const Error& error) {
    const std::string what = error.what();
    EXPECT_LT(what.find("no parts for you"), what.find("; its parts stay in b: ")) << what;
    EXPECT_NE(what.find("no abort either"), std::string::npos) << what;
    EXPECT_EQ(error.kind(), ErrorKind::kRefused);
  }
}

TEST_F(S3Test, TellsAMissingBucketFromSomebodyElses) {
  answer(404, "");
  EXPECT_FALSE(s3_.bucket_exists("b", "1"));
  answer(403, "");
  EXPECT_THROW(s3_.bucket_exists("b", "1"), Error);
  answer(200, "");
  EXPECT_TRUE(s3_.bucket_exists("b", "1"));
}

TEST_F(S3Test, SaysWhichRegionABucketIsIn) {
  for (const int status : {301, 307, 400}) {
    answer(status, "", {{"x-amz-bucket-region", "us-west-2"}});
    try {
      s3_.bucket_exists("b", "1");
      ADD_FAILURE() << "no error at " << status;
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()), status == 400 ? "the bucket b is in another region, the stack in eu-west-1"
                                                         : "the bucket b is in us-west-2, the stack in eu-west-1");
      EXPECT_NE(error.hint().find("--bucket"), std::string::npos);
    }
  }
  answer(301, "<Error><Code>PermanentRedirect</Code></Error>");
  EXPECT_THROW(s3_.put_object("b", "k", "x"), Error);
}

TEST_F(S3Test, AbortsAMultipartUploadThatIsCancelled) {
  std::stop_source stop;
  answer(200, "<R><UploadId>u</UploadId></R>");
  server_.expect([&](const net::HttpRequest&) {
    stop.request_stop();
    return net::HttpResponse{200, {{"ETag", "e"}, {"x-amz-request-id", "4442587FB7D0A2F9"}}, ""};
  });
  answer(204, "");
  CallContext context;
  context.cancel = stop.get_token();
  EXPECT_THROW(s3_.put_object("b", "k", std::string(17 << 20, 'x'), {}, context), net::TransportError);
  EXPECT_EQ(server_.last_request().method, "DELETE");
  EXPECT_EQ(server_.last_request().target, "/b/k?uploadId=u");
}

TEST_F(S3Test, SendsALargeObjectInPartsAndReportsProgress) {
  const std::string content(17 << 20, 'x');
  answer(200, "<R><UploadId>u/1</UploadId></R>");
  for (int i = 0; i < 3; ++i) answer(200, "", {{"ETag", "\"e\""}});
  answer(200, "<R/>");
  std::vector<std::size_t> progress;
  s3_.put_object("b", "a b.zip", content, [&](std::size_t sent) { progress.push_back(sent); });
  EXPECT_EQ(progress, (std::vector<std::size_t>{8 << 20, 16 << 20, 17 << 20}));
  const auto requests = server_.requests();
  EXPECT_EQ(requests[1].target, "/b/a%20b.zip?partNumber=1&uploadId=u%2F1");
  EXPECT_NE(requests[4].body.find("<PartNumber>3</PartNumber>"), std::string::npos);
}

TEST_F(S3Test, StoresAnObjectWithWhatItIsServedWith) {
  answer(200, "");
  s3_.put_object("b", "web/0/index.html", "<p>", {}, {},
                 {{"Content-Type", "text/html"}, {"Cache-Control", "no-cache"}});
  EXPECT_EQ(net::header(server_.last_request().headers, "Content-Type"), "text/html");
  EXPECT_EQ(net::header(server_.last_request().headers, "Cache-Control"), "no-cache");
  answer(200, "");
  s3_.put_object("b", "k", "x");
  EXPECT_EQ(net::header(server_.last_request().headers, "Content-Type"), "application/octet-stream");
}

TEST_F(S3Test, LeavesNoPartsOfABrokenUpload) {
  answer(200, "<R><UploadId>u</UploadId></R>");
  answer(400, "<Error><Code>Bad</Code></Error>");
  answer(204, "");
  EXPECT_THROW(s3_.put_object("b", "k", std::string(17 << 20, 'x')), ServiceError);
  EXPECT_EQ(server_.last_request().method, "DELETE");
}

TEST_F(S3Test, DeletesVersionsAndReportsTheOneThatStays) {
  answer(200,
         "<L><Version><Key>a</Key><VersionId>1</VersionId></Version>"
         "<DeleteMarker><Key>b&amp;c</Key><VersionId>2</VersionId></DeleteMarker></L>");
  const auto versions = s3_.list_versions("b");
  ASSERT_EQ(versions.size(), 2u);
  EXPECT_EQ(versions[1].key, "b&c");
  answer(200, "<DeleteResult><Error><Key>a</Key><Message>locked</Message></Error></DeleteResult>");
  EXPECT_THROW(s3_.delete_versions("b", versions), Error);
  EXPECT_NE(server_.last_request().body.find("<Key>b&amp;c</Key>"), std::string::npos);
}

TEST_F(S3Test, DeletesOnlyVersionsBelowAPrefix) {
  answer(200, "<L/>");
  EXPECT_TRUE(s3_.list_versions("b", "runs/7/").empty());
  EXPECT_EQ(server_.last_request().target, "/b?prefix=runs%2F7%2F&versions=");
}

TEST_F(S3Test, ReadsTheVersionsOfAllPages) {
  answer(200,
         "<L><IsTruncated>true</IsTruncated><NextKeyMarker>a/b</NextKeyMarker>"
         "<NextVersionIdMarker>1</NextVersionIdMarker><Version><Key>a/b</Key><VersionId>1</VersionId>"
         "<LastModified>2026-11-30T01:02:03.000Z</LastModified><Size>7</Size></Version></L>");
  answer(200, "<L><IsTruncated>false</IsTruncated><Version><Key>c</Key><VersionId>2</VersionId></Version></L>");
  const auto versions = s3_.all_versions("b", "p/");
  ASSERT_EQ(versions.size(), 2u);
  EXPECT_EQ(versions[0].modified, "2026-11-30T01:02:03.000Z");
  EXPECT_EQ(versions[0].bytes, 7u);
  EXPECT_EQ(versions[1].key, "c");
  EXPECT_EQ(server_.last_request().target, "/b?key-marker=a%2Fb&prefix=p%2F&version-id-marker=1&versions=");
}

TEST_F(S3Test, PutsANewObjectOnlyWhereThereIsNone) {
  answer(200, "");
  EXPECT_TRUE(s3_.put_new_object("b", "k", "x"));
  EXPECT_EQ(net::header(server_.last_request().headers, "If-None-Match"), "*");
  answer(412, "<Error><Code>PreconditionFailed</Code></Error>");
  EXPECT_FALSE(s3_.put_new_object("b", "k", "x"));
  answer(409, "<Error><Code>ConditionalRequestConflict</Code></Error>");
  EXPECT_THROW(s3_.put_new_object("b", "k", "x"), ServiceError);
}

TEST_F(S3Test, PutsALargeNewObjectUnderTheSameCondition) {
  answer(200, "<R><UploadId>u</UploadId></R>");
  for (int i = 0; i < 3; ++i) answer(200, "", {{"ETag", "\"e\""}});
  answer(412, "<Error><Code>PreconditionFailed</Code></Error>");
  answer(204, "");
  EXPECT_FALSE(s3_.put_new_object("b", "k", std::string(17 << 20, 'x')));
  const auto requests = server_.requests();
  ASSERT_EQ(requests.size(), 6u);
  EXPECT_EQ(net::header(requests[0].headers, "If-None-Match"), std::nullopt);
  EXPECT_EQ(net::header(requests[4].headers, "If-None-Match"), "*");
  EXPECT_EQ(requests[5].method, "DELETE");
}

TEST_F(S3Test, GetsALargeObjectInPartsOfTheSameVersion) {
  const std::string half(8 << 20, 'x');
  answer(206, half, {{"Content-Range", "bytes 0-8388607/8388609"}, {"ETag", "\"e\""}});
  answer(206, "y", {{"Content-Range", "bytes 8388608-8388608/8388609"}, {"ETag", "\"e\""}});
  EXPECT_EQ(s3_.get_large_object("b", "k", 16 << 20), half + "y");
  const auto requests = server_.requests();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(net::header(requests[0].headers, "Range"), "bytes=0-8388607");
  EXPECT_EQ(net::header(requests[1].headers, "Range"), "bytes=8388608-16777215");
  EXPECT_EQ(net::header(requests[1].headers, "If-Match"), "\"e\"");
  answer(200, "all of it");
  EXPECT_EQ(s3_.get_large_object("b", "k", 16), "all of it");
  answer(404, "<Error><Code>NoSuchKey</Code></Error>");
  EXPECT_EQ(s3_.get_large_object("b", "k", 16), std::nullopt);
}

TEST_F(S3Test, RefusesPartsThatWereNotAskedForAndObjectsThatAreTooLarge) {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"x", "bytes 1-1/2"}, {"x", "bytes 0-0/*"}, {"x", ""}, {"", "bytes 0-0/1"}, {"x", "bytes 0-0/99"}};
  for (const auto& [body, range] : wrong) {
    answer(206, body, {{"Content-Range", range}});
    EXPECT_THROW(s3_.get_large_object("b", "k", 16), Error) << range;
  }
}

}  // namespace
}  // namespace wsdeep::aws
