#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "aws/client.h"

/// CloudFormation's operations that a deployment needs. Times are as the service writes them
/// (`2024-02-19T07:11:42.123Z`). https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/
namespace wsdeep::aws {

/// Bytes of a template that go within a request; a larger one has to be read from S3.
constexpr std::size_t kMaxTemplateBody = 51'200;

struct StackOutput {
  std::string key;
  std::string value;
  std::string description;
};

struct Stack {
  std::string id;
  std::string name;
  std::string status;  ///< CREATE_COMPLETE, UPDATE_ROLLBACK_FAILED, …
  std::string status_reason;
  std::string change_set_id;  ///< the one that was executed last; may be empty
  std::string created;
  std::string updated;  ///< empty: never
  bool termination_protection = false;
  std::map<std::string, std::string> parameters;
  std::map<std::string, std::string> resolved;  ///< what Systems Manager had for the parameters that name its own
  std::map<std::string, std::string> tags;
  std::vector<StackOutput> outputs;
};

/// A parameter of a change set; without a value the stack's previous one stays.
struct StackParameter {
  std::string key;
  std::optional<std::string> value;
};

/// A resource that is there and belongs to no stack: what the template is to call it, and how it is told from others of
/// its type, such as `TableName`. It becomes part of the stack as it is.
struct ResourceToImport {
  std::string logical_id;
  std::string type;
  std::string identifier;
  std::string value;
};

struct ChangeSetRequest {
  std::string stack_name;
  std::string name;
  bool creates_stack = false;
  std::string template_body;       ///< at most kMaxTemplateBody; or
  std::string template_url;        ///< where it is in S3, at most 1 MB; or neither
  bool previous_template = false;  ///< the one that the stack has
  std::vector<StackParameter> parameters;
  std::map<std::string, std::string> tags;
  std::string role_arn;
  std::vector<ResourceToImport> import;  ///< makes it a change set that does nothing else
};

/// One property, or one attribute (`Tags`, `Metadata`, `DeletionPolicy`), of a resource that changes.
struct PropertyChange {
  std::string attribute;            ///< `Properties`, `Tags`, …
  std::string path;                 ///< `/Properties/MemorySize`, or the property's name where no path is given
  std::string requires_recreation;  ///< Never, Conditionally, Always; empty: not said
  std::string cause;                ///< the parameter, resource or attribute that makes it change; may be empty
  std::optional<std::string> before;
  std::optional<std::string> after;
};

struct ResourceChange {
  std::string action;  ///< Add, Modify, Remove, Import, Dynamic
  std::string logical_id;
  std::string physical_id;
  std::string type;
  std::string replacement;    ///< True, False, Conditional; empty for anything but Modify
  std::string policy_action;  ///< Delete, Retain, Snapshot, ReplaceAndDelete …; what becomes of what is removed
  std::string nested;         ///< change set of a nested stack, or empty
  std::string before;  ///< the resource as JSON, `{"Properties":{…}}`; empty: there is none, or it was not said
  std::string after;
  bool replaces_instances = false;  ///< found out, not said: the group's update policy sees to it
  std::vector<PropertyChange> properties;
};

struct ChangeSet {
  std::string id;
  std::string name;
  std::string stack_id;
  std::string status;  ///< CREATE_PENDING, CREATE_IN_PROGRESS, CREATE_COMPLETE, FAILED, …
  std::string status_reason;
  std::string execution_status;  ///< AVAILABLE, UNAVAILABLE, OBSOLETE, EXECUTE_COMPLETE, …
  std::string created;
  std::map<std::string, std::string> resolved;  ///< as Stack::resolved, when the change set was made
  std::vector<ResourceChange> changes;
};

struct ChangeSetSummary {
  std::string id;
  std::string name;
  std::string status;
  std::string execution_status;
};

struct StackEvent {
  std::string id;
  std::string stack_id;
  std::string stack_name;
  std::string logical_id;
  std::string physical_id;
  std::string type;
  std::string status;
  std::string reason;
  std::string time;
  std::string token;  ///< of whoever began the operation; may be empty
};

struct StackResource {
  std::string logical_id;
  std::string physical_id;
  std::string type;
  std::string status;
  std::string reason;
};

struct ResourceDrift {
  std::string logical_id;
  std::string type;
  std::string status;  ///< MODIFIED, DELETED
  std::vector<PropertyChange> differences;
};

struct DriftDetection {
  std::string status;  ///< DETECTION_IN_PROGRESS, DETECTION_COMPLETE, DETECTION_FAILED
  std::string reason;
  std::string drift;  ///< DRIFTED, IN_SYNC, UNKNOWN
};

/// A stack that was deleted; CloudFormation remembers it for 90 days.
struct DeletedStack {
  std::string id;
  std::string deleted;  ///< when
};

/// True when the service knows no such stack or change set.
bool is_missing_stack(const ServiceError& error);

class CloudFormation {
 public:
  CloudFormation(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock);

