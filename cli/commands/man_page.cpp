#include <fmt/format.h>

#include "base/text.h"
#include "commands/command_table.h"

namespace wsdeep::commands {
namespace {

/// Text as roff wants it: no line may begin with a dot or a quote by accident, and a hyphen is a hyphen.
std::string roff(std::string_view text) {
  std::string out;
  for (const std::string_view line : split(text, '\n')) {
    if (!out.empty()) out += "\n";
    if (line.starts_with('.') || line.starts_with('\'')) out += "\\&";
    for (const char c : line) {
      if (c == '\\')
        out += "\\e";
      else if (c == '-')
        out += "\\-";
      else
        out += c;
    }
  }
  return out;
}

std::string value_name(const OptionInfo& option) {
  if (!option.takes_value) return "";
  return option.choices.empty() ? " \\fIVALUE\\fR" : " " + roff(join(option.choices, "|"));
}

std::string option_entry(const OptionInfo& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.names) names.push_back("\\fB" + roff(name) + "\\fR");
  std::string text = roff(option.text);
  if (!option.fallback.empty()) text += roff(fmt::format(" (default: {})", option.fallback));
  if (!option.variable.empty()) text += roff(fmt::format(" [{}]", option.variable));
  return fmt::format(".TP\n{}{}\n{}\n", join(names, ", "), value_name(option), text);
}

std::string positional_entry(const OptionInfo& option) {
  return fmt::format(".TP\n\\fI{}\\fR\n{}\n", roff(to_lower(option.label)), roff(option.text));
}

std::string synopsis(const CommandInfo& command) {
  std::string text = "\\fB" + roff(command.path) + "\\fR";
  if (!command.options.empty()) text += " [\\fIoptions\\fR]";
  for (const OptionInfo& positional : command.positionals)
    text += fmt::format(fmt::runtime(positional.required ? " \\fI{}\\fR" : " [\\fI{}\\fR]"),
                        roff(to_lower(positional.label)));
  return text;
}

void add_command(const CommandInfo& command, std::string& page) {
  if (command.commands.empty()) {
    page += fmt::format(".SS {}\n{}.\n.PP\n{}\n", roff(command.path), roff(command.text), synopsis(command));
    for (const OptionInfo& positional : command.positionals) page += positional_entry(positional);
    for (const OptionInfo& option : command.options)
      if (option.names.back() != "--help") page += option_entry(option);
    if (!command.footer.empty()) page += fmt::format(".PP\n.nf\n{}\n.fi\n", roff(command.footer));
  }
  for (const CommandInfo& sub : command.commands) add_command(sub, page);
}

constexpr std::string_view kTail = R"(.SH EXIT STATUS
.TP
0
success
.TP
1
failure
.TP
2
wrong usage
.TP
3
not signed in, or refused
.TP
4
not found
.TP
5
nothing to do, where that was asked for
.TP
6
a threshold was missed
.TP
7
the run is invalid
.TP
130
interrupted
.SH PERMISSIONS
What the identity needs that runs wsdeep fleet; wsdeep deploy made the rest.
.TP
every command
cloudformation:DescribeStacks, autoscaling:DescribeAutoScalingGroups, elasticloadbalancing:DescribeTargetHealth; and for all that can be shown autoscaling:DescribeScalingActivities, autoscaling:DescribeInstanceRefreshes, ec2:DescribeInstances, ec2:DescribeSpotPriceHistory, cloudwatch:GetMetricData, pricing:GetProducts: without one of these the rest is shown, and what is missing said
.TP
fleet scale
autoscaling:SetDesiredCapacity; with \-\-min or \-\-max autoscaling:UpdateAutoScalingGroup
.TP
fleet drain
autoscaling:TerminateInstanceInAutoScalingGroup; with \-\-standby autoscaling:EnterStandby; with \-\-back autoscaling:ExitStandby
.TP
fleet refresh
autoscaling:StartInstanceRefresh, autoscaling:CancelInstanceRefresh, autoscaling:RollbackInstanceRefresh
.TP
fleet rollout
cloudformation:CreateChangeSet, cloudformation:DescribeChangeSet, cloudformation:DeleteChangeSet, cloudformation:ExecuteChangeSet, cloudformation:DescribeStackEvents, cloudformation:ListStackResources, cloudwatch:DescribeAlarms, what CloudFormation then does in its place (groups, launch templates, target groups and listeners, as for wsdeep deploy), and with \-\-finish autoscaling:StartInstanceRefresh
.SH FILES
.TP
$XDG_STATE_HOME/wsdeep (default ~/.local/state/wsdeep)
saved logins, chat history, and the local system's tables, users, keys and logs
.TP
~/.aws/config, ~/.aws/credentials
read as the AWS CLI reads them, sections "services" and "sso-session" and endpoint_url included. Refused with their line: what AWS's tools read in different ways, use_fips_endpoint, use_dualstack_endpoint, mfa_serial and login_session. Without effect: retry_mode, defaults_mode and settings that are no concern of a command here.
.SH ENVIRONMENT
The standard AWS variables hold (AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_<SERVICE> and the others); AWS_REGION counts more than AWS_DEFAULT_REGION, and AWS_PROFILE and AWS_DEFAULT_PROFILE may not name different profiles. So does NO_COLOR.
.PP
Proxies are named as for curl, for AWS's services and WebSockets alike: HTTPS_PROXY for https and wss, http_proxy (in lower case) for http and ws, ALL_PROXY for what has none of its own, and NO_PROXY for the hosts, domains, networks (10.0.0.0/8) and host:port pairs that need none; WSS_PROXY is for WebSockets alone. A proxy that wants user and password has them in its URL, http://USER:PASSWORD@HOST:PORT, characters such as @ as %40. WebSockets go through http:// proxies by CONNECT. Loopback addresses are reached directly.
)";

}  // namespace

std::string man_page(const CommandInfo& root) {
  std::string page = fmt::format(".TH WSDEEP 1 \"\" \"wsdeep\" \"User Commands\"\n.SH NAME\nwsdeep \\- {}\n",
                                 roff("operate a chat service on AWS, and run it on a laptop"));
  page += ".SH SYNOPSIS\n\\fBwsdeep\\fR \\fIcommand\\fR [\\fIoptions\\fR]\n.SH DESCRIPTION\n" + roff(root.text) + "\n";
  page += ".SH COMMANDS\n";
  for (const CommandInfo& command : root.commands) add_command(command, page);
  return page + std::string(kTail);
}

}  // namespace wsdeep::commands
