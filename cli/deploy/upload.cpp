#include "deploy/upload.h"

#include <fmt/format.h>

#include <atomic>
#include <mutex>
#include <stop_token>
#include <thread>

#include "base/display.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "terminal/dialogue.h"
#include "terminal/progress_line.h"

namespace wsdeep::deploy {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kWorkers = 4;
constexpr milliseconds kRedraw{200};
constexpr std::size_t kMaxArtifact = 1ULL << 30;

/// A bucket that --bucket names is somebody's own to set up: that it could be public is worth a word.
void warn_of_public_access(const std::string& bucket, aws::S3& s3, const Console& console) {
  try {
    if (s3.blocks_public_access(bucket)) return;
  } catch (const aws::ServiceError&) {
    return;  // who may not look cannot be told
  }
  say(console, fmt::format("warning: the bucket {} does not block public access", bucket));
}

/// A run that was cut short between making and closing the bucket has left it open.
void complete_own(const std::string& bucket, aws::S3& s3, const Console& console) {
  const std::vector<std::string> added = s3.complete_protection(bucket);
  if (!added.empty()) console.err(fmt::format("bucket    {} lacked, and now has: {}\n", bucket, join(added, ", ")));
}

void ensure_bucket(const Plan& plan, StackSession& session) {
  aws::S3& s3 = session.access.s3;
  const Console& console = session.context.console;
  if (s3.bucket_exists(plan.bucket, plan.who.account))
    return plan.own_bucket ? complete_own(plan.bucket, s3, console) : warn_of_public_access(plan.bucket, s3, console);
  s3.create_bucket(plan.bucket);
  s3.secure_bucket(plan.bucket);
  console.err(fmt::format("bucket    made {} (private, encrypted, versioned)\n", plan.bucket));
}

/// Several threads that take the next file until none is left, or one has failed.
class Uploads {
 public:
  Uploads(std::vector<Artifact> files, const std::string& bucket, StackSession& session)
      : files_(std::move(files)), bucket_(bucket), session_(session), console_(session.context.console) {
    for (const Artifact& file : files_) total_ += file.bytes;
  }

  void run() {
    std::vector<std::jthread> workers;
    running_ = std::min(kWorkers, files_.size());
    for (std::size_t i = running_; i > 0; --i) workers.emplace_back([this] { work(); });
    watch();
    workers.clear();
    finish();
  }

 private:
  void work() {
    // A client is for one thread.
    net::HttpClient http;
    aws::ClientOptions options = client_options(session_.target, session_.context, "S3", "s3");
    options.timeout = std::chrono::minutes(5);
    aws::S3 s3(http, options, session_.access.credentials, session_.context.clock);
    try {
      for (std::size_t i = next_++; i < files_.size() && !stop_.stop_requested(); i = next_++) send(s3, files_[i]);
    } catch (const Error& error) {
      const std::lock_guard lock(mutex_);
      if (!fault_) fault_ = std::make_unique<Error>(error);
      stop_.request_stop();
    }
    --running_;
  }

  void send(aws::S3& s3, const Artifact& file) {
    const auto content = session_.context.files.read(file.file, kMaxArtifact);
    if (!content) throw Error(ErrorKind::kFailure, fmt::format("{} has gone", file.file.string()));
    std::size_t before = 0;
    aws::CallContext call;
    call.cancel = stop_.get_token();
    s3.put_object(
        bucket_, file.key, *content,
        [&](std::size_t sent) {
          sent_ += sent - before;
          before = sent;
        },
        call, file.headers);
    ++done_;
  }

  void watch() {
    const Interrupts& interrupts = session_.interrupts;
    ProgressLine shown(console_, session_.context.clock);
    while (running_ > 0) {
      if (interrupts.wait(kRedraw)) stop_.request_stop();
      shown.show(line());
      if (interrupts.requested()) break;
    }
  }

  std::string line() const {
    return fmt::format("upload    {} of {} files, {} of {}", done_.load(), files_.size(), human_bytes(sent_),
                       human_bytes(total_));
  }

  void finish() {
    if (session_.interrupts.requested())
      throw Error(ErrorKind::kInterrupted, fmt::format("interrupted after {} of {} files", done_.load(), files_.size()),
                  "the stack was not touched; run deploy again to upload the rest");
    if (fault_) throw *fault_;
    console_.err(line() + "\n");
  }

  std::vector<Artifact> files_;
  std::string bucket_;
  StackSession& session_;
  const Console& console_;
  std::uint64_t total_ = 0;
  std::atomic<std::size_t> next_{0}, done_{0}, running_{0};
  std::atomic<std::uint64_t> sent_{0};
  std::stop_source stop_;
  std::mutex mutex_;
  std::unique_ptr<Error> fault_;
};

}  // namespace

std::vector<Artifact> missing_artifacts(aws::S3& s3, const Plan& plan) {
  if (plan.artifacts.empty() || !s3.bucket_exists(plan.bucket, plan.who.account)) return plan.artifacts;
  std::vector<Artifact> missing;
  for (const Artifact& artifact : plan.artifacts)
    if (!s3.object_exists(plan.bucket, artifact.key)) missing.push_back(artifact);
  return missing;
}

void upload(const Plan& plan, StackSession& session) {
  if (plan.artifacts.empty()) return;
  ensure_bucket(plan, session);
  std::vector<Artifact> missing = missing_artifacts(session.access.s3, plan);
  if (missing.empty()) {
    session.context.console.err(
        fmt::format("upload    nothing: all {} files are in {}\n", plan.artifacts.size(), plan.bucket));
    return;
  }
  Uploads(std::move(missing), plan.bucket, session).run();
}

std::string store_template(const std::string& text, const std::string& bucket, aws::S3& s3) {
  const std::string key = fmt::format("templates/{}.yaml", hex(sha256(text)));
  if (!s3.object_exists(bucket, key)) s3.put_object(bucket, key, text);
  return s3.url_of(bucket, key);
}

std::string place_template(const Plan& plan, StackSession& session) {
  if (plan.inputs.template_text.size() <= aws::kMaxTemplateBody) return {};
  if (plan.artifacts.empty()) ensure_bucket(plan, session);  // else upload() has
  return store_template(plan.inputs.template_text, plan.bucket, session.access.s3);
}

}  // namespace wsdeep::deploy
