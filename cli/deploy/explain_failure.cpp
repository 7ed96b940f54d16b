#include "deploy/explain_failure.h"

#include <fmt/format.h>

#include "base/error.h"
#include "deploy/root_cause.h"

namespace wsdeep::deploy {
namespace {

/// The template of a nested stack, as far as CloudFormation still has it: an explanation is not worth a failure.
NamedTemplate template_of(const std::string& path, const std::vector<aws::StackEvent>& events,
                          aws::CloudFormation& cloudformation) {
  for (const aws::StackEvent& event : events) {
    if (event.logical_id != path || event.type != "AWS::CloudFormation::Stack" || event.physical_id.empty()) continue;
    try {
      return {cloudformation.get_template(event.physical_id), fmt::format("template of {}", path)};
    } catch (const Error&) {
      return {};
    }
  }
  return {};
}

/// Where `Network/Vpc` comes from, then where `Network` does.
std::vector<TemplatePlace> places_of(const std::string& path, const FollowResult& result, const NamedTemplate& of_stack,
                                     aws::CloudFormation& cloudformation) {
  std::vector<TemplatePlace> places;
  for (std::string rest = path; !rest.empty();) {
    const std::size_t slash = rest.rfind('/');
    const std::string parent = slash == std::string::npos ? "" : rest.substr(0, slash);
    const NamedTemplate found = parent.empty() ? of_stack : template_of(parent, result.events, cloudformation);
    const auto place = place_of(slash == std::string::npos ? rest : rest.substr(slash + 1), found.text, found.name);
    if (place) places.push_back(*place);
    rest = parent;
  }
  return places;
}

}  // namespace

void explain_failure(StackSession& session, const FollowResult& result, const NamedTemplate& of_stack) {
  const auto cause = find_root_cause(result.events);
  if (!cause) return;
  const auto places = places_of(cause->event.logical_id, result, of_stack, session.access.cloudformation);
  const Console& console = session.context.console;
  console.err("\n" + render_failure(*cause, places, err_style(console)) + "\n");
}

}  // namespace wsdeep::deploy
