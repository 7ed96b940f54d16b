#include "aws/sts.h"

#include "aws/query.h"
#include "base/error.h"

namespace wsdeep::aws {

Sts::Sts(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock)
    : client_(http, std::move(options), credentials, "sts", "sts", clock) {}

CallerIdentity Sts::get_caller_identity() {
  const XmlNode result = query(client_, {"GetCallerIdentity", "2011-06-15"}, {});
  if (result.text_of("Account").empty())
    throw Error(ErrorKind::kFailure, "the answer to GetCallerIdentity names no account",
                "check AWS_ENDPOINT_URL: it may not be AWS that answers");
  return {result.text_of("Account"), result.text_of("Arn"), result.text_of("UserId")};
}

}  // namespace wsdeep::aws