  /// Who the operations are begun for, as their events say it: tokens are `NAME-` and something unique. Letters, digits
  /// and `-`, at most 90 of them.
  void sign_as(std::string name) { signature_ = std::move(name); }
  /// One that an operation begun now could have.
  std::string token() const;

  /// Nothing when there is no such stack. A deleted one is found by its id only.
  std::optional<Stack> describe_stack(const std::string& name_or_id);
  /// The change set's id.
  std::string create_change_set(const ChangeSetRequest& request);
  /// With all its changes; nothing when there is no such change set or stack. With an id of a change set the stack may
  /// be empty.
  std::optional<ChangeSet> describe_change_set(const std::string& stack, const std::string& name_or_id);
  std::vector<ChangeSetSummary> list_change_sets(const std::string& stack);
  void delete_change_set(const std::string& stack, const std::string& name_or_id);
  void execute_change_set(const std::string& stack, const std::string& name_or_id, bool disable_rollback);

  /// Newest first, as they come, down to but without the event `until` (empty: all of them).
  std::vector<StackEvent> events_after(const std::string& stack, const std::string& until);
  /// The newest event, with empty fields for a stack without events; and its id.
  StackEvent latest_event(const std::string& stack);
  std::string newest_event(const std::string& stack) { return latest_event(stack).id; }
  std::vector<StackResource> list_resources(const std::string& stack);
  /// As it was given. Throws kNotFound when there is no such stack.
  std::string get_template(const std::string& stack);

  /// From CREATE_FAILED or UPDATE_FAILED to the last state that worked; a stack without one is deleted.
  void rollback_stack(const std::string& stack, const std::string& role_arn);
  /// `skip`: resources that are left as they are, `ID` or `NESTED_STACK_NAME.ID`.
  void continue_update_rollback(const std::string& stack, const std::string& role_arn,
                                const std::vector<std::string>& skip = {});
  /// `retain`: resources, by id, that stay outside of a stack in DELETE_FAILED; in any other it is refused.
  void delete_stack(const std::string& stack, const std::string& role_arn, const std::vector<std::string>& retain = {});
  /// Those that had this name, newest first.
  std::vector<DeletedStack> deleted_stacks(const std::string& name);
  void set_termination_protection(const std::string& stack, bool on);
  /// JSON; empty for a stack that never had one.
  std::string stack_policy(const std::string& stack);
  void set_stack_policy(const std::string& stack, const std::string& policy);
  /// One of the two; throws ServiceError `ValidationError` with the reason.
  void validate_template(const std::string& body, const std::string& url);

  /// Starts a detection; its id.
  std::string detect_drift(const std::string& stack);
  DriftDetection drift_detection(const std::string& detection);
  std::vector<ResourceDrift> resource_drifts(const std::string& stack);

 private:
  Client client_;
  std::string signature_ = "wsdeep";
};

}  // namespace wsdeep::aws
