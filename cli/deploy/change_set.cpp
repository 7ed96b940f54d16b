#include "deploy/change_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/display.h"
#include "base/printable.h"
#include "base/text.h"
#include "base/utf8.h"

namespace wsdeep::deploy {
namespace {

using aws::PropertyChange;
using aws::ResourceChange;

/// One line, whatever the value holds.
std::string one_line(const std::string& value) {
  if (!is_utf8(value)) return "(unreadable)";
  std::string line = strip_control(value);
  for (std::size_t at = 0; (at = line.find('\n', at)) != std::string::npos;) line.replace(at, 1, "⏎");
  return line.empty() ? "\"\"" : line;
}

/// `/Properties/Environment/Variables/LOG` → `Environment.Variables.LOG`
std::string readable_path(const PropertyChange& change) {
  std::string path = change.path.empty() ? change.attribute : change.path;
  if (path.starts_with("/Properties/")) path = path.substr(12);
  if (path.starts_with('/')) path = path.substr(1);
  std::replace(path.begin(), path.end(), '/', '.');
  return one_line(path);
}

struct Look {
  const char* mark;
  const char* word;
};

Look look_of(Fate fate) {
  switch (fate) {
    case Fate::kAdd:
      return {"+", "add"};
    case Fate::kModify:
      return {"~", "change"};
    case Fate::kMayReplace:
      return {"!", "MAY BE REPLACED"};
    case Fate::kReplace:
      return {"!", "REPLACE"};
    case Fate::kRemove:
      return {"-", "REMOVE"};
  }
  return {"?", ""};
}

const std::string& colour_of(Fate fate, const ChangeStyle& style) {
  if (fate == Fate::kAdd) return style.add;
  return fate == Fate::kModify ? style.modify : style.danger;
}

/// The width for a part of a line of which `used` columns are taken; 0, no limit, when there is no screen.
std::size_t room_for(const ChangeStyle& style, std::size_t used, std::size_t least) {
  return style.columns == 0 ? 0 : std::max(least, style.columns - std::min(style.columns, used));
}

/// Half of the room, and what the other value leaves of its own half.
std::size_t share_of(std::size_t room, const std::string& other) {
  return room - std::min(utf8_length(other), (room + 1) / 2);
}

std::string value_line(const PropertyChange& change, std::size_t taken, const ChangeStyle& style) {
  constexpr std::size_t kLeast = 12, kAround = 5;  // `: ` and ` → `
  std::string path = cut_middle(readable_path(change), room_for(style, style.columns / 2, kLeast));
  const std::size_t room = room_for(style, utf8_length(path) + kAround + taken, 2 * kLeast);
  if (change.attribute == kUnchanged && change.after)
    return fmt::format("{}: {}", path, cut_middle(one_line(*change.after), room));
  if (change.before && change.after) {
    const std::string before = one_line(*change.before), after = one_line(*change.after);
    return fmt::format("{}: {} → {}", path, styled(style.dim, cut_middle(before, share_of(room, after))),
                       cut_middle(after, share_of(room, before)));
  }
  if (change.after) return fmt::format("{}: + {}", path, cut_middle(one_line(*change.after), room));
  if (change.before) return fmt::format("{}: - {}", path, cut_middle(one_line(*change.before), room));
  return path;
}

std::string property_line(const PropertyChange& change, const ChangeStyle& style) {
  constexpr std::size_t kIndent = 6, kValues = 40, kLeastValues = 29;
  std::string force;
  if (change.requires_recreation == "Always") force = "  forces replacement";
  if (change.requires_recreation == "Conditionally") force = "  may force replacement";
  const std::string cause = change.cause.empty() ? "" : fmt::format("  because of {}", one_line(change.cause));
  const std::string notes = styled(style.danger, force) + styled(style.dim, cause);
  const std::size_t taken = kIndent + utf8_length(force) + utf8_length(cause);
  const std::string indent(kIndent, ' ');
  const std::size_t path = std::min(utf8_length(readable_path(change)), style.columns / 2);
  // Notes that would leave no room for the values stand below them.
  if (style.columns > 0 && taken + std::max(kValues, path + kLeastValues) > style.columns && !notes.empty())
    return indent + value_line(change, kIndent, style) + "\n" + indent + notes + "\n";
  return indent + value_line(change, taken, style) + notes + "\n";
}

/// What the person who is asked has to know about a replacement or a removal.
std::string loss_text(const ResourceChange& change, Fate fate, const std::string& what) {
  if (is_kept(change)) return fmt::format("kept: {} stays in the account, outside of the stack", what);
  if (change.policy_action.find("Snapshot") != std::string::npos)
    return fmt::format("a snapshot will be kept; {} will be deleted", what);
  const std::string loss = loss_of(change.type);
  const char* condition = fate == Fate::kMayReplace ? "may be lost" : "will be lost";
  if (!loss.empty()) return fmt::format("{}: {} ({})", condition, loss, what);
  return fate == Fate::kRemove ? fmt::format("will be deleted: {}", what) : "";
}

std::string loss_line(const ResourceChange& change, Fate fate, const ChangeStyle& style) {
  constexpr std::size_t kIndent = 6, kLeast = 24, kAround = 24;  // such as `will be lost:`
  const std::string what = change.physical_id.empty() ? "the old one" : one_line(change.physical_id);
  const std::string text = loss_text(change, fate, cut_middle(what, room_for(style, kIndent + kAround, kLeast)));
  if (text.empty()) return {};
  const std::string line = wrap(std::string(kIndent, ' ') + text, style.columns, kIndent + 2);
  const bool grave = !is_kept(change) && !text.starts_with("will be deleted");
  return styled(grave ? style.danger : "", line) + "\n";
}

std::string render_one(const ResourceChange& change, std::size_t id_width, const ChangeStyle& style) {
  const Fate fate = fate_of(change);
  const bool instances = fate == Fate::kModify && change.replaces_instances;
  const Look look = instances ? Look{"!", "REPLACES ITS INSTANCES"} : look_of(fate);
  const std::string& colour = instances ? style.danger : colour_of(fate, style);
  const bool grave = instances || (fate != Fate::kAdd && fate != Fate::kModify);
  const std::string word = grave ? fmt::format("  {}", look.word) : "";
  constexpr std::size_t kMark = 5, kLeast = 16;  // `  + ` and the blank behind the id
  const std::size_t room = room_for(style, kMark + word.size(), 2 * kLeast);
  const std::string type = cut_middle(change.type, style.columns == 0 ? 0 : std::max(kLeast, room / 2));
  const std::string id = cut_middle(change.logical_id, room == 0 ? 0 : room - utf8_length(type));
  if (room > 0) id_width = std::min(id_width, room - utf8_length(type));
  std::string out =
      fmt::format("  {} {} {}", styled(colour, look.mark), styled(colour, fmt::format("{:<{}}", id, id_width)), type);
  out += styled(colour, word);
  out += "\n" + render_properties(change.properties, style);
  if (grave && !instances) out += loss_line(change, fate, style);
  return out;
}

}  // namespace

Fate fate_of(const ResourceChange& change) {
  if (change.action == "Add" || change.action == "Import") return Fate::kAdd;
  if (change.action == "Remove") return Fate::kRemove;
  if (change.replacement == "True") return Fate::kReplace;
  if (change.replacement == "Conditional" || change.action == "Dynamic") return Fate::kMayReplace;
  return Fate::kModify;
}

bool is_kept(const ResourceChange& change) {
  return change.policy_action.find("Retain") != std::string::npos;
}

std::string loss_of(const std::string& type) {
  static constexpr std::pair<std::string_view, std::string_view> kLosses[] = {
      {"AWS::DynamoDB::Table", "every item of the table"},
      {"AWS::DynamoDB::GlobalTable", "every item of the table"},
      {"AWS::Cognito::UserPool", "its users, their passwords and their sign-ins"},
      {"AWS::Cognito::UserPoolClient", "its client id: clients must be given the new one, and people sign in again"},
      {"AWS::S3::Bucket", "the bucket and its name"},
      {"AWS::Logs::LogGroup", "its log events"},
      {"AWS::SQS::Queue", "the messages that wait in it"},
      {"AWS::ApiGatewayV2::Api", "its address, and every open connection"},
      {"AWS::AutoScaling::AutoScalingGroup", "its nodes, and the answers that they are generating"},
      {"AWS::ElasticLoadBalancingV2::LoadBalancer", "its DNS name, and the calls that are running"},
      {"AWS::SecretsManager::Secret", "the secret"},
      {"AWS::KMS::Key", "everything that was encrypted with it"},
      {"AWS::EC2::VPC", "the network, with everything that runs in it"},
      {"AWS::EC2::EIP", "its public address"},
      {"AWS::EC2::Volume", "the data on the volume"},
      {"AWS::CloudFormation::Stack", "everything in the nested stack but what it retains"},
      {"AWS::Serverless::SimpleTable", "every item of the table"},
      {"AWS::RDS::DBInstance", "its databases"},
      {"AWS::RDS::DBCluster", "its databases"},
      {"AWS::DocDB::DBCluster", "its databases"},
      {"AWS::Neptune::DBCluster", "its databases"},
      {"AWS::Redshift::Cluster", "its databases"},
      {"AWS::ElastiCache::CacheCluster", "what the cache holds"},
      {"AWS::ElastiCache::ReplicationGroup", "what the cache holds"},
      {"AWS::MemoryDB::Cluster", "its data"},
      {"AWS::OpenSearchService::Domain", "its indexes"},
      {"AWS::Kinesis::Stream", "the records in it"},
      {"AWS::EFS::FileSystem", "every file in it"},
      {"AWS::FSx::FileSystem", "every file in it"},
      {"AWS::Timestream::Table", "its records"},
      {"AWS::ECR::Repository", "its images"},
      {"AWS::CodeCommit::Repository", "its history"},
      {"AWS::Backup::BackupVault", "its recovery points"},
      {"AWS::Events::Archive", "the events in it"},
  };
  for (const auto& [name, loss] : kLosses)
    if (name == type) return std::string(loss);
  return {};
}

std::string summary_of(const std::vector<ResourceChange>& changes) {
  const auto count = [&](Fate fate) {
    return std::count_if(changes.begin(), changes.end(), [&](const ResourceChange& c) { return fate_of(c) == fate; });
  };
  std::vector<std::string> parts;
  for (const auto& [fate, words] : {std::pair{Fate::kAdd, "to add"},
                                    {Fate::kModify, "to change"},
                                    {Fate::kRemove, "to remove"},
                                    {Fate::kMayReplace, "that may be replaced"},
                                    {Fate::kReplace, "to replace"}})
    if (const auto n = count(fate)) parts.push_back(fmt::format("{} {}", n, words));
  return parts.empty() ? "no resource changes" : join(parts, ", ");
}

std::string render_properties(const std::vector<PropertyChange>& properties, const ChangeStyle& style) {
  std::string out;
  for (const PropertyChange& property : properties) out += property_line(property, style);
  return out;
}

std::string render_changes(const std::vector<ResourceChange>& changes, const ChangeStyle& style) {
  std::vector<const ResourceChange*> ordered;
  std::size_t width = 0;
  for (const ResourceChange& change : changes) {
    ordered.push_back(&change);
    width = std::max(width, change.logical_id.size());
  }
  const auto rank = [](const ResourceChange* change) {
    const Fate fate = fate_of(*change);
    return fate == Fate::kRemove || change->replaces_instances ? 2
           : fate == Fate::kMayReplace                         ? 3
           : fate == Fate::kReplace                            ? 4
                                                               : static_cast<int>(fate);
  };
  std::stable_sort(ordered.begin(), ordered.end(), [&](const ResourceChange* a, const ResourceChange* b) {
    return std::pair(rank(a), std::string_view(a->logical_id)) < std::pair(rank(b), std::string_view(b->logical_id));
  });
  std::string out;
  for (const ResourceChange* change : ordered) out += render_one(*change, std::min<std::size_t>(width, 40), style);
  return out;
}

}  // namespace wsdeep::deploy
