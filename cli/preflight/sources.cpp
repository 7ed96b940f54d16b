#include <fmt/format.h>

#include "base/display.h"
#include "preflight/checks.h"
#include "stack/settings/bedrock_arns.h"
#include "stack/settings/gpu_sizing.h"

namespace wsdeep::preflight {
namespace {

constexpr const char* kBucketCheck = "bucket";
constexpr const char* kImageCheck = "image";
constexpr const char* kModelCheck = "model";
constexpr const char* kSecretsCheck = "secrets";

Finding missing_image(const std::string& name, const std::string& words) {
  return {kImageCheck, Severity::kError, fmt::format("llm.image {} is not there{}", name, words),
          "no node could start its engine", "push it, or correct llm.image"};
}

Finding ecr_image(const Facts& facts) {
  const std::string& name = facts.settings.llm.image;
  if (facts.image_bytes.value)
    return {kImageCheck, Severity::kOk,
            fmt::format("{}, {}", name, human_bytes(static_cast<std::uint64_t>(*facts.image_bytes)))};
  const Trouble& trouble = *facts.image_bytes.trouble;
  if (trouble.is_missing) return missing_image(name, ": " + trouble.words);
  return unanswered(kImageCheck, "llm.image", trouble, facts);
}

Finding registry_image(const Facts& facts) {
  const std::string& name = facts.settings.llm.image;
  const auto& asked = facts.public_image;
  if (asked.value && *asked == PublicImage::kThere)
    return {kImageCheck, Severity::kOk, fmt::format("{} is in its registry", name)};
  if (asked.value && *asked == PublicImage::kMissing) return missing_image(name, ": its registry does not know it");
  return {kImageCheck, Severity::kNote, fmt::format("llm.image {} was not looked up", name),
          asked.trouble ? asked.trouble->words : "its registry tells nothing without a password",
          "make sure that the nodes can pull it"};
}

Finding missing_model(const Facts& facts, const std::string& words) {
  return {kModelCheck, Severity::kError,
          fmt::format("llm.model_source {} holds nothing{}", facts.settings.llm.model_source, words),
          "no node could load the model",
          "copy it there, for example with: aws s3 sync ./model " + facts.settings.llm.model_source};
}

/// What the disk holds beside the model, as the settings are judged by.
Finding model_on_disk(const Facts& facts, const aws::S3::Holdings& held) {
  constexpr double kGigabyte = 1e9;
  const stack::LlmSettings& llm = facts.settings.llm;
  const std::string size = fmt::format("{} {} in {} object{}", held.complete ? "has" : "has more than",
                                       human_bytes(held.bytes), held.objects, held.objects == 1 ? "" : "s");
  const double needed = stack::needed_disk_gb(static_cast<double>(held.bytes) / kGigabyte);
  if (llm.instance_store || needed <= static_cast<double>(llm.volume_gb))
    return {kModelCheck, Severity::kOk, fmt::format("{} {}", llm.model_source, size)};
  return {kModelCheck, Severity::kError,
          fmt::format("llm.volume_gb is {}, and llm.model_source {} {}", llm.volume_gb, llm.model_source, size),
          fmt::format("with the system and the engine's image a node needs {:.0f} GB, and would fail while it loads",
                      needed),
          fmt::format("set llm.volume_gb to {:.0f} or more", needed)};
}

}  // namespace

Findings check_bucket(const Facts& facts) {
  if (facts.bucket.trouble) return {unanswered(kBucketCheck, "the packages' bucket", *facts.bucket.trouble, facts)};
  if (!facts.bucket.value) return {};
  const BucketState& bucket = *facts.bucket;
  if (!bucket.refusal.empty())
    return {{kBucketCheck, Severity::kError, fmt::format("the packages' bucket {} cannot be used", bucket.name),
             bucket.refusal, "allow s3:ListBucket on it where it is yours; else deploy with --bucket and another one"}};
  return {{kBucketCheck, Severity::kOk,
           fmt::format("{} {}", bucket.name, bucket.exists ? "is ours" : "is made by the first deployment")}};
}

Findings check_image(const Facts& facts) {
  if (facts.image_bytes.is_asked()) return {ecr_image(facts)};
  if (facts.public_image.is_asked()) return {registry_image(facts)};
  return {};
}

Findings check_model(const Facts& facts) {
  if (facts.model.trouble) {
    const Trouble& trouble = *facts.model.trouble;
    if (trouble.is_missing) return {missing_model(facts, ": " + trouble.words)};
    return {unanswered(kModelCheck, "llm.model_source", trouble, facts)};
  }
  if (!facts.model.value) return {};
  return {facts.model->objects == 0 ? missing_model(facts, "") : model_on_disk(facts, *facts.model)};
}

namespace {

/// A secret of Secrets Manager that the settings name.
struct NamedSecret {
  const char* setting;
  const std::string& name;
  const Asked<aws::SecretInfo>& asked;
  const char* consequence;  ///< of its not being there
  std::string make;         ///< how to keep one there
};

Finding check_secret(const NamedSecret& secret, const Facts& facts) {
  const auto& asked = secret.asked;
  if (asked.trouble && asked.trouble->is_missing)
    return {kSecretsCheck, Severity::kError, fmt::format("{}: there is no secret {}", secret.setting, secret.name),
            secret.consequence, secret.make};
  if (asked.trouble) return unanswered(kSecretsCheck, secret.setting, *asked.trouble, facts);
  if (asked->is_deleted)
    return {kSecretsCheck, Severity::kError, fmt::format("{}: {} is being deleted", secret.setting, secret.name),
            "it cannot be read any more",
            fmt::format("take it back: aws secretsmanager restore-secret --secret-id {}", secret.name)};
  return {kSecretsCheck, Severity::kOk, fmt::format("{} is there", secret.name)};
}

}  // namespace

Findings check_secrets(const Facts& facts) {
  Findings found;
  const auto create = [&](std::string_view why, const std::string& name, std::string_view value) {
    return fmt::format("{} aws secretsmanager create-secret --name {} --secret-string {} --region {}", why, name, value,
                       facts.settings.region);
  };
  if (facts.google_secret.is_asked()) {
    const std::string& name = facts.settings.auth.google->client_secret;
    found.push_back(check_secret(
        {"auth.google.client_secret", name, facts.google_secret, "the deployment would fail at the sign-in with Google",
         create("keep Google's client secret there:", name, "file://secret.txt")},
        facts));
  }
  if (facts.backend_secret.is_asked()) {
    const std::string& name = facts.settings.backend->signing_secret;
    found.push_back(check_secret({"backend.signing_secret", name, facts.backend_secret,
                                  "the functions connect, backend and push would not start, and nobody could connect",
                                  create("make one: openssl rand -hex 32 | tr -d '\\n' |", name, "file:///dev/stdin")},
                                 facts));
  }
  if (facts.client_secret.is_asked()) {
    const std::string& name = facts.settings.auth.exchange->client_secret;
    found.push_back(
        check_secret({"auth.exchange.client_secret", name, facts.client_secret, "nobody could sign in with a browser",
                      create("keep the app client's secret there:", name, "file://secret.txt")},
                     facts));
  }
  if (facts.hs256_secret.is_asked()) {
    const std::string& name = facts.settings.rest_chat->hs256_secret;
    found.push_back(
        check_secret({"rest_chat.hs256_secret", name, facts.hs256_secret, "the function rest-chat would not start",
                      create("keep there what the tokens are signed with:", name, "file://secret.txt")},
                     facts));
  }
  return found;
}

namespace {

constexpr const char* kBedrockCheck = "bedrock-model";
constexpr const char* kNoAnswers = "every question would be refused";

/// An agreement that is not there yet Amazon Bedrock may make with the first question, of the account that may.
Finding without_agreement(const std::string& model, const aws::ModelAvailability& found, const Facts& facts) {
  const std::string cause =
      found.agreement == "AVAILABLE" ? "is not entitled to it" : "has no agreement about it (" + found.agreement + ")";
  return {kBedrockCheck, Severity::kWarning,
          fmt::format("llm.model {}: the account {}{}", model, cause, found.fault.empty() ? "" : ": " + found.fault),
          "questions may be refused until it is there",
          fmt::format("agree to its terms: open the model in the console of Amazon Bedrock in {}, or aws bedrock "
                      "list-foundation-model-agreement-offers --model-id {} and create-foundation-model-agreement",
                      facts.settings.region, model)};
}

}  // namespace

Findings check_bedrock_model(const Facts& facts) {
  const auto& asked = facts.bedrock_model;
  if (!asked.is_asked()) return {};
  const std::string& name = facts.settings.llm.model;
  const std::string model = stack::foundation_model_of(name).value_or(name);
  if (asked.trouble && asked.trouble->is_missing)
    return {{kBedrockCheck, Severity::kError, fmt::format("llm.model {}: there is no such model", name), kNoAnswers,
             fmt::format("correct llm.model: aws bedrock list-foundation-models --region {}, or "
                         "list-inference-profiles",
                         facts.settings.region)}};
  if (asked.trouble) return {unanswered(kBedrockCheck, "llm.model", *asked.trouble, facts)};
  if (!asked->is_authorized)
    return {{kBedrockCheck, Severity::kError, fmt::format("llm.model {}: the account is not allowed to use it", model),
             kNoAnswers,
             "ask whoever manages the organization, whose policies may forbid it, or request access in the console of "
             "Amazon Bedrock"}};
  if (!asked->is_in_region && !stack::is_inference_profile(name))
    return {{kBedrockCheck, Severity::kError,
             fmt::format("llm.model {} is not offered in {}", model, facts.settings.region), kNoAnswers,
             fmt::format("use an inference profile of it (aws bedrock list-inference-profiles --region {}), or another "
                         "region",
                         facts.settings.region)}};
  if (asked->agreement != "AVAILABLE" || !asked->is_entitled) return {without_agreement(model, *asked, facts)};
  return {{kBedrockCheck, Severity::kOk, fmt::format("{} may be used", model)}};
}

}  // namespace wsdeep::preflight
